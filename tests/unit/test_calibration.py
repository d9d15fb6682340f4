"""Temperature, familiarity and the rejection threshold; the gate in the file against the gate in NumPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from vision_app.graph.familiarity import Familiarity, gated_scores
from vision_app.graph.wiring import Wiring
from vision_app.learn.calibration import (
    SURE_ENOUGH,
    Calibration,
    calibrate,
    fit_familiarity,
    fit_temperature,
    is_unknown,
    nll,
    rejection_threshold,
)
from vision_app.runtime import Session

WIDTH, CLASSES = 24, 3


def clusters(
    count: int, seed: int = 0, classes: int = CLASSES, spread: float = 0.25
) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings around one direction a class."""
    random = np.random.default_rng(seed)
    targets = np.repeat(np.arange(classes), count)
    centres = 5 * np.eye(WIDTH)[:classes] + 1.0
    rows = centres[targets] + random.normal(0, spread, (len(targets), WIDTH))
    return rows.astype(np.float32), targets


def scores_of(rows: np.ndarray, classes: int = CLASSES, gain: float = 4.0) -> np.ndarray:
    """A linear head that knows the directions."""
    return (rows[:, :classes] * gain).astype(np.float32)


def calibrated(**more: object) -> Calibration:
    train, train_targets = clusters(20, 1)
    val, val_targets = clusters(10, 2)
    given_ = {
        "train_embeddings": train,
        "train_targets": train_targets,
        "val_embeddings": val,
        "val_scores": scores_of(val),
        "val_targets": val_targets,
        "classes": CLASSES,
    }
    return calibrate(**{**given_, **more})  # type: ignore[arg-type]


class TestTemperature:
    def test_undoes_a_known_overconfidence(self) -> None:
        random = np.random.default_rng(3)
        honest = random.normal(0, 1.5, (20_000, 4))
        p = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
        targets = (p.cumsum(axis=1) > random.random((len(p), 1))).argmax(axis=1)
        assert fit_temperature((honest * 3).astype(np.float32), targets) == pytest.approx(3.0, rel=0.05)

    @given(st.integers(0, 2**32 - 1), st.integers(2, 6), st.floats(0.2, 8))
    @settings(max_examples=40, deadline=None)
    def test_no_other_temperature_is_better(self, seed: int, classes: int, gain: float) -> None:
        random = np.random.default_rng(seed)
        scores = (random.normal(0, gain, (60, classes))).astype(np.float32)
        targets = np.where(random.random(60) < 0.6, scores.argmax(axis=1), random.integers(0, classes, 60))
        best = fit_temperature(scores, targets)
        right = 61 / 62

        def softened(temperature: float) -> float:
            z = scores.astype(np.float64) / temperature
            logs = (
                z
                - np.log(np.exp(z - z.max(1, keepdims=True)).sum(1, keepdims=True))
                - z.max(1, keepdims=True)
            )
            wanted = np.full(z.shape, (1 - right) / (classes - 1))
            wanted[np.arange(60), targets] = right
            return float(-(wanted * logs).sum())

        others = [best * f for f in (0.5, 0.9, 1.1, 2.0) if 0.05 <= best * f <= 20]
        assert all(softened(best) <= softened(other) + 1e-6 for other in others)

    def test_stays_finite_when_everything_is_right(self) -> None:
        scores = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]] * 0.01
        temperature = fit_temperature(scores, np.array([0, 1, 2, 0]))
        assert 0.05 <= temperature <= 20

    def test_huge_scores(self) -> None:
        scores = np.array([[1e4, -1e4], [-1e4, 1e4], [1e4, 0]], np.float32)
        assert fit_temperature(scores, np.array([0, 1, 1])) == 20.0

    @pytest.mark.parametrize("shape", [(0, 3), (4, 1)], ids=["no samples", "one class"])
    def test_nothing_to_fit(self, shape: tuple[int, int]) -> None:
        assert fit_temperature(np.zeros(shape, np.float32), np.zeros(shape[0], np.int64)) == 1.0

    def test_likelihood(self) -> None:
        assert nll(np.array([[0.0, 0.0]], np.float32), np.array([1])) == pytest.approx(np.log(2))


