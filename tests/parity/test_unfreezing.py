"""Unfreezing: blocks in the graph, the network in two, the tail in PyTorch, the weights back in the file."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests import taught_model, tiny_models
from vision_app.cancelling import CancelledError
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.errors import ModelError, TrainingError
from vision_app.graph import Backbone
from vision_app.graph.blocks import Block, SplitNetwork, blocks_of, parsed, with_weights
from vision_app.learn import frozen_features
from vision_app.learn.cache import EmbeddingCache
from vision_app.learn.embedding import Embedder
from vision_app.learn.head import Fit, Head, LabelledEmbeddings, fit_head
from vision_app.learn.materials import Materials, gather
from vision_app.learn.options import TrainingOptions
from vision_app.learn.unfreezing import Unfrozen, most_blocks, opened, unfreeze, worth_offering
from vision_app.results.values import FloatArray
from vision_app.runtime import Session
from vision_app.samples.dataset import open_samples

pytestmark = pytest.mark.parity


@pytest.fixture(scope="module")
def torch() -> None:
    """Skips where the extra `train` is not installed."""
    pytest.importorskip("torch", reason="unfreezing needs the extra `train`")
    pytest.importorskip("onnx2torch", reason="unfreezing needs the extra `train`")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A small residual network with random weights."""
    return taught_model.model_file(taught_model.convolutional(tmp_path_factory.mktemp("net") / "net.onnx"))


def frozen(
    file: ModelFile, folder: Path, options: TrainingOptions, counts: dict[str, int] | None = None
) -> tuple[Embedder, Materials, Fit]:
    root = taught_model.write_pictures(
        folder / "samples", counts or {"red": 12, "green": 12, "blue": 12}, noise=70.0
    )
    embedder = Embedder(file, "cpu", EmbeddingCache("test", 8, folder / "cache"))
    materials = gather(open_samples(root), embedder, options, lambda *_: None, lambda: False)
    return embedder, materials, fit_head(materials.train, materials.validation, 3, options)


def run(
    embedder: Embedder, materials: Materials, fit: Fit, options: TrainingOptions, **more: object
) -> Unfrozen:
    return unfreeze(
        embedder=embedder,
        fit=fit,
        train_samples=materials.train_samples,
        train_y=materials.train_y,
        validation_samples=materials.validation_samples,
        validation_y=materials.validation.y,
        options=options,
        **more,  # type: ignore[arg-type]
    )


WEAK = TrainingOptions(unfreeze=2, epochs=1, learning_rate=1e-2, schedule="constant", validation_share=0.4)
"""A head that has hardly learnt, so that there is something to gain."""
STRONG = TrainingOptions(
    unfreeze=2,
    epochs=12,
    learning_rate=0.1,
    schedule="constant",
    validation_share=0.4,
    batch_size=8,
    patience=12,
)


class TestBlocks:
    def test_of_a_residual_network(self, network: ModelFile) -> None:
        found = blocks_of(Backbone(network.path).content())
        assert [(b.kind, b.layers) for b in found] == [("row", 1), *[("residual", 2)] * 3]
        assert [b.start for b in found] == ["images", "x0", "x1", "x2"]

    def test_of_the_shipped_network(self) -> None:
        """Source: Tan and Le, EfficientNet, table 1: 16 MBConv blocks, the last without a shortcut."""
        found = blocks_of(Backbone(find_model("efficientnet-lite0").path).content())
        assert len(found) == 16
        assert [(b.kind, b.layers) for b in found[-4:]] == [*[("residual", 3)] * 3, ("row", 4)]

    def test_a_long_row_is_divided_from_its_end(self, tmp_path: Path) -> None:
        constants, nodes = {}, []
        for i in range(8):
            constants[f"w{i}"] = np.ones((3, 3, 1, 1), np.float32)
            nodes.append(helper.make_node("Conv", [f"x{i}" if i else "images", f"w{i}"], [f"x{i + 1}"]))
        nodes += [
            helper.make_node("GlobalAveragePool", ["x8"], ["p"]),
            helper.make_node("Flatten", ["p"], ["f"]),
            helper.make_node("Gemm", ["f", "fc"], ["logits"]),
        ]
        constants["fc"] = np.eye(3, dtype=np.float32)
        output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])
        path = tiny_models.save(tmp_path / "row.onnx", nodes, [tiny_models.picture()], [output], constants)
        assert [b.layers for b in blocks_of(Backbone(path).content())] == [2, 3, 3]

    def test_attention_and_feed_forward_are_one_block(self, tmp_path: Path) -> None:
        found = blocks_of(Backbone(transformer(tmp_path / "vit.onnx")).content())
        assert [b.kind for b in found] == ["row", "transformer", "transformer"]
        assert found[1] == Block(found[1].start, 6, "transformer")


