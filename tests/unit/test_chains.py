"""Chains: parts of a frame, models on them, what is joined and what is remembered, and cards that say all that."""

import itertools
import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app.cards import lookup
from vision_app.cards.chain import parse_chain
from vision_app.engine.build import Surroundings, build
from vision_app.engine.chain import Chain, composed
from vision_app.engine.consumer import SinkWriter
from vision_app.engine.handover import Policy
from vision_app.engine.memory import Followed, Steady, Track
from vision_app.engine.pipeline import Pipeline
from vision_app.engine.predictors import load_model
from vision_app.engine.region_rules import Boxes, Turned, Whole
from vision_app.engine.request import ModelRequest
from vision_app.engine.stages import Flow, ModelStage, RegionStage
from vision_app.engine.windows import windows
from vision_app.engine.workers import Workers
from vision_app.errors import ConfigError, ModelError
from vision_app.results.regions import Place, region_at, window
from vision_app.results.skeletons import Skeleton
from vision_app.results.values import Classification, Detections, Frame, Keypoints, Masks
from vision_app.sources.base import SourceInfo
from vision_app.tasks import TaskOptions

END = {"layout": "yolo-end2end"}
HALVES = [[0, 0, 16, 32, 0.9, 0], [16, 0, 32, 32, 0.8, 1]]
RED_BLUE = np.concatenate([tiny.solid((0, 0, 255), (32, 48)), tiny.solid((255, 0, 0), (32, 48))], axis=1)


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path))
    return tmp_path


def finder(folder, rows=HALVES, name="finder", task="detect", extras=(), **more):
    """A model that always finds the same, in its 32 x 32 input."""
    values = np.array([[*row, *extras] for row in rows], np.float32)[None]
    outputs = [values, np.ones((1, 1, 8, 8), np.float32)] if task == "segment" else [values]
    path = tiny.constant_outputs(folder / f"{name}.onnx", outputs)
    tiny.write_card(path, task=task, output=END, **more)
    return path


POSE = {"task": "pose", "extras": (8, 8, 0.9, 24, 8, 0.8), "keypoints": {"names": ["a", "b"]}}
SEGMENT = {"task": "segment", "extras": (1,)}


def moving(index, **more):
    return Frame(RED_BLUE, index, index / 30, index / 30, "clip", **more)


# -- what can be had on top --------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [{}, SEGMENT, POSE], ids=["detect", "segment", "pose"])
def test_windows_serve_every_task_with_places(models, what):
    one = [[8, 8, 24, 24, 0.9, 0]]
    model = load_model(str(finder(models, one, **what)))
    sliced = composed(model, TaskOptions(), sliced=True, slice_size=32, slice_stride=32)
    result, _ = sliced.predict(tiny.solid((9, 9, 9), (96, 32)))
    assert type(result) is type(model.predict(RED_BLUE)[0])
    # the box of the whole picture is 24 to 72: the middle window's lies inside it, the outer ones overlap it less
    assert sorted(result.detections.xyxy[:, 0].tolist()) == [8, 24, 72]
    if isinstance(result, Masks):
        for box, mask in zip(result.detections.xyxy, result.masks, strict=True):
            assert mask.on_frame((96, 32)).sum() == pytest.approx(
                (box[2] - box[0]) * (box[3] - box[1]), abs=70
            )
    if isinstance(result, Keypoints):
        left = int(np.argmin(result.detections.xyxy[:, 0]))
        np.testing.assert_allclose(result.points[left], [[8, 8, 0.9], [24, 8, 0.8]], atol=1e-4)


def test_a_mask_of_parts_has_the_pixels_of_all(models):
    model = load_model(str(finder(models, [[0, 0, 32, 32, 0.9, 0]], **SEGMENT)))
    result, _ = composed(model, TaskOptions(), sliced=True, slice_size=40, slice_stride=40).predict(
        tiny.solid((9, 9, 9), (80, 40))
    )
    assert len(result.masks) == 1
    assert result.masks[0].on_frame((80, 40)).all()


def test_a_classifier_hangs_its_answer_on_each_object(models):
    classifier = load_model(str(tiny.colour_model(models)))
    for what in ({}, SEGMENT, POSE):
        model = load_model(str(finder(models, **what)))
        result, _ = composed(model, TaskOptions(), classifier=classifier).predict(RED_BLUE)
        assert [c.top(1)[0][1] for c in result.detections.box_classes] == ["red", "blue"]