class TestCalibrate:
    def test_other_things_are_unknown_and_the_classes_are_not(self) -> None:
        found = calibrated()
        rows, targets = clusters(200, 5)
        known = found.probabilities(scores_of(rows), rows)
        assert is_unknown(known, found.reject_below, None).mean() <= 0.05
        assert (known.argmax(axis=1) == targets).mean() > 0.99

        random = np.random.default_rng(6)
        other = np.abs(random.normal(0, 6, (200, WIDTH))).astype(np.float32)
        plain = Calibration(found.temperature).probabilities(scores_of(other), other)
        assert (plain.max(axis=1) > 0.9).mean() > 0.5, "a softmax alone is sure of what it has never seen"
        assert (
            is_unknown(found.probabilities(scores_of(other), other), found.reject_below, None).mean() > 0.95
        )

    def test_the_best_class_stays_the_best_behind_the_gate(self) -> None:
        found = calibrated()
        rows = np.random.default_rng(7).normal(0, 3, (300, WIDTH)).astype(np.float32)
        raw = scores_of(rows)
        gated = found.probabilities(raw, rows)
        clear = np.diff(np.sort(raw, axis=1)[:, -2:], axis=1)[:, 0] > 1e-3
        assert (gated.argmax(axis=1) == raw.argmax(axis=1))[clear].all()

    def test_rejects_no_more_validation_samples_than_allowed(self) -> None:
        for seed in range(10):
            val, targets = clusters(40, seed + 20, spread=1.5)
            found = calibrated(
                val_embeddings=val,
                val_scores=scores_of(val, gain=0.5),
                val_targets=targets,
                most_rejected=0.05,
            )
            unknown = is_unknown(
                found.probabilities(scores_of(val, gain=0.5), val), found.reject_below, None
            ).mean()
            assert found.rejected_share == pytest.approx(unknown)
            assert unknown <= 0.05 or found.reject_below == pytest.approx(1 / 3 + 0.1 * 2 / 3)

    def test_the_background_makes_no_prototypes(self) -> None:
        train, targets = clusters(20, 1)
        found = calibrated(background=2, train_embeddings=train, train_targets=targets)
        assert found.familiarity is not None
        towards_background = np.zeros((1, WIDTH), np.float32)
        towards_background[0] = train[targets == 2].mean(axis=0)
        assert found.familiarity.gate(towards_background)[0] < 0.1

    def test_without_validation_nothing_is_changed(self) -> None:
        nothing = calibrated(
            val_embeddings=np.empty((0, WIDTH), np.float32),
            val_scores=np.empty((0, CLASSES), np.float32),
            val_targets=np.empty(0, np.int64),
        )
        assert (nothing.temperature, nothing.familiarity, nothing.reject_below) == (1.0, None, None)

    def test_changed_views_widen_what_a_burst_allows(self) -> None:
        burst, targets = clusters(10, 2, spread=0.01)
        views, _ = clusters(10, 3, spread=0.6)
        given_ = {"val_embeddings": burst, "val_scores": scores_of(burst), "val_targets": targets}
        tight, wide = calibrated(**given_), calibrated(**given_, val_views=views)
        assert tight.familiarity is not None and wide.familiarity is not None
        assert wide.familiarity.near < tight.familiarity.near
        assert (wide.familiarity.gate(views) == 1.0).mean() >= 0.9

    @pytest.mark.parametrize("zeros", ["train", "all"])
    def test_dead_embeddings(self, zeros: str) -> None:
        rows, targets = clusters(10, 2)
        dead = np.zeros_like(rows)
        found = calibrate(
            train_embeddings=dead,
            train_targets=targets,
            val_embeddings=dead if zeros == "all" else rows,
            val_scores=scores_of(rows),
            val_targets=targets,
            classes=CLASSES,
        )
        assert found.familiarity is None and found.reject_below is None

    def test_one_sample_a_class(self) -> None:
        rows, targets = clusters(1, 2)
        found = calibrated(
            train_embeddings=rows, train_targets=targets, val_embeddings=rows[:1], val_scores=scores_of(rows[:1]),
            val_targets=targets[:1],
        )  # fmt: skip
        assert np.isfinite(found.probabilities(scores_of(rows), rows)).all()

    @pytest.mark.parametrize(
        "wrong",
        [{"val_scores": np.zeros((3, 2), np.float32)}, {"train_targets": np.zeros(1, np.int64)}],
        ids=["scores", "targets"],
    )
    def test_a_callers_mistake(self, wrong: dict[str, np.ndarray]) -> None:
        with pytest.raises(ValueError, match=r"expected|each embedding"):
            calibrated(**wrong)

    def test_is_the_same_each_time(self) -> None:
        first, second = calibrated(), calibrated()
        assert first.to_json() == second.to_json()
        assert first.familiarity is not None and second.familiarity is not None
        assert np.array_equal(first.familiarity.prototypes, second.familiarity.prototypes)


