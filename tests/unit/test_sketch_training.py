"""The networks that are trained on sketches: their losses, a short training, what is exported."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
pytest.importorskip("pycocotools", reason="needs the extra `dev`")

import onnx  # noqa: E402
import onnxruntime as ort  # noqa: E402
from sketches import train_classifiers, train_detector  # noqa: E402
from sketches.classifiers import CLASSIFIERS  # noqa: E402
from sketches.detector import SketchYolo  # noqa: E402
from sketches.detector_loss import assign, detector_loss, iou  # noqa: E402
from sketches.export import classifier_card, detector_card, write_classifier, write_detector  # noqa: E402
from sketches.judging import precision_of  # noqa: E402
from sketches.make import trained_detector  # noqa: E402
from sketches.scene import Scene  # noqa: E402
from sketches.scenes import Part, SceneSet, augmented, collate  # noqa: E402
from sketches.signs import LABELS  # noqa: E402

from vision_app.cards.card import card_as_json, load_card  # noqa: E402
from vision_app.cards.lookup import ModelFile  # noqa: E402
from vision_app.engine.predictors import LoadedModel  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    # the tracing exporter, which keeps one Softmax a block, announces its successor
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
    pytest.mark.filterwarnings("ignore:Constant folding:UserWarning"),
]

BOX, FAR = [96.0, 96.0, 160.0, 160.0], [200.0, 200.0, 260.0, 260.0]


def tensors(*boxes: list[float]):
    rows = list(boxes) or [[0.0] * 4]
    return torch.tensor([rows]), torch.tensor([[3] * len(boxes) or [-1]])


def test_overlap_is_that_of_the_definition() -> None:
    a, b = torch.tensor([[0.0, 0.0, 10.0, 10.0]]), torch.tensor([[5.0, 0.0, 15.0, 10.0]])
    assert float(iou(a, b)) == pytest.approx(1 / 3, abs=1e-5)
    # complete: less the squared distance of the centres over the squared diagonal of the hull
    assert float(iou(a, b, complete=True)) == pytest.approx(1 / 3 - 25 / (15**2 + 10**2), abs=1e-4)


def test_places_inside_a_sign_are_responsible_for_it() -> None:
    torch.manual_seed(0)
    network = SketchYolo().eval()
    with torch.no_grad():
        logits, sides, centres, strides = network.raw(torch.rand(1, 3, 320, 320) * 255)
    boxes = torch.cat([centres - sides[..., :2], centres + sides[..., 2:]], -1)
    truth, classes = tensors(BOX)
    wanted = assign(logits.sigmoid(), boxes, centres=centres, strides=strides, truth=truth, classes=classes)
    at = centres[wanted.responsible[0]]
    assert 1 <= len(at) <= 10
    assert ((at > 80) & (at < 176)).all()
    assert (wanted.scores[0][wanted.responsible[0]].argmax(1) == 3).all()
    assert (wanted.scores[0][~wanted.responsible[0]] == 0).all()


def test_unclear_signs_teach_nothing() -> None:
    torch.manual_seed(0)
    network = SketchYolo()
    raw = network.raw(torch.rand(1, 3, 320, 320) * 255)
    logits = raw[0].detach().requires_grad_()
    truth, classes = tensors()
    detector_loss((logits, *raw[1:]), truth, classes, torch.tensor([[FAR]]))[0].backward()
    inside = ((raw[2] > 200) & (raw[2] < 260)).all(1)
    assert inside.sum() > 20
    assert (logits.grad[0][inside] == 0).all()
    assert (logits.grad[0][~inside] != 0).all()


def test_the_loss_is_small_when_all_is_right() -> None:
    network = SketchYolo()
    _, _, centres, strides = network.raw(torch.zeros(1, 3, 320, 320))
    truth, classes = tensors(BOX)
    sides = torch.cat([centres - truth[0, :, :2], truth[0, :, 2:] - centres], -1)[None]
    inside = (sides > 0).all(-1)
    logits = torch.full((1, len(centres), 10), -12.0)
    logits[..., 3][inside] = 12.0
    nothing_unclear = torch.zeros(1, 1, 4)
    right, parts = detector_loss((logits, sides, centres, strides), truth, classes, nothing_unclear)
    assert parts["box"] < 1e-3
    wrong, _ = detector_loss((-logits, sides.flip(-1), centres, strides), truth, classes, nothing_unclear)
    assert float(wrong) > 20 * float(right)


def test_moving_a_scene_moves_its_boxes() -> None:
    image = np.full((320, 320, 3), 255, np.uint8)
    image[100:180, 60:140] = 0
    scene = Scene(image, np.array([[60, 100, 140, 180]], np.float32), np.array([2]))
    for seed in range(40):
        moved = augmented(scene, np.random.default_rng(seed), 320)
        for left, top, right, bottom in moved.xyxy.round().astype(int):
            inside = moved.image[top + 4 : bottom - 4, left + 4 : right - 4].mean()
            assert inside < 90, "the dark square is in its box"
        assert len(moved.xyxy) + len(moved.unclear_xyxy) <= 1
    batch = collate([scene, Scene(image, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))], 160)
    assert batch.images.shape == (2, 3, 160, 160)
    assert batch.boxes[0, 0].tolist() == [30, 50, 70, 90]
    assert batch.classes.tolist() == [[2], [-1]]


def test_precision_counts_unclear_signs_neither_way() -> None:
    image = np.zeros((320, 320, 3), np.uint8)
    box, unclear = np.array([BOX], np.float32), np.array([FAR], np.float32)
    scene = Scene(image, box, np.array([3]), unclear, np.array([3]))
    both = (np.concatenate([unclear, box]), np.array([0.9, 0.8], np.float32), np.array([3, 3]))
    assert precision_of([scene], [both]).map50 == pytest.approx(1)
    without = Scene(image, box, np.array([3]))
    assert precision_of([without], [both]).map50 == pytest.approx(0.5)


RECIPE = train_detector.Recipe(
    scenes=96, validation=8, epochs=3, batch=12, sizes=((96, 1.0),), patience=9, seed=5
)


def test_a_short_training_learns_goes_on_after_a_cut_and_repeats(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    train_detector.train(RECIPE, whole)
    log = json.loads((whole / "log.json").read_text())
    boxes = [row["box"] for row in log["epochs"]]
    assert len(boxes) == 3
    assert boxes[2] < boxes[0]
    assert log["epochs"][2]["class"] < log["epochs"][0]["class"]
    cut.mkdir()
    for file in whole.glob("scenes-*.npz"):
        (cut / file.name).symlink_to(file)

    class PowerCut(Exception):
        pass

    def until_second(network, scenes):
        if (cut / "checkpoint.pt").is_file():
            raise PowerCut
        return judge(network, scenes)

    judge = train_detector.judge
    with pytest.MonkeyPatch.context() as patch, pytest.raises(PowerCut):
        patch.setattr(train_detector, "judge", until_second)
        train_detector.train(RECIPE, cut)
    train_detector.train(RECIPE, cut)
    again = json.loads((cut / "log.json").read_text())
    assert [row["epoch"] for row in again["epochs"]] == [1, 2, 3]
    for one, other in zip(log["epochs"], again["epochs"], strict=True):
        assert one["box"] == pytest.approx(other["box"], rel=0.02)
    network = trained_detector(whole)
    assert len(train_detector.find(network, np.zeros((1, 3, 96, 96), np.uint8))) == 1


def test_a_short_training_of_a_classifier_learns(tmp_path: Path) -> None:
    recipe = train_classifiers.Recipe(
        scenes=20, singles=1200, validation=200, validation_scenes=10, epochs=8, batch=50, seed=1
    )
    network = train_classifiers.train("sketch-cnn", recipe, tmp_path)
    log = json.loads((tmp_path / "sketch-cnn-log.json").read_text())
    assert max(row["accuracy"] for row in log["epochs"]) > 0.35, "ten classes: chance is 0.1"
    assert train_classifiers.trial_accuracy(network, "upright", 100) > 0.25


def test_the_exported_detector_takes_any_size(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = SketchYolo().eval()
    path = tmp_path / "sketch-yolo.onnx"
    write_detector(network, path)
    card = detector_card(network, {}, {})
    path.with_suffix(".json").write_text(card_as_json(card))
    assert card.published is not None and card.published.params is not None
    assert 0.9e6 < card.published.params < 1.1e6
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for height, width in ((320, 320), (192, 320), (608, 352)):
        out = session.run(None, {"images": np.zeros((1, 3, height, width), np.float32)})[0]
        assert out.shape == (1, 4 + len(LABELS), height * width // 64 * 21 // 16)
    model = LoadedModel(ModelFile(card.name, path, load_card(path.with_suffix(".json"))), provider="cpu")
    tensor, _ = model.prepare(np.zeros((720, 1280, 3), np.uint8))
    assert tensor.shape == (1, 3, 192, 320), "a wide picture needs no square"


@pytest.mark.parametrize("name", list(CLASSIFIERS))
def test_an_exported_classifier_is_what_its_family_is(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = CLASSIFIERS[name](len(LABELS)).eval()
    assert sum(p.numel() for p in network.parameters()) <= 1_000_000
    path = tmp_path / f"{name}.onnx"
    write_classifier(network, path)
    graph = onnx.load(path).graph
    kinds = Counter(node.op_type for node in graph.node)
    softmaxes = {"sketch-vit": 6, "sketch-hybrid": 4, "sketch-capsnet": 2}.get(name, 0)
    assert kinds["Softmax"] == softmaxes, "one a block of attention; one a round of routing but the first"
    assert bool(kinds["Conv"]) == (name != "sketch-mlp")
    card = classifier_card(name, network, {}, {})
    model = LoadedModel(ModelFile(name, path, card), provider="cpu")
    result, _ = model.predict(np.full((90, 70, 3), 128, np.uint8))
    assert result.probabilities.sum() == pytest.approx(1, abs=1e-4)
    if name == "sketch-capsnet":
        outputs = ort.InferenceSession(str(path)).run(None, {"images": np.zeros((3, 3, 48, 48), np.float32)})
        assert [o.shape for o in outputs] == [(3, 10), (3, 24, 24)]
        assert 0 <= outputs[1].min() <= outputs[1].max() <= 1


def test_scenes_are_drawn_once_and_kept(tmp_path: Path) -> None:
    part = Part("shifted", 7, 6)
    first = SceneSet(part, tmp_path, workers=1)
    stamp = next(tmp_path.glob("*.npz")).stat().st_mtime_ns
    again = SceneSet(part, tmp_path, workers=1)
    assert next(tmp_path.glob("*.npz")).stat().st_mtime_ns == stamp
    assert len(first) == len(again) == 6
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.unclear_xyxy, other.unclear_xyxy)