def test_a_plain_model_stays_as_it_is(models):
    model, classifier = load_model(str(finder(models))), load_model(str(tiny.colour_model(models)))
    assert composed(model, TaskOptions()) is model
    assert composed(classifier, TaskOptions(), track=True, sliced=True, classifier=classifier) is classifier


def test_what_does_not_fit_is_refused(models):
    model, classifier = load_model(str(finder(models))), load_model(str(tiny.colour_model(models)))
    with pytest.raises(ConfigError, match="stride of the windows"):
        composed(model, TaskOptions(), sliced=True, slice_size=32, slice_stride=33)
    with pytest.raises(ConfigError, match="needs a classifier, finder is a model to detect"):
        composed(model, TaskOptions(), classifier=model)
    with pytest.raises(ConfigError, match="they have no places"):
        ModelStage(classifier, "merged")
    with pytest.raises(ConfigError, match="result, merged, objects, attached"):
        ModelStage(classifier, "nonsense")
    with pytest.raises(ConfigError, match="has no model"):
        Chain([Track()])


# -- places ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half_pixel", [True, False])
def test_a_turned_part_shows_what_lies_there_and_maps_back(half_pixel):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (60, 80, 3), np.uint8)
    quarter = Place((40.0, 30.0), (20.0, 10.0), np.pi / 2, 3, (20, 10), half_pixel=half_pixel)
    region = region_at(image, quarter)
    assert region.of == 3
    # turned clockwise by a quarter: its x axis runs down the frame, its y axis to the left
    assert region.to_frame.points(np.float32([[0, 0], [20, 0], [0, 10]])).round(3).tolist() == [
        [45, 20],
        [45, 40],
        [35, 20],
    ]
    expected = np.rot90(image[20:40, 35:45], 1)
    if half_pixel:
        assert np.array_equal(region.image, expected)
    else:
        assert np.array_equal(region.image[:, :], np.rot90(image[20:40, 36:46], 1))


def test_an_upright_part_is_a_view_of_the_frame():
    region = region_at(RED_BLUE, Place.of_box(np.float32([3.2, 4, 20, 9.9]), 0))
    assert np.shares_memory(region.image, RED_BLUE)
    assert (region.image.shape, region.to_frame.matrix[:, 2].tolist()) == ((6, 17, 3), [3, 4])


def test_results_of_a_turned_part_come_to_lie_in_the_frame():
    region = region_at(RED_BLUE, Place((40, 24), (20, 20), np.pi / 2, None, (10, 10)))
    found = Detections("m", np.float32([[0, 0, 5, 10]]), np.float32([1]), np.int64([0]), ("x",))
    points = Keypoints(found, np.float32([[[0, 0, 1]]]), Skeleton(("p",)))
    mapped = points.mapped(region.to_frame, region.frame_wh)
    assert mapped.points[0, 0].round(3).tolist() == [50, 14, 1]
    assert mapped.detections.xyxy.round(3).tolist() == [[30, 14, 50, 24]]
    from vision_app.results.masks import BoxMask

    mask = (
        Masks(found, (BoxMask(0, 0, np.ones((10, 5), bool)),))
        .mapped(region.to_frame, region.frame_wh)
        .masks[0]
    )
    wanted = np.zeros((48, 64), bool)
    wanted[14:24, 30:50] = True
    assert (mask.on_frame((64, 48)) ^ wanted).sum() <= 0.15 * wanted.sum()


# -- memory ------------------------------------------------------------------------------------------------


def test_what_is_said_along_a_track_is_steadied():
    memory = Steady(over_s=1.0)
    boxes = np.float32([[0, 0, 9, 9], [20, 0, 29, 9]])

    def said(state, at_s, first, ids=(1, -1)):
        classes = [Classification("c", np.float32([p, 1 - p]), ("a", "b")) for p in (first, first)]
        found = Detections("m", boxes, np.float32([1, 1]), np.int64([0, 0]), ("x",), np.int64(ids))
        flow = Flow(RED_BLUE, Frame(RED_BLUE, 0, at_s))
        flow.result = found.with_attached(classes)
        state = memory.recall(state, flow)
        return state, [float(c.probabilities[0]) for c in flow.result.box_classes]

    state, values = said(memory.start(), 0.0, 1.0)
    assert values == [1, 1], "the first answer counts as it is"
    state, values = said(state, 1.0, 0.0)
    assert values == pytest.approx([np.exp(-1), 0]), "an object without an id is not steadied"
    _, values = said(state, 1.0, 0.0, ids=(2, -1))
    assert values == [0, 0], "another object has nothing to do with it"
    _, values = said(state, 99.0, 0.0)
    assert values == [0, 0], "what was long ago is forgotten"


