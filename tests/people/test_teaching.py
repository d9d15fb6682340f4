"""Learning from landmarks."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.cards.asking import TaskOptions
from vision_app.cards.lookup import find_model
from vision_app.engine.build import Surroundings, build
from vision_app.engine.chain import Chain
from vision_app.engine.points import TaughtPicture, landmarks_of
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError
from vision_app.learn.evaluating import evaluate
from vision_app.learn.head import LabelledEmbeddings, fit_head
from vision_app.learn.landmarks import base_of, embedder_of
from vision_app.learn.options import TrainingOptions
from vision_app.learn.training import Trainer
from vision_app.people.features import FEATURES, body_features, hand_features
from vision_app.results.values import Keypoints
from vision_app.runtime import ThreadPolicy
from vision_app.samples.dataset import open_samples

RNG = np.random.default_rng(4)
POINTS = {"hands": 21, "body": 33, "face-mesh": 478}


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "models"


def moved(points: np.ndarray, angle: float, factor: float) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return (points @ turn.T * factor + [300, 40, 0]).astype(np.float32)


@pytest.mark.parametrize("chain", FEATURES)
@pytest.mark.parametrize(("angle", "factor"), [(0.7, 1.0), (-2.5, 0.3), (3.0, 4.0)])
def test_place_size_and_turn_make_no_difference(chain: str, angle: float, factor: float) -> None:
    points = RNG.normal(0, 40, (POINTS[chain], 3)).astype(np.float32)
    before, after = (FEATURES[chain](p, False) for p in (points, moved(points, angle, factor)))
    assert np.allclose(before, after, atol=2e-3)


def test_a_right_hand_is_a_left_one_in_the_mirror() -> None:
    points = RNG.normal(0, 40, (21, 3)).astype(np.float32)
    other = points * np.float32([-1, 1, 1])
    assert np.allclose(hand_features(points, True), hand_features(other, False), atol=1e-4)
    assert not np.allclose(hand_features(points, False), hand_features(other, False), atol=0.1)


def test_a_body_keeps_left_and_right() -> None:
    points = RNG.normal(0, 40, (33, 3)).astype(np.float32)
    assert not np.allclose(
        body_features(points, False), body_features(points * np.float32([-1, 1, 1]), False)
    )


def test_points_in_one_place_are_no_accident() -> None:
    for chain, count in POINTS.items():
        assert np.isfinite(FEATURES[chain](np.zeros((count, 3), np.float32), False)).all()


def few_samples(shared_data: Path, folder: Path, count: int) -> Path:
    """So many signs a class, and something without a hand."""
    for label in "01234":
        source = shared_data / "sign_digits" / "train" / label
        (folder / label).mkdir(parents=True)
        for path in sorted(source.iterdir())[:: 45 // count][:count]:
            shutil.copy(path, folder / label / path.name)
    cv2.imwrite(str(folder / "0" / "wall.png"), np.full((80, 80, 3), 128, np.uint8))
    return folder


def taught(shared_data: Path, folder: Path, name: str = "signs", count: int = 5):
    samples = open_samples(few_samples(shared_data, folder, count))
    base = base_of("hands")
    trainer = Trainer(samples, base, name, TrainingOptions(learn_from_all="always"))
    trainer.check()
    trainer.embedder = embedder_of(base, "cpu")
    try:
        return trainer.run()
    finally:
        trainer.embedder.close()


def test_five_signs_a_class_are_enough(shared_data: Path, tmp_path: Path) -> None:
    result = taught(shared_data, tmp_path / "few")
    assert result.base == "hands"
    assert any("no hand is seen" in w or "cannot be read" in w for w in result.warnings)
    file = find_model("signs")
    assert landmarks_of(file.card) == "hands"
    judged = evaluate(file, open_samples(shared_data / "sign_digits" / "val"))
    assert judged.metrics.accuracy >= 0.93
    unknown, _ = TaughtPicture(file).predict(np.full((80, 80, 3), 128, np.uint8))
    assert unknown.unknown


@pytest.mark.slow
def test_three_signs_a_class_go_far(shared_data: Path) -> None:
    """Landmarks have one unit: steps of one size for all weights would follow the noise (88 % in the mean)."""
    embedder = embedder_of(base_of("hands"), "cpu")
    (x, y), (test_x, test_y) = (numbers(embedder, shared_data / "sign_digits" / p) for p in ("train", "val"))
    embedder.close()
    nothing = LabelledEmbeddings(x[:0], y[:0])
    right = []
    for seed in range(10):
        order = np.random.default_rng(seed).permutation(len(y))
        chosen = np.concatenate([order[y[order] == c][:3] for c in range(5)])
        few = LabelledEmbeddings(x[chosen], y[chosen])
        fit = fit_head(few, nothing, 5, TrainingOptions(), one_unit=True)
        right.append((fit.head.logits(test_x).argmax(1) == test_y).mean())
    assert np.mean(right) >= 0.96


def numbers(embedder, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    samples = open_samples(folder)
    embedded = embedder.embed(samples.samples)
    labels = [samples.labels.index(s.label) for s in embedded.samples]
    return embedded.vectors.reshape(len(labels), -1), np.array(labels)


def test_it_runs_as_a_chain_and_says_it_of_each_hand(shared_data: Path, tmp_path: Path) -> None:
    taught(shared_data, tmp_path / "few")
    around = Surroundings(ThreadPolicy(intra_op=1))
    first = build(ModelRequest("signs"), around)
    assert isinstance(first.predictor, Chain)
    path = sorted((shared_data / "sign_digits" / "val" / "4").iterdir())[0]
    result, _ = first.predictor.predict(cv2.imread(str(path)))
    assert isinstance(result, Keypoints)
    assert result.model == "signs"
    assert result.detections.box_classes is not None
    assert result.detections.box_classes[0].top(1)[0][1] == "4"
    again = build(ModelRequest("signs", TaskOptions(top_k=1)), around, before=first)
    assert not again.loaded
    shutil.rmtree(tmp_path / "few")
    assert taught(shared_data, tmp_path / "few").version == 2
    assert build(ModelRequest("signs"), around, before=first).loaded


def test_landmarks_have_no_layers_to_unfreeze(shared_data: Path, tmp_path: Path) -> None:
    samples = open_samples(few_samples(shared_data, tmp_path / "few", 3))
    with pytest.raises(ConfigError, match="hands gives landmarks"):
        Trainer(samples, base_of("hands"), "x", TrainingOptions(unfreeze=1)).check()


@pytest.mark.slow
def test_all_signs_are_told_apart(shared_data: Path, tmp_path: Path) -> None:
    samples = open_samples(shared_data / "sign_digits" / "train")
    Trainer(samples, base_of("hands"), "signs").run()
    judged = evaluate(find_model("signs"), open_samples(shared_data / "sign_digits" / "val"))
    assert judged.metrics.accuracy >= 0.97