def transformer(path: Path, width: int = 16, layers: int = 2) -> Path:
    """Patches, layers of attention and feed-forward with normalisation, mean over the tokens, one dense layer."""
    random = np.random.default_rng(0)
    constants: dict[str, np.ndarray] = {
        "patch": random.normal(0, 0.1, (width, 3, 8, 8)).astype(np.float32),
        "tokens": np.array([0, width, -1], np.int64),
        "scale": np.float32(1 / math.sqrt(width)),
        "fc": random.normal(0, 0.3, (width, 3)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["images", "patch"], ["p"], strides=[8, 8]),
        helper.make_node("Reshape", ["p", "tokens"], ["r"]),
        helper.make_node("Transpose", ["r"], ["x0"], perm=[0, 2, 1]),
    ]

    def dense(name: str, source: str, into: str, shape: tuple[int, int]) -> None:
        constants[name] = random.normal(0, 0.2, shape).astype(np.float32)
        nodes.append(helper.make_node("MatMul", [source, name], [into]))

    for i in range(layers):
        for n in ("a", "b"):
            constants[f"g{n}{i}"], constants[f"o{n}{i}"] = (
                np.ones(width, np.float32),
                np.zeros(width, np.float32),
            )
        nodes.append(helper.make_node("LayerNormalization", [f"x{i}", f"ga{i}", f"oa{i}"], [f"na{i}"]))
        for part in "qkv":
            dense(f"w{part}{i}", f"na{i}", f"{part}{i}", (width, width))
        nodes.append(helper.make_node("Transpose", [f"k{i}"], [f"kt{i}"], perm=[0, 2, 1]))
        nodes.append(helper.make_node("MatMul", [f"q{i}", f"kt{i}"], [f"s{i}"]))
        nodes.append(helper.make_node("Mul", [f"s{i}", "scale"], [f"sc{i}"]))
        nodes.append(helper.make_node("Softmax", [f"sc{i}"], [f"at{i}"], axis=-1))
        nodes.append(helper.make_node("MatMul", [f"at{i}", f"v{i}"], [f"h{i}"]))
        dense(f"wo{i}", f"h{i}", f"out{i}", (width, width))
        nodes.append(helper.make_node("Add", [f"x{i}", f"out{i}"], [f"m{i}"]))
        nodes.append(helper.make_node("LayerNormalization", [f"m{i}", f"gb{i}", f"ob{i}"], [f"nb{i}"]))
        dense(f"w1{i}", f"nb{i}", f"f{i}", (width, 2 * width))
        nodes.append(helper.make_node("Relu", [f"f{i}"], [f"fr{i}"]))
        dense(f"w2{i}", f"fr{i}", f"ff{i}", (2 * width, width))
        nodes.append(helper.make_node("Add", [f"m{i}", f"ff{i}"], [f"x{i + 1}"]))
    nodes.append(helper.make_node("ReduceMean", [f"x{layers}"], ["mean"], axes=[1], keepdims=0))
    nodes.append(helper.make_node("Gemm", ["mean", "fc"], ["logits"]))
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])
    tiny_models.save(path, nodes, [tiny_models.picture()], [output], constants)
    tiny_models.write_card(path)
    return path


