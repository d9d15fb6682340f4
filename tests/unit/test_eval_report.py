"""Reports of what can happen: nothing wrong, many classes, pictures that are gone, histories that are not."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from tests import taught_model
from vision_app.errors import ConfigError, SinkError
from vision_app.learn.advice import advise
from vision_app.learn.charts import curves, learning_curves, reliability_diagram
from vision_app.learn.evaluating import Evaluation, Judged, compare
from vision_app.learn.metrics import measure, reliability
from vision_app.learn.options import EpochRecord, TrainingOptions
from vision_app.learn.report import report_html, write_report
from vision_app.learn.report_mistakes import thumbnail_jpeg
from vision_app.learn.report_picture import draw_report, write_picture
from vision_app.learn.report_words import Words
from vision_app.messages import Message, as_record, from_record, speak, told

ENGLISH = Words("en")
HANGUL = re.compile("[가-힣]")


@pytest.fixture
def korean() -> Iterator[None]:
    speak("ko")
    yield
    speak("en")


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
    with_it, without = draw_report(found, comparison), draw_report(found)
    assert with_it.shape[0] > without.shape[0]
    last_line = with_it[-60:]  # the verdict is longer than the picture is wide: nothing of it is cut off
    assert (last_line < 128).any() and (with_it[-84:-60] < 128).any()


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
    loss, accuracy = learning_curves(history, 5, ENGLISH)
    assert "best: 5" in loss and accuracy == ""
    lines = [part.split('"')[3].split() for part in loss.split("<polyline")[1:]]
    assert [len(line) for line in lines] == [8, 7]
    heights = [float(point.split(",")[1]) for point in lines[0]]
    assert heights == sorted(heights)  # a falling loss falls on the page


@pytest.mark.parametrize("count", [2, 3, 10, 99, 1000])
def test_the_axis_of_the_epochs_is_readable(count: int) -> None:
    chart = curves([("x", "val", [1.0 - i / count for i in range(count)])], None, "t", ENGLISH, share=True)
    assert f">{count}</text>" in chart and ">1</text>" in chart
    assert chart.count('text-anchor="middle"') <= 9


def test_bars_of_the_reliability_diagram() -> None:
    bins = reliability(np.array([0.95, 0.97, 0.55], np.float32), np.array([True, False, True]))
    chart = reliability_diagram(bins, ENGLISH)
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


def whole_evaluation(tmp_path: Path, labels: list[str]) -> Evaluation:
    """One of which a report has all its parts."""
    picture = next((taught_model.write_pictures(tmp_path, {"red": 1}) / "red").iterdir())
    history = [EpochRecord(i, 1 / i, 1 - 0.5 / i, 1.2 / i, 1 - 0.6 / i, 1e-3) for i in range(1, 20)]
    advice = advise(history, 19, "epochs", TrainingOptions(epochs=19))
    training = {
        "base": "mobile",
        "version": 2,
        "history": [record.to_json() for record in history],
        "best_epoch": 19,
        "advice": list(advice),
        "advice_messages": [as_record(line) for line in advice],
    }
    found = evaluation(labels, 40 * len(labels), picture, wrong=30 * len(labels))
    others = tuple(Judged(str(i), picture, None, 0, 0.8, None, unknown=i > 0) for i in range(3))
    metrics = measure(
        found.probabilities,
        np.array([j.target for j in found.judged]),
        labels,
        unknown=np.array([j.unknown for j in found.judged]),
        background=0,
    )
    return dataclasses.replace(
        found,
        metrics=metrics,
        others=others,
        reject_below=0.4,
        left_out=3,
        problems=(Message("Permission denied"),),
        training=json.loads(json.dumps(training)),  # as the file of the model keeps it
    )


def shown_texts(html: str) -> list[str]:
    """What a reader of the page reads, hints and texts for the blind as well; no style sheet, no pictures."""
    html = re.sub(r"<style>.*?</style>|data:image[^\"]*", "", html, flags=re.S)
    said = re.findall(r'(?:title|aria-label|alt)="([^"]*)"', html) + re.split(r"<[^>]*>", html)
    return [unescape(text).strip() for text in said if text.strip()]


@pytest.mark.parametrize("classes", [6, 60], ids=["matrix", "pairs"])
def test_a_korean_report_says_nothing_in_english(korean: None, tmp_path: Path, classes: int) -> None:
    found = whole_evaluation(tmp_path, [f"물건 {i}" for i in range(classes)])
    html = report_html(found, compare(found, evaluation(list(found.labels)), ("m", "m@2")))
    assert '<html lang="ko">' in html
    names = r"vision_app|mobile|gone|png|onnx|red|F1|m(@2)?|p = [\d.]+e-\d+"
    english = [
        text
        for text in shown_texts(html)
        if re.search("[A-Za-z]", re.sub(rf"(?<![a-z])({names})(?![a-z])", "", text))
    ]
    assert english == []
    assert len([text for text in shown_texts(html) if HANGUL.search(text)]) > 60
    assert told(from_record(found.training["advice_messages"][0], found.training["advice"][0])) in html


def test_the_language_of_a_report_can_be_asked_for() -> None:
    found = evaluation(["컵", "pen"], wrong=3)
    korean = report_html(found, language="ko")
    assert "컵을 pen" in re.sub("<[^>]*>", "", korean)  # the particle after a label that is marked up
    assert '<html lang="en">' in report_html(found) and "Confusion matrix" in report_html(found)


def test_a_korean_picture_is_drawn_from_korean_words(korean: None, tmp_path: Path) -> None:
    found = whole_evaluation(tmp_path, ["가", "나"])
    korean_image = draw_report(found)
    speak("en")
    english_image = draw_report(found)
    head = np.s_[100:150]  # the line below the large figures
    assert not np.array_equal(korean_image[head], english_image[head])


def test_advice_is_kept_with_its_templates() -> None:
    whole = Message("{text} and {more}", text="a {b}", more=Message("{n:.2f} points", n=0.5))
    kept = json.loads(json.dumps(as_record(whole)))
    found = from_record(kept, str(whole))
    assert isinstance(found, Message) and found.template == whole.template and found.values == whole.values


@pytest.mark.parametrize(
    "record",
    [
        None,
        7,
        ["Message"],
        {},
        {"template": "b", "values": 3},
        {"template": "{x.__class__}", "values": {"x": 1}},
        {"template": "{x[0]}", "values": {"x": "a"}},
        {"template": "{x:>9000000000}", "values": {"x": 1}},
        {"template": "{x:{y}}", "values": {"x": 1, "y": "9000000000"}},
        {"template": "{x:.2f}", "values": {"x": "text"}},
        {"template": "{", "values": {"x": "text"}},
        {"template": "another text", "values": {}},
    ],
    ids=str,
)
def test_messages_of_a_strangers_file_are_only_texts(record: object) -> None:
    found = from_record(record, "a")
    assert found == "a" and not isinstance(found, Message)
