"""Maps of classes and depth, pictures and vectors: where they lie in the frame, and what is said of them."""

import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from vision_app.cards.card import parse_card
from vision_app.engine.build import build
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError, ModelError
from vision_app.overlay import render
from vision_app.results.affine import Affine
from vision_app.results.maps import NO_CLASS, ClassMap, Embedding, MadePicture
from vision_app.tasks import TaskOptions, make_task
from vision_app.tasks.whole import MAP

FRAME = tiny.solid((9, 9, 9), (80, 40))


def task_of(name, output, resize="letterbox-centre", labels=("a", "b", "c"), **options):
    card = parse_card(
        tiny.card("m", task=name, output=output, labels=list(labels), input__resize=resize), "m"
    )
    return make_task(card, TaskOptions(**options))


def decoded(task, output):
    _, geometry = task.prepare(FRAME)
    return task.decode({MAP: output}, geometry)


@pytest.mark.parametrize("resize", ["squash", "letterbox-centre", "letterbox-topleft"])
@pytest.mark.parametrize("side", [8, 32, 64])
def test_the_left_half_of_the_map_is_the_left_half_of_the_frame(resize, side):
    """Whatever the size of the map, and wherever a letterbox put the frame in it."""
    task = task_of("semantic", {"layout": "class-scores"}, resize)
    output = np.zeros((1, 3, side, side), np.float32)
    output[0, 1, :, : side // 2] = 1
    output[0, 2, :, side // 2 :] = 1
    ids = decoded(task, output).on_frame((80, 40))
    assert (ids[:, :38] == 1).all()
    assert (ids[:, 42:] == 2).all()


def test_classes_that_are_not_wanted_are_left_out():
    output = np.zeros((1, 3, 32, 32), np.float32)
    output[0, 1] = 1
    found = decoded(task_of("semantic", {"layout": "class-scores"}, classes=("a", "c")), output)
    assert (found.ids == NO_CLASS).all()
    assert found.as_record()["classes"] == []


def test_one_map_is_of_the_second_of_two_labels_or_of_the_one():
    output = np.full((1, 1, 32, 32), 0.9, np.float32)
    two = decoded(task_of("semantic", {"layout": "class-scores"}, labels=("nothing", "road")), output)
    one = decoded(task_of("semantic", {"layout": "class-scores"}, labels=("road",)), output)
    assert two.as_record()["classes"] == [{"class_id": 1, "label": "road", "share": 1.0}]
    assert one.as_record()["classes"] == [{"class_id": 0, "label": "road", "share": 1.0}]


@pytest.mark.parametrize(
    ("name", "output", "came"),
    [
        ("semantic", {"layout": "class-scores"}, np.zeros((1, 7, 32, 32), np.float32)),
        ("semantic", {"layout": "class-ids"}, np.full((1, 32, 32), 9, np.uint8)),
        ("semantic", {"layout": "class-scores"}, np.full((1, 3, 32, 32), np.nan, np.float32)),
        ("depth", {"layout": "metres"}, np.zeros((1, 2, 32, 32), np.float32)),
        ("image", {"layout": "image-unit"}, np.zeros((1, 4, 32, 32), np.float32)),
    ],
)
def test_maps_that_are_not_what_the_card_says(name, output, came):
    with pytest.raises(ModelError, match="m: "):
        decoded(task_of(name, output), came)


@pytest.mark.parametrize(
    ("layout", "value"), [("image-unit", 0.5), ("image-255", 127.5), ("image-signed", 0.0)]
)
def test_ranges_of_pixels(layout, value):
    made = decoded(task_of("image", {"layout": layout}, "squash"), np.full((1, 3, 64, 64), value, np.float32))
    assert (made.image == 128).all()


@pytest.mark.parametrize("beside", [True, False])
def test_a_picture_beside_the_frame_or_in_its_place(beside):
    task = task_of("image", {"layout": "image-255"}, "squash", beside=beside)
    drawn = render(FRAME, [decoded(task, np.full((1, 3, 32, 32), 200, np.float32))])
    assert (drawn[:, 60:] == 200).all()
    assert (drawn[:, :20] == (9 if beside else 200)).all()


def test_results_move_with_their_part_of_the_frame():
    made = MadePicture("m", np.full((4, 4, 3), 7, np.uint8), Affine.scale(10, 10))
    assert made.mapped(Affine.shift(40, 0)).to_frame.points(np.float32([[0, 0]])).tolist() == [[40, 0]]
    areas = ClassMap("m", np.zeros((4, 4), np.uint8), ("a",), Affine.scale(10, 10))
    assert areas.mapped(Affine.scale(2, 2)).to_frame.points(np.float32([[1, 1]])).tolist() == [[20, 20]]


@pytest.fixture
def embedder(tmp_path):
    """A network whose vector is the mean colour."""
    path = tiny.colour_classifier(tmp_path / "like.onnx")
    tiny.write_card(path, task="embed", output={"layout": "vector"}, labels=["x"])
    return path


def test_the_nearest_of_known_pictures_is_named(embedder, tmp_path):
    known = tmp_path / "known"
    for name, colour in (("sky", (250, 20, 10)), ("grass", (10, 240, 20)), ("brick", (20, 10, 230))):
        (known / name).mkdir(parents=True)
        cv2.imwrite(str(known / name / "1.png"), tiny.solid(colour))
    cv2.imwrite(str(known / "snow.png"), tiny.solid((250, 250, 250)))
    request = ModelRequest.of(str(embedder), {"nearest_to": str(known)})
    result, _ = build(request).predictor.predict(tiny.solid((240, 30, 20)))
    assert isinstance(result, Embedding)
    assert result.nearest[0][0] == "sky"
    assert {name for name, _ in result.nearest} == {"sky", "grass", "brick", "snow"}
    assert result.as_record()["nearest"][0]["similarity"] > 0.99


@pytest.mark.parametrize("what", ["nowhere", "empty"])
def test_a_folder_without_pictures_is_refused(embedder, tmp_path, what):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="nearest-to"):
        build(ModelRequest.of(str(embedder), {"nearest_to": str(tmp_path / what)}))