class Square:
    """A stand-in for a model: finds the bright square, and counts how often it is asked."""

    name, task, provider, finds_boxes, remembers = "square", "pose", "none", True, False
    labels, fell_back_from = ("square",), None

    def __init__(self, whole):
        self.whole, self.asked = whole, 0

    def predict_many(self, images, before_each=None):
        from vision_app.results.values import Timings

        self.asked += len(images)
        return [self._found(image) for image in images], Timings()

    def predict(self, image):
        results, timings = self.predict_many([image])
        return results[0], timings

    def _found(self, image):
        ys, xs = np.nonzero(image[..., 0] > 128)
        if not len(xs):
            none = np.zeros((0, 4), np.float32)
            found = Detections(self.name, none, np.zeros(0, np.float32), np.zeros(0, np.int64), self.labels)
            return Keypoints(found, np.zeros((0, 2, 3), np.float32), Skeleton(("left", "right")))
        box = np.float32([[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]])
        middle = (box[0, 1] + box[0, 3]) / 2
        points = np.float32([[[box[0, 0], middle, 1], [box[0, 2], middle, 1]]])
        found = Detections(self.name, box, np.float32([1]), np.int64([0]), self.labels)
        return Keypoints(found, points, Skeleton(("left", "right")))


def following():
    """A detector that is asked only while nothing is followed, then a second look at the part, as hands need it."""
    detector, marks = Square(True), Square(False)
    rule = Turned(0, 1, 0.0, 2.0, (64, 64))
    search = [ModelStage(detector), RegionStage(rule)]
    chain = Chain([Followed(search, rule.places, most=1), ModelStage(marks, "objects")], "square")
    return chain, detector, marks


def square_at(x, index, **more):
    image = np.zeros((120, 160, 3), np.uint8)
    if x is not None:
        image[50:66, x : x + 16] = 255
    return Frame(image, index, index / 30, index / 30, "clip", **more)


def run(chain, frames):
    return [chain.follow(chain.begin(frame), frame)[0] for frame in frames]


def test_while_something_is_followed_nothing_is_searched():
    chain, detector, marks = following()
    results = run(chain, [square_at(20 + 2 * i, i) for i in range(20)])
    for i, result in enumerate(results):
        assert result.detections.xyxy[0] == pytest.approx([20 + 2 * i, 50, 36 + 2 * i, 66], abs=1)
    assert (detector.asked, marks.asked) == (1, 20)


def test_of_two_places_on_one_thing_one_is_followed():
    memory = Followed([], lambda flow: (), most=2, overlap=0.5)
    places = [Place((x, 50.0), (40.0, 40.0), 0.0, None, (32, 32)) for x in (50.0, 54.0)]
    flow = Flow(RED_BLUE)
    memory.recall(tuple(places), flow)
    assert len(flow.regions) == 1
    assert flow.regions[0].to_frame.points(np.float32([16, 16])).tolist() == [54, 50], "the later one stays"
    apart = [Place((x, 50.0), (40.0, 40.0), 0.0, None, (32, 32)) for x in (50.0, 80.0)]
    memory.recall(tuple(apart), flow)
    assert len(flow.regions) == 2


def test_a_place_that_is_followed_goes_before_one_that_was_found():
    rule = Turned(0, 1, 0.0, 2.0, (64, 64))
    memory = Followed([ModelStage(Square(True)), RegionStage(rule)], rule.places, most=2)
    frame = square_at(20, 0)
    flow = Flow(frame.image, frame)
    memory.recall((Place((30.0, 58.0), (32.0, 32.0), 0.0, None, (64, 64)),), flow)
    assert [region.to_frame.points(np.float32([32, 32])).tolist() for region in flow.regions] == [[30, 58]]


