"""A training that unfreezes blocks: the figures that it tells are those of the model that it makes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from onnx import TensorProto, helper

from tests import tiny_models
from vision_app.cards.lookup import find_model
from vision_app.engine.predictors import load_model as load_predictor
from vision_app.graph import load_model
from vision_app.learn.options import TrainingOptions, TrainingProgress
from vision_app.learn.training import Trainer
from vision_app.samples.dataset import SampleSet, open_samples
from vision_app.samples.pictures import read_picture

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="unfreezing needs the extra `train`")
    pytest.importorskip("onnx2torch", reason="unfreezing needs the extra `train`")
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def base(tmp_path):
    """Six convolutions with random weights, a mean over places, one dense layer."""
    random = np.random.default_rng(0)
    nodes, constants, name, channels = [], {}, "images", 3
    for i, wide in enumerate((8, 8, 8, 8, 8, 8)):
        spread = np.sqrt(2 / (9 * channels))
        constants[f"w{i}"] = random.normal(0, spread, (wide, channels, 3, 3)).astype(np.float32)
        constants[f"b{i}"] = np.zeros(wide, np.float32)
        stride = 2 if i in (0, 2) else 1
        nodes.append(
            helper.make_node(
                "Conv", [name, f"w{i}", f"b{i}"], [f"c{i}"], pads=[1, 1, 1, 1], strides=[stride, stride]
            )
        )
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"]))
        name, channels = f"r{i}", wide
    constants["w"] = random.normal(0, 0.3, (5, channels)).astype(np.float32)
    nodes += [
        helper.make_node("GlobalAveragePool", [name], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w"], ["logits"], transB=1),
    ]
    folder = tmp_path / "base"
    folder.mkdir()
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 5])
    path = tiny_models.save(
        folder / "convs.onnx", nodes, [tiny_models.picture(("batch", 3, 32, 32))], [output], constants
    )
    tiny_models.write_card(path, labels=[str(i) for i in range(5)])
    return find_model(str(path))


@pytest.fixture
def samples(tmp_path) -> Path:
    """Stripes in four directions under noise: hard for a frozen network with random weights."""
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[:32, :32].astype(np.float64)
    ways = {"down": columns, "across": rows, "rising": rows + columns, "falling": rows - columns}
    for side, count in (("train", 12), ("val", 10)):
        for label, way in ways.items():
            folder = tmp_path / "samples" / side / label
            folder.mkdir(parents=True)
            for number in range(count):
                wave = 128 + 50 * np.sin(way * random.uniform(0.6, 0.9) + random.uniform(0, 6))
                image = np.repeat(wave[..., None], 3, 2) + random.normal(0, 25, (32, 32, 3))
                cv2.imwrite(str(folder / f"{number}.png"), np.clip(image, 0, 255).astype(np.uint8))
    return tmp_path / "samples"


def right(name: str, samples: SampleSet) -> float:
    model = load_predictor(name, provider="cpu")
    held_out = samples.of_split("val")
    said = [model.predict(read_picture(s.path))[0].top(1)[0][1] == s.label for s in held_out]
    return float(np.mean(said))


OPTIONS = TrainingOptions(epochs=10, learning_rate=0.02, patience=6)


@pytest.mark.filterwarnings("ignore::UserWarning:vision_app.learn")
def test_the_accuracy_told_is_that_of_the_model(samples, base):
    opened = open_samples(samples)
    frozen = Trainer(opened, base, "frozen", OPTIONS).run()
    assert frozen.validation_accuracy == pytest.approx(right("frozen", opened))
    assert frozen.validation_accuracy < 1.0, "the frozen network is too good for this test"
    seen: list[TrainingProgress] = []
    options = TrainingOptions(epochs=10, learning_rate=0.02, patience=6, unfreeze=1)
    result = Trainer(opened, base, "tuned", options, on_progress=seen.append).run()
    phases = list(dict.fromkeys(p.phase for p in seen))
    assert phases[:4] == ["embedding", "training", "preparing", "unfreezing"] and phases[-1] == "writing"
    assert all(p.total == 10 for p in seen if p.phase == "unfreezing"), "epochs, not pictures"
    shares = [p.share for p in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert any("nfreezing" in sentence for sentence in result.advice)
    assert result.validation_accuracy == pytest.approx(right("tuned", opened))
    epochs = [p.history[-1].epoch for p in seen if p.phase == "unfreezing" and p.history]
    assert epochs == sorted(epochs)
    if result.frozen_validation_accuracy is None:
        assert result.validation_accuracy == frozen.validation_accuracy
        return
    assert result.frozen_validation_accuracy == pytest.approx(frozen.validation_accuracy)
    assert result.validation_accuracy >= result.frozen_validation_accuracy
    weights = {t.name: t.raw_data for t in load_model(base.path).graph.initializer}
    now = {t.name: t.raw_data for t in load_model(result.model_path).graph.initializer}
    assert now["w0"] == weights["w0"], "the first layer is frozen"
    assert load_predictor("tuned").card.extra["training"]["unfrozen_blocks"] == 1
    assert load_predictor("tuned").card.extra["made_from"] == "convs"


def test_more_blocks_than_there_are_is_one_clear_line(samples, base):
    from vision_app.errors import ModelError

    with pytest.raises(ModelError, match="--unfreeze must be from 1") as caught:
        Trainer(open_samples(samples), base, "tuned", TrainingOptions(epochs=2, unfreeze=50)).run()
    assert "\n" not in str(caught.value)
