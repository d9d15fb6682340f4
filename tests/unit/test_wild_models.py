"""ONNX files of people who never saw this project: right, right after one guided command, or refused truly."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.cards.lookup import MODELS_VARIABLE
from vision_app.catalogue import place
from vision_app.catalogue.trial import candidates, contact_sheet
from vision_app.engine.loading import session_of
from vision_app.engine.predictors import load_model
from vision_app.errors import ModelError
from vision_app.results.maps import ClassMap
from vision_app.results.values import Classification, Detections, Keypoints


@pytest.fixture
def wild(shared_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "models"))
    folder = shared_models / "wild"
    if not folder.is_dir():
        pytest.skip(f"no public ONNX files at {folder}")
    return folder


@pytest.fixture
def photo(shared_data: Path):
    return lambda name: cv2.imread(str(shared_data / "photos" / name))


def found(model, image) -> list[tuple[str, float]]:
    result, _ = model.predict(image)
    detections = result.detections
    return [(detections.label(i), round(float(detections.scores[i]), 2)) for i in range(len(detections))]


def test_a_yolox_of_one_class_is_no_end_to_end_coco(wild, photo):
    persons = found(load_model(str(wild / "light_person_detector.onnx")), photo("ultralytics_bus.jpg"))
    assert [score for _, score in persons] == [0.84, 0.77, 0.67, 0.48, 0.40]


def test_nanodet_with_its_heads_apart(wild, photo):
    seen = found(load_model(str(wild / "nanodet_m_320.onnx")), photo("ultralytics_bus.jpg"))
    assert ("bus", 0.73) in seen
    assert [label for label, score in seen if score > 0.5].count("person") == 3


@pytest.mark.parametrize("name", ["ultraface_rfb320", "ultraface_rfb320_simplified"])
def test_the_same_shapes_with_other_values(wild, photo, name):
    result, _ = load_model(str(wild / f"{name}.onnx")).predict(photo("ultralytics_zidane.jpg"))
    assert isinstance(result, Detections)
    assert result.scores.round(2).tolist() == pytest.approx([1.00, 0.95])
    assert result.xyxy.round().tolist() == [[923, 107, 1055, 282], [547, 242, 656, 427]]


def test_faces_with_marks(wild, photo):
    result, _ = load_model(str(wild / "yunet_120x160.onnx")).predict(photo("ultralytics_zidane.jpg"))
    assert isinstance(result, Keypoints)
    for i, (left, top, right, bottom) in enumerate([(923, 107, 1055, 282), (547, 242, 656, 427)]):
        x, y = result.points[i, :, 0], result.points[i, :, 1]
        assert ((left < x) & (x < right) & (top < y) & (y < bottom)).all()
        assert y[:2].max() < y[2] < y[3:].min(), "eyes above the nose above the mouth"


def test_a_grid_of_boxes(wild, photo):
    seen = found(load_model(str(wild / "fastestdet_old.onnx")), photo("darknet_dog.jpg"))
    assert {"dog", "bicycle", "car"} <= {label for label, score in seen if score > 0.8}


def test_one_guided_command_for_digits(wild, tmp_path):
    with pytest.raises(ModelError, match=r"--recipe imagenet\|unit") as refused:
        place.add(wild / "mnist_ort.onnx")
    for said in ("--labels", "--set input.resize=", "--set output.activation=", "classifier of 10 classes"):
        assert said in str(refused.value)
    from vision_app.cards.recipes import RECIPES

    settings = {
        **RECIPES["negative"],
        "input.resize": "squash",
        "output.activation": "softmax",
        "labels": [str(i) for i in range(10)],
    }
    place.add(wild / "mnist_ort.onnx", settings=settings)
    seven = np.full((200, 200, 3), 255, np.uint8)
    cv2.line(seven, (55, 50), (145, 50), (0, 0, 0), 14)
    cv2.line(seven, (145, 50), (90, 160), (0, 0, 0), 14)
    result, _ = load_model("mnist_ort").predict(seven)
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == "7"


def test_one_guided_command_for_the_outline_of_a_person(wild, photo):
    with pytest.raises(ModelError, match=r"--set task=semantic\|depth"):
        place.add(wild / "mp_selfie_segmentation_landscape.onnx")
    settings = {"task": "semantic", "input.scale": 1 / 255, "labels": ["person"]}
    place.add(wild / "mp_selfie_segmentation_landscape.onnx", settings=settings)
    image = photo("ultralytics_zidane.jpg")
    result, _ = load_model("mp_selfie_segmentation_landscape").predict(image)
    assert isinstance(result, ClassMap)
    inside = result.on_frame((image.shape[1], image.shape[0])) == 0
    assert inside[200:340, 960:1010].all()
    assert not inside[:100, :300].any()


def test_every_choice_is_seen_before_one_is_kept(wild, photo):
    file = wild / "road_seg_adas.onnx"
    choices = candidates(session_of(file, "cpu"), "road", {})
    assert [c.said["recipe"] for c in choices] == ["imagenet", "unit", "signed", "raw"]
    sheet = contact_sheet(file, choices, photo("darknet_dog.jpg"), 320)
    assert sheet.shape == (2 * 240, 2 * 320, 3)
    assert not np.array_equal(sheet[:240, :320], sheet[:240, 320:])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("customvision_plankton", "for ONNX opset 1, which is too old"),
        ("supres_js", "operators of ai.onnx.contrib, which are not in ONNX Runtime"),
    ],
)
def test_what_cannot_run_says_why(wild, name, reason):
    for refuse in (place.add, lambda file: load_model(str(file))):
        with pytest.raises(ModelError, match=reason) as refused:
            refuse(wild / f"{name}.onnx")
        assert "\n" not in str(refused.value)