def normalised(path: Path) -> Path:
    """Convolution, BatchNormalization with counted figures, a shortcut, and a weight that front and tail share."""
    random = np.random.default_rng(0)
    constants = {
        "shared": random.normal(0, 0.3, (3, 3, 3, 3)).astype(np.float32),
        "fc": random.normal(0, 0.5, (3, 3)).astype(np.float32),
    }
    for i in range(2):
        for name, value in (("s", 1.2), ("o", 0.1), ("m", 0.3), ("v", 1.5)):
            constants[f"{name}{i}"] = np.full(3, value, np.float32) + 0.01 * i
    nodes = []
    source = "images"
    for i in range(2):
        nodes.append(helper.make_node("Conv", [source, "shared"], [f"c{i}"], pads=[1] * 4))
        nodes.append(
            helper.make_node("BatchNormalization", [f"c{i}", f"s{i}", f"o{i}", f"m{i}", f"v{i}"], [f"n{i}"])
        )
        nodes.append(helper.make_node("Add", [f"n{i}", source], [f"a{i}"]))
        source = f"a{i}"
    nodes += [
        helper.make_node("GlobalAveragePool", [source], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "fc"], ["logits"]),
    ]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])
    tiny_models.save(path, nodes, [tiny_models.picture()], [output], constants)
    tiny_models.write_card(path)
    return path


def round_trip(path: Path, blocks: int) -> tuple[SplitNetwork, FloatArray, FloatArray]:
    """Change every weight of the tail in PyTorch and write it back: embeddings of file and of PyTorch."""
    from vision_app.learn.tail import Tail

    content = Backbone(path).content()
    split = SplitNetwork(parsed(content), blocks_of(content)[-blocks].start, path.stem)
    random = np.random.default_rng(1)
    picture = random.normal(0, 1, (1, 3, 32, 32)).astype(np.float32)
    activation = Session(path, "cpu", content=split.front.SerializeToString()).run_single(picture)
    split.set_shape(activation.shape)
    width = split.model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    head = Head(np.zeros(width), np.ones(width), (np.zeros((width, 3)), np.zeros(3)))
    tail = Tail(split, head, activation, path.stem)
    before = tail.embeddings(activation)
    assert np.abs(before - Session(path, "cpu", content=content).run_single(picture)).max() < 1e-5
    for parameter, _ in tail.parameters.values():
        parameter.data.mul_(1.3).add_(0.02)
    made = with_weights(split.model, tail.weights())
    onnx.checker.check_model(made)
    after = tail.embeddings(activation)
    assert np.abs(after - before).max() > 1e-3
    return split, Session(path, "cpu", content=made.SerializeToString()).run_single(picture), after


@pytest.mark.parametrize(
    ("kind", "blocks"),
    [("convolutional", 1), ("convolutional", 2), ("transformer", 1), ("transformer", 2), ("normalised", 1)],
)
def test_weights_go_back_by_name(torch: None, tmp_path: Path, kind: str, blocks: int) -> None:
    make = {"convolutional": taught_model.convolutional, "transformer": transformer, "normalised": normalised}
    split, of_file, of_torch = round_trip(make[kind](tmp_path / f"{kind}.onnx"), blocks)
    assert np.abs(of_file - of_torch).max() < 1e-4
    assert len(split.trainable()) >= 3


def test_counted_figures_and_shared_weights_stay(torch: None, tmp_path: Path) -> None:
    path = normalised(tmp_path / "norm.onnx")
    split, _, _ = round_trip(path, 1)
    trainable = split.trainable()
    assert "m1" not in trainable and "v1" not in trainable  # running mean and variance
    assert {"s1", "o1", "shared/unfrozen"} == set(trainable)
    front = {t.name for t in split.front.graph.initializer}
    assert "shared" in front and "shared/unfrozen" not in front