class TestThreshold:
    def test_as_high_as_it_may_be_where_that_rejects_few(self) -> None:
        sure = np.full((100, 3), 0.01, np.float32)
        sure[:, 0] = 0.98
        assert rejection_threshold(sure, None) == SURE_ENOUGH

    def test_lower_where_that_would_reject_too_many(self) -> None:
        best = np.linspace(0.3, 0.5, 100, dtype=np.float32)
        p = np.stack([best, *[(1 - best) / 4] * 4], axis=1)
        threshold = rejection_threshold(p, None)
        assert threshold is not None
        assert (best < threshold).mean() == pytest.approx(0.05, abs=0.011)
        assert (best < threshold).mean() <= 0.05

    def test_always_above_even_chances(self) -> None:
        assert rejection_threshold(np.full((10, 2), 0.5, np.float32), None) == pytest.approx(0.55)

    def test_a_single_class_is_never_rejected(self) -> None:
        assert rejection_threshold(np.ones((5, 1), np.float32), None) is None

    def test_unknown_as_the_result_says_it(self) -> None:
        from vision_app.results.values import Classification

        random = np.random.default_rng(0)
        p = random.dirichlet(np.ones(4) * 0.5, 200).astype(np.float32)
        expected = [Classification("m", row, tuple("abcd"), 5, 0.6, 2).unknown for row in p]
        assert is_unknown(p, 0.6, 2).tolist() == expected


def gate_model(familiarity: Familiarity, opset: int) -> bytes:
    model = helper.make_model(
        helper.make_graph(
            [],
            "gate",
            [
                helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", WIDTH + CLASSES]),
            ],
            [],
        ),
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=8,
    )
    model.graph.initializer.append(
        onnx.numpy_helper.from_array(np.eye(WIDTH + CLASSES, dtype=np.float32)[:, :WIDTH].copy(), "left")
    )
    model.graph.initializer.append(
        onnx.numpy_helper.from_array(np.eye(WIDTH + CLASSES, dtype=np.float32)[:, WIDTH:].copy(), "right")
    )
    model.graph.node.append(helper.make_node("MatMul", ["embedding", "left"], ["e"]))
    model.graph.node.append(helper.make_node("MatMul", ["embedding", "right"], ["s"]))
    name = gated_scores(model, Wiring(model), "e", "s", familiarity)
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", CLASSES]))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


@pytest.mark.parametrize("opset", [9, 13, 18, 21])
def test_the_gate_in_the_file_is_the_gate_in_numpy(tmp_path: Path, opset: int) -> None:
    rows, targets = clusters(20, 1)
    familiarity = fit_familiarity(
        train_embeddings=rows, train_targets=targets, val_embeddings=rows, val_views=rows, background=None
    )
    assert familiarity is not None
    path = tmp_path / "gate.onnx"
    path.write_bytes(gate_model(familiarity, opset))
    random = np.random.default_rng(0)
    near = rows + random.normal(0, 1, rows.shape).astype(np.float32)  # on the ramp as well
    tried = np.concatenate([rows, near, -rows, np.zeros((1, WIDTH), np.float32)]).astype(np.float32)
    scores = random.normal(0, 5, (len(tried), CLASSES)).astype(np.float32)
    gate = familiarity.gate(tried)
    assert (gate == 1).any() and (gate < 0.05).any() and ((gate > 0.1) & (gate < 0.9)).any()
    came = Session(path, "cpu").run_single(np.concatenate([tried, scores], axis=1))
    assert np.allclose(came, scores * gate[:, None], atol=2e-4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prototypes": np.ones((2, 4), np.float32)},
        {"near": 0.2, "far": 0.4},
        {"floor": 0.0},
        {"prototypes": np.empty((0, 4), np.float32)},
    ],
    ids=["lengths", "near below far", "floor", "none"],
)
def test_a_gate_that_cannot_be(wrong: dict[str, object]) -> None:
    given_ = {"prototypes": np.eye(4, dtype=np.float32), "near": 0.8, "far": 0.5}
    with pytest.raises(ValueError, match=r"prototypes|expected"):
        Familiarity(**{**given_, **wrong})  # type: ignore[arg-type]
