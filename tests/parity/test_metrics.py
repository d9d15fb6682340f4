"""The figures of an evaluation against scikit-learn's on the same probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from vision_app.learn.metrics import measure

metrics = pytest.importorskip("sklearn.metrics", reason="parity of the metrics needs scikit-learn")

pytestmark = pytest.mark.parity

CASES = {
    "usual": (0, 300, 5, 5),
    "many classes": (1, 500, 40, 40),
    "two classes": (2, 120, 2, 2),
    "classes without samples": (3, 90, 8, 4),
    "few samples": (4, 3, 4, 4),
}


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def outcomes(request: pytest.FixtureRequest) -> tuple[np.ndarray, np.ndarray]:
    seed, count, classes, occurring = request.param
    random = np.random.default_rng(seed)
    y = random.integers(0, occurring, count)
    logits = random.normal(0, 1, (count, classes))
    logits[np.arange(count), y] += 1.5
    p = np.exp(logits)
    return (p / p.sum(axis=1, keepdims=True)).astype(np.float32), y


def test_equal_to_scikit_learn(outcomes: tuple[np.ndarray, np.ndarray]) -> None:
    p, y = outcomes
    classes = p.shape[1]
    every = np.arange(classes)
    found = measure(p, y, [str(i) for i in every], top_ks=(1, 2, 3))
    said = p.argmax(axis=1)

    assert np.array_equal(found.confusion, metrics.confusion_matrix(y, said, labels=every))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(y, said))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        y, said, labels=every, zero_division=0
    )
    assert [c.precision for c in found.classes] == pytest.approx(precision.tolist())
    assert [c.recall for c in found.classes] == pytest.approx(recall.tolist())
    assert [c.f1 for c in found.classes] == pytest.approx(f1.tolist())
    assert [c.support for c in found.classes] == support.tolist()
    assert found.macro_f1 == pytest.approx(metrics.f1_score(y, said, average="macro", zero_division=0))
    exact = p.astype(np.float64) / p.astype(np.float64).sum(axis=1, keepdims=True)
    assert found.nll == pytest.approx(metrics.log_loss(y, exact, labels=every), rel=1e-4)
    for k, share in found.top_k.items():
        if classes > 2:  # scikit-learn wants one column for two classes
            assert share == pytest.approx(metrics.top_k_accuracy_score(y, p, k=k, labels=every))


def test_balanced_accuracy(outcomes: tuple[np.ndarray, np.ndarray]) -> None:
    p, y = outcomes
    said = p.argmax(axis=1)
    found = measure(p, y, [str(i) for i in range(p.shape[1])])
    # of the classes that have samples, as scikit-learn counts too
    recalls = [metrics.recall_score(y == c, said == c) for c in np.unique(y)]
    assert found.balanced_accuracy == pytest.approx(float(np.mean(recalls)))


def test_reliability_against_the_calibration_curve() -> None:
    calibration = pytest.importorskip("sklearn.calibration")
    random = np.random.default_rng(0)
    p = random.dirichlet(np.full(4, 0.5), 2000).astype(np.float32)
    y = np.where(random.random(2000) < 0.7, p.argmax(axis=1), random.integers(0, 4, 2000))
    found = [b for b in measure(p, y, list("abcd")).reliability if b.count]
    accuracy, confidence = calibration.calibration_curve(
        p.argmax(axis=1) == y, p.max(axis=1), n_bins=15, strategy="uniform"
    )
    assert [b.accuracy for b in found] == pytest.approx(accuracy.tolist())
    assert [b.confidence for b in found] == pytest.approx(confidence.tolist(), abs=1e-5)