def test_the_picture_for_the_models_is_what_they_see(models):
    """A filter may show the original, and give the models another picture."""
    chain = Chain([ModelStage(load_model(str(tiny.colour_model(models)))), Track()])
    frame = Frame(tiny.solid((0, 0, 255)), 0, 0.0, seen=tiny.solid((255, 0, 0)))
    (result,) = run(chain, [frame])
    assert result.top(1)[0][1] == "blue"


def test_a_tracker_knows_the_rate_of_its_source(models):
    built = build(ModelRequest(str(finder(models)), track=True), Surroundings(fps=10.0))
    assert built.predictor.steps[-1]._fps == 10.0


def test_what_is_lost_is_searched_again():
    chain, detector, _ = following()
    places = [20, 22, None, None, 90, 92]
    results = run(chain, [square_at(x, i) for i, x in enumerate(places)])
    assert [len(r.detections) for r in results] == [1, 1, 0, 0, 1, 1]
    assert detector.asked == 1 + 2 + 0, "not in the frame in which it was lost, but in those after it"


@pytest.mark.parametrize(
    "change", [{"epoch": 7}, {"scene": 1}, {"source_id": "other"}], ids=["a jump", "a cut", "another source"]
)
def test_the_mark_of_a_frame_makes_it_forget(change):
    chain, detector, _ = following()
    run(chain, [square_at(20, i) for i in range(3)])
    run(chain, [replace(square_at(20, 3), **change), replace(square_at(20, 4), **change)])
    assert detector.asked == 2


def test_times_alone_never_make_it_forget():
    chain, detector, _ = following()
    run(chain, [replace(square_at(20, i), position_s=float(-i)) for i in range(3)])
    assert detector.asked == 1


def test_a_second_look_begins_where_the_frame_before_had_left_things():
    chain, detector, _ = following()
    run(chain, [square_at(20, 0), square_at(20, 1)])
    assert detector.asked == 1
    (moved,) = run(chain, [square_at(28, 1, again=True)])
    assert moved.detections.xyxy[0, 0] == pytest.approx(28, abs=1)
    fresh, looked = following()[0], []
    looked += run(fresh, [square_at(20, 0)])
    looked += run(fresh, [square_at(20, 0, again=True)] * 3)
    assert len({r.detections.xyxy.tobytes() for r in looked}) == 1, "looking again changes nothing"


def test_streams_have_memories_of_their_own():
    chain, detector, _ = following()
    other = chain.for_stream()
    run(chain, [square_at(20, 0)])
    run(other, [square_at(90, 0)])
    assert detector.asked == 2
    (one,) = run(chain, [square_at(20, 1)])
    assert one.detections.xyxy[0, 0] == pytest.approx(20, abs=1)
    assert other.models == chain.models


def test_a_still_picture_is_searched_each_time():
    chain, detector, _ = following()
    for _ in range(3):
        chain.predict(square_at(20, 0).image)
    assert detector.asked == 3


class Frames:
    """A source of given frames."""

    def __init__(self, frames):
        self._frames = iter(frames)
        self.info = SourceInfo("clip", "video", (160, 120), 30.0, live=False, frame_count=None)

    def read(self):
        return next(self._frames, None)

    def close(self):
        self._frames = iter(())


class Kept:
    """A sink that keeps what it is given."""

    name, wants_annotated = "kept", False

    def __init__(self):
        self.packets = []

    def open(self, info):
        pass

    def write(self, packet):
        self.packets.append(packet)

    def close(self):
        return ()


@pytest.mark.parametrize("workers", [1, 4])
def test_files_are_exact_and_in_order_with_any_number_of_workers(workers):
    chain, detector, _ = following()
    sink = Kept()
    frames = [square_at(4 + i, i) for i in range(100)]
    pipeline = Pipeline(Frames(frames), [chain], SinkWriter([sink]), Policy.EVERY, workers=workers)
    pipeline.start()
    pipeline.join()
    assert [p.frame.index for p in sink.packets] == list(range(100))
    alone = run(following()[0], frames)
    for packet, result in zip(sink.packets, alone, strict=True):
        assert np.array_equal(packet.results[0].points, result.points)
    assert detector.asked == 1