@pytest.mark.parametrize("options", [STRONG], ids=["strong"])
def test_a_gain_is_kept_stated_and_in_the_file(
    torch: None, network: ModelFile, tmp_path: Path, options: TrainingOptions
) -> None:
    embedder, materials, fit = frozen(network, tmp_path, WEAK)
    assert fit.best.val_accuracy < 1.0
    told: list[tuple[int, int]] = []
    epochs: list[int] = []
    found = run(
        embedder,
        materials,
        fit,
        options,
        on_pictures=lambda done, total: told.append((done, total)),
        on_epoch=lambda record, _: not epochs.append(record.epoch),  # type: ignore[func-returns-value]
    )
    assert found.gained and found.content is not None
    assert found.after >= found.before == fit.best.val_accuracy
    assert found.difference is not None and found.difference < 1e-4
    assert "Unfreezing the last 2 blocks" in found.sentences[0] and "95 % confidence" in found.sentences[0]
    assert told[-1][0] == told[-1][1] == 4 * len(materials.train_samples) + len(materials.validation_samples)
    assert epochs == list(range(1, len(epochs) + 1))
    assert [r.epoch for r in found.fit.history] == list(range(1, len(found.fit.history) + 1))
    assert found.fit.best.val_loss < fit.best.val_loss

    with opened(found.content, embedder) as unfrozen:
        again = gather(open_samples(tmp_path / "samples"), unfrozen, WEAK, lambda *_: None, lambda: False)
        assert np.array_equal(again.validation.y, materials.validation.y)
        right = found.fit.head.logits(again.validation.x).argmax(axis=1) == again.validation.y
        assert right.mean() == pytest.approx(found.after)
        assert not np.allclose(again.validation.x, materials.validation.x)
    embedder.close()


def test_without_a_gain_the_frozen_model_is_kept(torch: None, network: ModelFile, tmp_path: Path) -> None:
    embedder, materials, fit = frozen(network, tmp_path, WEAK)
    harmful = TrainingOptions(unfreeze=1, epochs=3, learning_rate=10.0, schedule="constant", patience=2)
    found = run(embedder, materials, fit, harmful)
    assert not found.gained and found.content is None
    assert found.fit is fit
    assert found.before == found.after == fit.best.val_accuracy  # the weights of before are restored
    assert "did not help" in found.sentences[0] and "kept" in found.sentences[0]
    embedder.close()


def test_it_is_the_same_each_time(torch: None, network: ModelFile, tmp_path: Path) -> None:
    embedder, materials, fit = frozen(network, tmp_path, WEAK)
    options = TrainingOptions(unfreeze=1, epochs=2, learning_rate=0.05, validation_share=0.4)
    first, second = (run(embedder, materials, fit, options) for _ in range(2))
    assert [r.val_loss for r in first.fit.history] == pytest.approx([r.val_loss for r in second.fit.history])
    embedder.close()


def test_stopping_keeps_the_best_and_cancelling_makes_nothing(
    torch: None, network: ModelFile, tmp_path: Path
) -> None:
    embedder, materials, fit = frozen(network, tmp_path, WEAK)
    epochs: list[int] = []

    def stop_after_two(record: object, best: int) -> bool:
        epochs.append(best)
        return len(epochs) < 2

    found = run(embedder, materials, fit, STRONG, on_epoch=stop_after_two)
    assert len(epochs) == 2
    if found.gained:
        assert found.fit.stopped_because == "stopped"
    for after in (0, 30, 60):  # while pictures go through the front, and between steps
        asked = iter(range(100_000))
        with pytest.raises(CancelledError):
            run(embedder, materials, fit, STRONG, cancelled=lambda a=after, n=asked: next(n) >= a)
    embedder.close()


def test_where_all_is_right_only_better_probabilities_count(
    torch: None, network: ModelFile, tmp_path: Path
) -> None:
    good = TrainingOptions(epochs=60, learning_rate=0.05, validation_share=0.4, unfreeze=1, batch_size=8)
    root = taught_model.write_pictures(tmp_path / "samples", {"red": 10, "green": 10, "blue": 10}, noise=5.0)
    embedder = Embedder(network, "cpu", EmbeddingCache("test", 8, tmp_path / "cache"))
    materials = gather(open_samples(root), embedder, good, lambda *_: None, lambda: False)
    fit = fit_head(materials.train, materials.validation, 3, good)
    assert fit.best.val_accuracy == 1.0
    found = run(embedder, materials, fit, dataclasses.replace(good, epochs=4, learning_rate=0.02))
    assert found.after == 1.0
    if found.gained:
        assert found.fit.best.val_loss < fit.best.val_loss
        assert found.sentences[-1] == "As many are right as before, but with better probabilities."
    else:
        assert found.fit is fit
    embedder.close()


