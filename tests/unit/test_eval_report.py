"""Reports of what can happen: nothing wrong, many classes, pictures that are gone, histories that are not."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from tests import taught_model
from vision_app.errors import ConfigError, SinkError
from vision_app.learn.charts import curves, learning_curves, reliability_diagram
from vision_app.learn.evaluating import Evaluation, Judged, compare
from vision_app.learn.metrics import measure, reliability
from vision_app.learn.report import report_html, thumbnail_jpeg, write_report
from vision_app.learn.report_picture import draw_report, write_picture


def evaluation(
    labels: list[str], count: int = 30, picture: Path = Path("gone.png"), wrong: int = 0
) -> Evaluation:
    classes = len(labels)
    y = np.arange(count) % classes
    p = np.full((count, classes), 0.1 / max(1, classes - 1), np.float32)
    said = y.copy()
    said[:wrong] = (y[:wrong] + 1) % classes
    p[np.arange(count), said] = 0.9
    judged = tuple(
        Judged(str(i), picture, int(y[i]), int(said[i]), 0.9, float(p[i, y[i]]), unknown=False)
        for i in range(count)
    )
    return Evaluation("m", Path("m.onnx"), tuple(labels), judged, p, measure(p, y, labels))


def test_nothing_wrong() -> None:
    html = report_html(evaluation(["a", "b"]))
    assert "None: every sample got its class." in html
    assert "<script" not in html and "http" not in html.replace("http-equiv", "")


def test_pictures_that_are_gone_are_said_to_be() -> None:
    html = report_html(evaluation(["a", "b"], wrong=3))
    assert html.count("<div class='missing'>gone</div>") == 3


def test_many_classes_are_pairs_and_the_pictures_have_a_limit(tmp_path: Path) -> None:
    picture = next((taught_model.write_pictures(tmp_path, {"red": 1}) / "red").iterdir())
    found = evaluation([f"class {i}" for i in range(300)], 900, picture, wrong=600)
    html = report_html(found)
    assert "Most confused classes" in html and "<table class='confusion'>" not in html
    assert 0 < html.count("data:image/jpeg") <= 240
    assert len(html) < 2_000_000
    with pytest.raises(ConfigError, match="at most 40 classes"):
        draw_report(found)


@pytest.mark.parametrize("classes", [1, 2, 12, 13, 40])
def test_pictures_of_all_sizes(classes: int) -> None:
    image = draw_report(evaluation([f"사람 {i}" for i in range(classes)], 80, wrong=5))
    assert image.dtype == np.uint8 and image.shape[2] == 3
    assert 0.005 < (image < 128).all(axis=2).mean() < 0.5  # there is ink on it


def test_a_comparison_is_in_both(tmp_path: Path) -> None:
    found = evaluation(["a", "b"], wrong=2)
    comparison = compare(found, evaluation(["a", "b"]), ("<mine>", "other"))
    html = report_html(found, comparison)
    assert "&lt;mine&gt; right" in html.replace("<bdi>", "").replace("</bdi>", "")
    assert draw_report(found, comparison).shape[0] > draw_report(found).shape[0]


def test_files_are_not_replaced_unasked(tmp_path: Path) -> None:
    found = evaluation(["a", "b"])
    for write, name in ((write_report, "r.html"), (write_picture, "r.png")):
        path = tmp_path / "new" / name
        assert write(path, found) == path
        before = path.read_bytes()
        with pytest.raises(SinkError, match="exists"):
            write(path, found)
        write(path, dataclasses.replace(found, model="other"), overwrite=True)
        assert path.read_bytes() != before
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == ["r.html", "r.png"]


@pytest.mark.parametrize(
    "history",
    [
        [],
        [None, 3],
        [{"val_loss": "much"}] * 3,
        [{"train_loss": math.nan, "val_loss": math.inf}] * 3,
        [{"train_loss": 1.0}],
    ],
    ids=["none", "no objects", "texts", "not finite", "one epoch"],
)
def test_histories_that_cannot_be_drawn(history: list[object]) -> None:
    found = dataclasses.replace(
        evaluation(["a", "b"]),
        training={"history": history, "best_epoch": "7", "advice": ["<b>Stopped</b>."]},
    )
    html = report_html(found)
    assert "<polyline" not in html
    assert "&lt;b&gt;Stopped&lt;/b&gt;." in html


def test_curves_mark_the_best_epoch_and_leave_gaps() -> None:
    history = [{"train_loss": 1.0 / i, "val_loss": None if i == 3 else 1.2 / i} for i in range(1, 9)]
    loss, accuracy = learning_curves(history, 5)
    assert "best: 5" in loss and accuracy == ""
    lines = [part.split('"')[3].split() for part in loss.split("<polyline")[1:]]
    assert [len(line) for line in lines] == [8, 7]
    heights = [float(point.split(",")[1]) for point in lines[0]]
    assert heights == sorted(heights)  # a falling loss falls on the page


@pytest.mark.parametrize("count", [2, 3, 10, 99, 1000])
def test_the_axis_of_the_epochs_is_readable(count: int) -> None:
    chart = curves([("x", "val", [1.0 - i / count for i in range(count)])], None, "t", share=True)
    assert f">{count}</text>" in chart and ">1</text>" in chart
    assert chart.count('text-anchor="middle"') <= 9


def test_bars_of_the_reliability_diagram() -> None:
    bins = reliability(np.array([0.95, 0.97, 0.55], np.float32), np.array([True, False, True]))
    chart = reliability_diagram(bins)
    assert chart.count("<rect") == 2 and "2 samples, 96.0% sure, 50.0% right" in chart


def test_thumbnails_keep_their_shape(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), np.zeros((100, 400, 3), np.uint8))
    data = thumbnail_jpeg(path, 80)
    assert data is not None
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (20, 80, 3)
    path.write_bytes(b"damaged")
    assert thumbnail_jpeg(path) is None