def test_a_stream_that_remembers_does_not_hold_up_another():
    """Two streams, two workers: while one's ordered half is at work, nobody waits for it but takes the other's."""
    gate = threading.Event()

    class Slow(Square):
        def predict_many(self, images, before_each=None):
            gate.wait(20)
            return super().predict_many(images)

    slow = Chain(
        [Followed([RegionStage(Whole())], lambda flow: ()), ModelStage(Slow(True), "objects")], "slow"
    )
    quick, sink = following()[0], Kept()
    workers = Workers(2)
    first = Pipeline(
        Frames(square_at(20, i) for i in range(9)),
        [slow],
        SinkWriter([Kept()]),
        Policy.EVERY,
        workers=workers,
    )
    second = Pipeline(
        Frames(square_at(20, i) for i in range(9)), [quick], SinkWriter([sink]), Policy.EVERY, workers=workers
    )
    first.start()
    second.start()
    try:
        assert second.join(15)
        assert len(sink.packets) == 9
    finally:
        gate.set()
    assert first.join(20)


def test_a_network_with_a_state_remembers_along_a_stream(models):
    from tests.unit.test_named_tensors import INPUTS, many_inputs

    path = many_inputs(models / "rnn.onnx")
    tiny.write_card(path, inputs=INPUTS, outputs={"scores": "logits"})
    built = build(ModelRequest(str(path)))
    chain = built.predictor
    assert isinstance(chain, Chain)
    assert (chain.task, built.model.name) == ("classify", "rnn")
    run(chain, [moving(0), moving(1)])
    assert chain._after[0]["memory"].tolist() == [[2, 2, 2]]
    run(chain, [moving(1, again=True)])
    assert chain._after[0]["memory"].tolist() == [[2, 2, 2]]
    run(chain, [moving(0, epoch=1)])
    assert chain._after[0]["memory"].tolist() == [[1, 1, 1]]


def test_a_changed_threshold_keeps_the_ids(models):
    path = str(finder(models))
    around = Surroundings(fps=30.0)
    first = build(ModelRequest(path, track=True), around)
    for i in range(3):
        (before,) = run(first.predictor, [moving(i)])
    second = build(ModelRequest(path, TaskOptions(conf=0.85), track=True), around, before=first)
    assert not second.loaded
    (after,) = run(second.predictor, [moving(2, again=True)])
    assert after.track_ids.tolist() == before.track_ids.tolist()[:1] == [1]
    (after,) = run(second.predictor, [moving(3)])
    assert after.track_ids.tolist() == [1]


# -- cards -------------------------------------------------------------------------------------------------


def card(folder, steps, name="both", task="detect", **more):
    data = {"schema": 1, "name": name, "task": task, "licence": "Apache-2.0", "steps": steps, **more}
    path = folder / f"{name}.chain.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


STEPS = [
    {"regions": "windows", "size": 48},
    {"model": "finder", "gives": "merged", "conf": 0.5},
    {"regions": "boxes", "margin": 0.0},
    {"model": "colours", "gives": "attached"},
    {"memory": "track"},
    {"memory": "steady", "over_s": 1.0},
]


def test_a_card_is_a_chain(models):
    finder(models)
    tiny.colour_model(models)
    path = card(models, STEPS)
    for reference in ("both", str(path)):
        built = build(ModelRequest(reference), Surroundings(frame_wh=(64, 48), fps=30.0))
        chain = built.predictor
        assert (chain.name, chain.task, chain.labels) == ("both", "detect", ("red", "green", "blue"))
        results = run(chain, [moving(i) for i in range(3)])
        assert results[-1].track_ids.tolist() == [1, 2]
        assert [c.top(1)[0][1] for c in results[-1].box_classes] == ["red", "blue"]
    again = build(ModelRequest("both", TaskOptions(conf=0.85)), before=built)
    assert not again.loaded
    assert len(run(again.predictor, [moving(0)])[0]) == 1, "what the user asks goes before the card"