def test_nothing_is_tried_where_nothing_could_tell(torch: None, network: ModelFile, tmp_path: Path) -> None:
    embedder, materials, fit = frozen(network, tmp_path, WEAK)
    none = dataclasses.replace(
        materials,
        validation=LabelledEmbeddings(materials.validation.x[:0], materials.validation.y[:0]),
        validation_samples=(),
    )
    found = run(embedder, none, fit, STRONG)
    assert not found.gained and found.fit is fit
    assert "no samples are held out" in found.sentences[0]
    embedder.close()


def test_activations_on_the_disk_give_the_same(
    torch: None, network: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache-place"))
    embedder, materials, fit = frozen(network, tmp_path, WEAK)
    options = TrainingOptions(unfreeze=1, epochs=1, learning_rate=0.05, validation_share=0.4)
    in_memory = run(embedder, materials, fit, options)
    monkeypatch.setattr(frozen_features, "MEMORY_BYTES", 1000)
    on_disk = run(embedder, materials, fit, options)
    assert in_memory.fit.best.val_loss == pytest.approx(on_disk.fit.best.val_loss)
    assert list((tmp_path / "cache-place").glob("unfreezing-*")) == []
    monkeypatch.setattr(frozen_features, "DISK_BYTES", 2000)
    with pytest.raises(TrainingError, match=r"unfreeze fewer blocks, or take fewer --views"):
        run(embedder, materials, fit, options)
    embedder.close()


class TestBadInput:
    def test_more_blocks_than_there_are(self, torch: None, network: ModelFile, tmp_path: Path) -> None:
        embedder, materials, fit = frozen(network, tmp_path, WEAK)
        assert most_blocks(embedder) == 3
        with pytest.raises(
            ModelError, match=r"has 4 blocks and the first one stays frozen.*from 1 to 3, got 4"
        ):
            run(embedder, materials, fit, TrainingOptions(unfreeze=4))
        embedder.close()

    def test_an_operator_that_cannot_be_trained(
        self, torch: None, tmp_path: Path, shared_models: Path
    ) -> None:
        from vision_app.learn.tail import Tail

        path = shared_models / "mobilenetv2-12-qdq.onnx"
        content = Backbone(path).content()
        found = blocks_of(content)
        if len(found) < 2:
            return
        split = SplitNetwork(parsed(content), found[-1].start, "mobilenetv2-qdq")
        head = Head(np.zeros(1280), np.ones(1280), (np.zeros((1280, 3)), np.zeros(3)))
        with pytest.raises(ModelError, match="mobilenetv2-qdq: its last blocks"):
            Tail(split, head, np.zeros((1, 160, 7, 7), np.float32), "mobilenetv2-qdq")

    def test_a_cut_where_there_is_none(self, network: ModelFile) -> None:
        with pytest.raises(ModelError, match="cannot be cut at 'c2'"):
            SplitNetwork(parsed(Backbone(network.path).content()), "c2", "net")

    def test_without_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import sys

        from vision_app.learn.unfreezing import check_available

        monkeypatch.setitem(sys.modules, "onnx2torch", None)
        with pytest.raises(TrainingError, match=r"pip install 'vision-app\[train\]'"):
            check_available()


def test_it_is_offered_only_when_something_is_wrong() -> None:
    from vision_app.learn.options import TrainingResult

    def result(accuracy: float | None, **more: object) -> TrainingResult:
        return TrainingResult(
            name="mine",
            model_path=Path("mine.onnx"),
            base="base",
            version=1,
            labels=("a", "b"),
            counts={"a": 10, "b": 10},
            train_samples=16,
            validation_samples=4,
            epochs=3,
            best_epoch=2,
            stopped_because="epochs",
            advice=(),
            validation_accuracy=accuracy,
            validation_loss=0.1,
            train_accuracy=1.0,
            seconds=1.0,
            history=(),
            options=TrainingOptions(),
            **more,  # type: ignore[arg-type]
        )

    assert worth_offering(result(1.0)) is None
    assert worth_offering(result(None)) is None
    assert worth_offering(result(0.75, frozen_validation_accuracy=0.5)) is None
    offered = worth_offering(result(0.75))
    assert offered is not None and offered.startswith("1 of 4 held-out samples are still wrong")
