"""The part of a frame that a classifier looks at: in cards, options, training and running."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app.cards.card import InputSpec, card_as_json, parse_card_text
from vision_app.cards.lookup import find_model
from vision_app.cards.parts import CENTRE, WHOLE, parse_part, part_words, part_xyxy, seen_share
from vision_app.cli import main
from vision_app.engine.build import build
from vision_app.engine.options import BY_NAME
from vision_app.engine.predictors import load_model
from vision_app.engine.request import ModelRequest, parse_model
from vision_app.errors import ConfigError, ModelError
from vision_app.learn.options import TrainingOptions
from vision_app.learn.training import Trainer
from vision_app.results.values import Classification
from vision_app.samples.crops import CentreSquare, Crop, DetectedBox, Region, WholeFrame, cut
from vision_app.samples.dataset import open_samples
from vision_app.samples.pictures import encode_jpeg
from vision_app.samples.regions import common_region
from vision_app.samples.sample import CropRecord, NewSample
from vision_app.samples.store import SampleStore
from vision_app.tasks import TaskOptions
from vision_app.tasks.preprocess import Preprocessor, fitted

COLOURS = {"red": (30, 30, 220), "green": (40, 200, 40), "blue": (220, 60, 30)}
REGION = Region((0.7, 0.55, 0.95, 0.95))
BASE = "efficientnet-lite0"


@pytest.fixture(autouse=True)
def _own_places(tmp_path, monkeypatch):
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))


def frame(colour: tuple[int, int, int], seed: int) -> np.ndarray:
    """A busy scene, the same for all classes; what counts is small and in the corner at the bottom right."""
    rng = np.random.default_rng(seed)
    busy = cv2.resize(rng.integers(0, 255, (9, 16, 3), np.uint8), (640, 360), interpolation=cv2.INTER_CUBIC)
    image = cv2.merge([cv2.cvtColor(busy, cv2.COLOR_BGR2GRAY)] * 3)
    image[:, :400] = busy[:, :400]  # as colourful as what counts, and elsewhere
    middle = int(rng.uniform(505, 565)), int(rng.uniform(240, 300))
    cv2.circle(image, middle, int(rng.uniform(22, 36)), colour, -1)
    return image


def taught_store(folder: Path, crop: Crop) -> SampleStore:
    store = SampleStore.open(folder)
    for label, colour in COLOURS.items():
        for seed in range(12):
            part = cut(frame(colour, hash_of(label, seed)), crop)
            assert part is not None
            image, record = part
            store.add(NewSample(label, f"s{seed // 3}", encode_jpeg(image), ".jpg", image, "0", record))
    return store


def hash_of(label: str, seed: int) -> int:
    return 1000 * list(COLOURS).index(label) + seed


def train(store: Path, name: str, **options) -> None:
    Trainer(open_samples(store), find_model(BASE), name, TrainingOptions(epochs=40, **options)).run()


def right(name: str, *, part: Crop | None = None, options: TaskOptions | None = None) -> int:
    """How many of 45 frames that it has not seen a model gets right, or of cut-outs of them."""
    model = load_model(name, options)
    count = 0
    for label, colour in COLOURS.items():
        for seed in range(100, 115):
            image = frame(colour, hash_of(label, seed))
            if part is not None:
                image = cut(image, part)[0]  # type: ignore[index]
            result = model.predict(image)[0]
            assert isinstance(result, Classification)
            count += result.labels[int(np.argmax(result.probabilities))] == label
    return count


@pytest.mark.slow
def test_a_model_taught_on_a_drawn_region_is_right_on_whole_frames(tmp_path, capsys):
    with taught_store(tmp_path / "store", REGION):
        pass
    train(tmp_path / "store", "corner")
    card = find_model("corner").card
    assert card is not None
    assert card.input.region == pytest.approx(REGION.shares, abs=0.003)
    whole = TaskOptions(region=WHOLE)
    assert right("corner", part=REGION, options=whole) >= 44
    assert right("corner") >= 44
    assert right("corner", options=whole) < 30  # as it was: the busy scene is nothing that it knows
    all_as_json = ["--part", "all", "--json"]
    # the samples are cut out already, and the evaluation does not cut them again
    assert main(["evaluate", "--model", "corner", "--samples", str(tmp_path / "store"), *all_as_json]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] >= 0.97


@pytest.mark.slow
def test_a_run_looks_where_it_is_told(tmp_path):
    with taught_store(tmp_path / "store", REGION):
        pass
    train(tmp_path / "store", "corner")
    cv2.imwrite(str(tmp_path / "frame.png"), frame(COLOURS["blue"], 77))
    shares = part_words(REGION.shares)

    def best(*more: str) -> str:
        out = tmp_path / "out.jsonl"
        told = ["--source", str(tmp_path / "frame.png"), "--json", str(out), "--overwrite", "--quiet"]
        assert main([*told, *more]) == 0
        return json.loads(out.read_text())["results"][0]["classes"][0]["label"]

    assert best("--model", "corner") == "blue"
    assert best("--model", f"corner:region={shares}") == "blue"
    whole, plain = right("corner", options=TaskOptions(region=WHOLE)), right("corner")
    assert whole < plain
    told = right("corner", options=TaskOptions(region=(0.0, 0.0, 0.3, 0.3)))
    assert told < plain


@pytest.mark.slow
def test_a_centre_square_is_kept_as_well(tmp_path):
    with taught_store(tmp_path / "store", CentreSquare()):
        pass
    train(tmp_path / "store", "middle", fit="squash")
    card = find_model("middle").card
    assert card is not None
    assert (card.input.region, card.input.resize) == (CENTRE, "squash")
    assert parse_card_text(card_as_json(card), "x") == card
    image = frame(COLOURS["red"], 5)
    model = load_model("middle")
    square = cut(image, CentreSquare())[0]  # type: ignore[index]
    wanted = load_model("middle", TaskOptions(region=WHOLE)).prepare(square)[0].copy()
    tensor, geometry = model.prepare(image)
    assert np.array_equal(tensor, wanted)
    assert geometry.points_to_frame(np.array([[0, 0], [224, 224]], np.float32)).tolist() == [
        [140, 0],
        [500, 360],
    ]


@pytest.mark.slow
def test_whole_frames_have_no_region(tmp_path):
    with taught_store(tmp_path / "store", WholeFrame()):
        pass
    found = open_samples(tmp_path / "store")
    assert (found.region, found.region_notices) == (None, ())


def crop(kind: str, *shares: float) -> CropRecord:
    return CropRecord(kind, tuple(round(s * 1000) for s in shares), (1000, 1000))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("crops", "region", "said"),
    [
        ([crop("region", 0.1, 0.1, 0.5, 0.5)] * 3, (0.1, 0.1, 0.5, 0.5), ""),
        (
            [crop("region", 0.1, 0.1, 0.5, 0.5), crop("region", 0.12, 0.1, 0.52, 0.5)],
            (0.11, 0.1, 0.51, 0.5),
            "",
        ),
        ([crop("region", 0.1, 0.1, 0.5, 0.5), crop("region", 0.5, 0.5, 0.9, 0.9)], None, "different regions"),
        (
            [crop("region", 0.1, 0.1, 0.5, 0.5), None],
            None,
            "1 samples show a drawn region and 1 something else",
        ),
        ([CropRecord("region", (1, 2, 30, 40))], None, "older version"),
        ([crop("box", 0.1, 0.1, 0.5, 0.5)], None, "--classify-boxes"),
        ([None, crop("whole", 0, 0, 1, 1)], None, ""),
    ],
)
def test_the_region_that_samples_have_in_common(crops, region, said):
    found, notices = common_region(crops)
    assert found == (None if region is None else pytest.approx(region))
    assert (said in " ".join(notices)) if said else not notices


def test_a_store_keeps_the_size_of_the_frame(tmp_path):
    with taught_store(tmp_path / "store", REGION) as store:
        first = store.facts(store.ids()[0]).crop
    assert first == CropRecord("region", (448, 198, 608, 342), (640, 360))
    with SampleStore.open(tmp_path / "store", writable=False) as again:
        assert again.facts(again.ids()[0]).crop == first


@pytest.mark.parametrize("text", ["0.25,0,0.75,1", "0.25 0 0.75 1", "region:0.25,0,0.75,1"])
def test_parts_are_read_as_samples_capture_writes_them(text):
    assert parse_part(text) == (0.25, 0.0, 0.75, 1.0)
    assert parse_part(part_words((0.25, 0.0, 0.75, 1.0))) == (0.25, 0.0, 0.75, 1.0)


@pytest.mark.parametrize(
    "text", ["", "0,0,1", "0,0,0,1", "0.5,0,0.4,1", "-1,0,1,1", "0,0,nan,1", "0,0,1,2", "left"]
)
def test_what_is_no_part_is_refused(text):
    with pytest.raises(ValueError, match="shares from 0 to 1"):
        parse_part(text)


def test_the_same_pixels_as_the_capture():
    rng = np.random.default_rng(0)
    for _ in range(200):
        a, b = np.sort(rng.random((2, 2)), axis=0)
        shares = (float(a[0]), float(a[1]), float(b[0]), float(b[1]))
        size_wh = int(rng.integers(200, 2000)), int(rng.integers(200, 2000))
        chosen = Region(shares).choose(size_wh, ())
        if chosen is not None:
            assert part_xyxy(shares, size_wh) == chosen
        assert part_xyxy(CENTRE, size_wh) == CentreSquare().choose(size_wh, ())


def test_options_of_one_model_take_a_part_with_its_commas():
    asked = parse_model("corner:region=0.25,0,0.75,1,fit=squash,top_k=2")
    assert dict(asked.own) == {"region": (0.25, 0.0, 0.75, 1.0), "fit": "squash", "top_k": 2}
    with pytest.raises(ConfigError, match="fit must be one of crop, squash, letterbox"):
        parse_model("corner:fit=stretch")


def test_a_detector_has_no_part_and_boxes_are_not_cut_again():
    assert not BY_NAME["region"].suits("detect")
    request = ModelRequest("x", classify_boxes="y").changed({"region": (0.0, 0.0, 0.5, 0.5), "fit": "squash"})
    assert [o.name for o in request.misfits("detect")] == ["region"]


@pytest.mark.slow
def test_a_classifier_of_boxes_sees_all_of_a_box(tmp_path, shared_models):
    with taught_store(tmp_path / "store", REGION):
        pass
    train(tmp_path / "store", "corner")
    yolox = str(shared_models / "yolox_nano_416_fp32.onnx")
    built = build(ModelRequest(yolox, classify_boxes="corner"))
    assert built.classifier is not None
    box = frame(COLOURS["green"], 3)[198:342, 448:608]
    plain = load_model("corner", TaskOptions(region=WHOLE)).prepare(box)[0].copy()
    assert np.array_equal(built.classifier.prepare(box)[0], plain)


def test_a_card_of_a_detector_has_no_region():
    card = json.loads(card_as_json(find_model(BASE).card))  # type: ignore[arg-type]
    card["input"]["region"] = [0, 0, 0.5, 1]
    assert parse_card_text(json.dumps(card), "x").input.region == (0.0, 0.0, 0.5, 1.0)
    with pytest.raises(ModelError, match=r"input\.region must be"):
        parse_card_text(json.dumps({**card, "input": {**card["input"], "region": [0, 0, 2, 1]}}), "x")
    card["task"] = "detect"
    with pytest.raises(ModelError, match=r"input\.region must be left out"):
        parse_card_text(json.dumps(card), "x")


@pytest.mark.parametrize(
    ("fit", "share"), [("crop", (0.4921875, 0.875)), ("squash", (1, 1)), ("letterbox", (1, 1))]
)
def test_what_a_fit_sees(fit, share):
    """Against the pixels: of a frame that is white where it should be seen and black elsewhere."""
    assert seen_share(fit, 0.875, (1280, 720), (224, 224)) == pytest.approx(share)
    spec = fitted(dataclasses.replace(InputSpec((224, 224)), crop_pct=0.875), fit)
    image = np.zeros((720, 1280, 3), np.uint8)
    w, h = share[0] * 1280, share[1] * 720
    image[round(360 - h / 2) : round(360 + h / 2), round(640 - w / 2) : round(640 + w / 2)] = 255
    tensor = Preprocessor(spec).prepare(image, (224, 224))[0][0, 0]
    inner = tensor[2:-2, 2:-2] if fit != "letterbox" else tensor[52:172, 2:-2]
    assert inner.min() > 0.99
    image[...] = 255 - image
    tensor = Preprocessor(spec).prepare(image, (224, 224))[0][0, 0]
    inner = tensor[2:-2, 2:-2] if fit != "letterbox" else tensor[52:172, 2:-2]
    assert inner.max() < 0.01


def test_a_very_long_picture_is_not_blown_up():
    """8 x 200 000 pixels would become 224 x 5 600 000."""
    image = np.zeros((8, 200_000, 3), np.uint8)
    image[:, 99_000:101_000] = 255
    tensor, geometry = Preprocessor(InputSpec((224, 224))).prepare(image, (224, 224))
    assert tensor.min() > 0.99
    middle = geometry.points_to_frame(np.array([112, 112], np.float32))
    assert middle.tolist() == pytest.approx([100_000, 4], abs=1)


def test_samples_of_boxes_are_no_region():
    assert DetectedBox().kind == "box"


def test_a_later_model_of_a_chain_sees_all_of_what_is_cut_out_for_it(tmp_path, monkeypatch):
    """The two halves of a frame are boxes; the second model was taught to look at the left edge of a frame."""
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path))
    boxes = [[0, 0, 16, 32, 0.9, 0], [16, 0, 32, 32, 0.8, 1]]
    path = tiny.constant_outputs(tmp_path / "finder.onnx", [np.array(boxes, np.float32)[None]])
    tiny.write_card(path, task="detect", output={"layout": "yolo-end2end"})
    colours = tiny.colour_model(tmp_path)
    card = json.loads(colours.with_suffix(".json").read_text())
    card["input"]["region"] = [0, 0, 0.2, 1]
    colours.with_suffix(".json").write_text(json.dumps(card))
    steps = [{"model": "finder"}, {"regions": "boxes"}, {"model": "colours", "gives": "attached"}]
    chain = {"schema": 1, "name": "both", "task": "detect", "licence": "none", "steps": steps}
    (tmp_path / "both.chain.json").write_text(json.dumps(chain))
    # the left fifth of the right half is red as well: a model that looked there would say so
    image = np.full((48, 64, 3), (255, 0, 0), np.uint8)
    image[:, :32] = image[:, 32:38] = (0, 0, 255)
    result = build(ModelRequest("both")).predictor.predict(image)[0]
    assert [c.top(1)[0][1] for c in result.detections.box_classes] == ["red", "blue"]


def test_every_front_end_can_ask_for_it(tmp_path):
    from vision_app.engine.request import read_model
    from vision_app.headless.settings import load_settings

    wanted = {"fit": "letterbox", "region": (0.0, 0.25, 0.5, 1.0)}
    (tmp_path / "c.toml").write_text('fit = "letterbox"\nregion = [0, 0.25, 0.5, 1]', encoding="utf-8")
    for settings in (
        load_settings(
            {"fit": "letterbox", "region": "0,0.25,0.5,1"}, None, {"VISION_APP_CONFIG": "/dev/null"}
        ),
        load_settings({}, tmp_path / "c.toml", {}),
        load_settings(
            {},
            None,
            {
                "VISION_APP_FIT": "letterbox",
                "VISION_APP_REGION": "0 0.25 0.5 1",
                "VISION_APP_CONFIG": "/dev/null",
            },
        ),
    ):
        assert {name: settings.options[name] for name in wanted} == wanted
    kiosk = read_model({"name": "m", "fit": "letterbox", "region": [0, 0.25, 0.5, 1]})
    assert dict(kiosk.own) == wanted
    with pytest.raises(ConfigError, match="region must be LEFT,TOP,RIGHT,BOTTOM"):
        read_model({"name": "m", "region": [0, 0, 1]})


def test_the_window_remembers_it(tmp_path):
    pytest.importorskip("PySide6")
    from vision_app.gui.settings_file import Values, as_json, read_values

    request = ModelRequest("m").changed({"fit": "squash", "region": (0.0, 0.25, 0.5, 1.0)})
    models = (request, ModelRequest("n").changed({"region": CENTRE}), ModelRequest("o"))
    (tmp_path / "s.json").write_text(as_json(Values(models=models)), encoding="utf-8")
    again, trouble = read_values(tmp_path / "s.json")
    assert (again.models, trouble) == (models, "")