def test_a_followed_part_in_a_card(models):
    finder(models, [[0, 0, 16, 16, 0.9, 0]], name="palm", **POSE)
    finder(models, [[8, 8, 24, 24, 0.9, 0]], name="marks", **POSE)
    turned = {"regions": "turned", "points": [0, 1], "upright_deg": 0, "scale": 2.0}
    steps = [
        {
            "memory": "followed",
            "most": 2,
            "search": [{"model": "palm", "conf": 0.3}, turned],
            "following": {**turned, "scale": 2.0},
        },
        {"model": "marks", "gives": "objects"},
    ]
    card(models, steps, task="pose")
    built = build(ModelRequest("both"), Surroundings(frame_wh=(64, 48)))
    (result,) = run(built.predictor, [moving(0)])
    # the part is 64 x 64 round (16, 12), drawn at 32 x 32: the middle 16 x 16 of it are 32 x 32 of the frame
    assert result.detections.xyxy.round(3).tolist() == [[0, 0, 32, 28]]
    assert {m.name for m in built.predictor.models} == {"palm", "marks"}


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "steps must be a list of objects, not empty"),
        ([{"memory": "track"}], "steps of which one has a model"),
        ([{"model": "finder", "gives": "all"}], r"steps\[0\].gives must be one of result"),
        (
            [{"model": "finder", "konf": 1}],
            r"steps\[0\].konf is not a field of a card; known: model, gives, conf",
        ),
        ([{"model": "finder", "regions": "whole"}], r"steps\[0\] must be an object with one of regions"),
        (
            [{"regions": "corners"}, {"model": "finder"}],
            r"regions must be one of whole, windows, boxes, turned",
        ),
        ([{"regions": "windows", "size": 3}, {"model": "finder"}], "size must be a whole number from 16"),
        ([{"model": "finder"}, {"memory": "diary"}], "memory must be one of track, steady, followed"),
        ([{"model": "nobody"}], "no model is called 'nobody'"),
        ([{"model": "colours"}], "task is 'detect', what its steps give is of the task 'classify'"),
        (
            [{"model": "finder"}, {"memory": "steady", "over_s": 0}],
            r"steps\[1\].over_s must be a number from 0.001",
        ),
    ],
)
def test_wrong_cards_say_what_is_wrong(models, steps, said):
    finder(models)
    tiny.colour_model(models)
    card(models, steps)
    with pytest.raises(ModelError, match=said):
        build(ModelRequest("both"))


def test_the_catalogue_lists_chains_and_says_what_they_need(models):
    finder(models)
    card(models, STEPS, title="Both", year=2021)
    (entry,) = [e for e in lookup.entries() if e.chain is not None and not e.shipped]
    record = entry.as_record()
    assert (record["name"], record["title"], record["task"], record["year"]) == (
        "both",
        "Both",
        "detect",
        2021,
    )
    assert (record["models"], record["installed"]) == (["finder", "colours"], False)
    tiny.colour_model(models)
    (entry,) = [e for e in lookup.entries() if e.chain is not None and not e.shipped]
    assert entry.installed
    with pytest.raises(ModelError, match="'both' is a chain of the models finder, colours"):
        lookup.find_model("both")
    with pytest.raises(ModelError, match="did you mean both"):
        lookup.find_model("bothe")


def test_a_damaged_chain_is_an_entry_with_its_problem(models):
    (models / "odd.chain.json").write_text("{")
    (entry,) = [e for e in lookup.entries() if e.name == "odd"]
    assert entry.problem
    assert not entry.installed


def test_a_name_that_is_not_the_file_s_is_refused(models):
    path = card(models, STEPS)
    path.rename(models / "other.chain.json")
    with pytest.raises(ModelError, match="name must be 'other'"):
        lookup.find_chain("other")


def test_a_card_of_unknown_fields_is_refused():
    with pytest.raises(ModelError, match="colour is not a field"):
        parse_chain(
            {
                "schema": 1,
                "name": "x",
                "task": "detect",
                "licence": "x",
                "steps": [{"model": "m"}],
                "colour": 1,
            },
            "x",
        )


def test_windows_of_a_rule_are_those_of_the_picture():
    flow = Flow(RED_BLUE)
    flow.result = Detections("m", np.float32([[0, 0, 4, 4]]), np.float32([1]), np.int64([0]), ("x",))
    (part,) = Boxes(0.5).regions(flow)
    assert part.image.shape == (6, 6, 3)
    assert [r.frame_wh for r in (window(RED_BLUE, b) for b in windows((64, 48), 40, 30))] == [(64, 48)] * 4
    assert list(itertools.islice(windows((32, 32), 40, 30), 1)) == []
