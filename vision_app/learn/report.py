"""An evaluation as one HTML file that needs nothing else: no network, no script, pictures inside."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vision_app import __version__
from vision_app.errors import SampleError
from vision_app.learn.charts import learning_curves, reliability_diagram
from vision_app.learn.evaluating import Comparison, Evaluation, Judged
from vision_app.learn.report_style import STYLE
from vision_app.samples.pictures import read_picture
from vision_app.sinks.atomic import PartFile, unwritable

MOST_CLASSES = 40
"""A confusion matrix of more classes is not shown: only the pairs that are confused most."""
_THUMBNAIL_PX = 112
_JPEG_QUALITY = 82
_MOST_CONFIDENT = 12
_MOST_IN_A_CELL = 12
_MOST_THUMBNAILS = 240
_MOST_PAIRS = 60
_HEAD_LETTERS, _SIDE_LETTERS = 22, 44


def write_report(
    path: Path, evaluation: Evaluation, comparison: Comparison | None = None, *, overwrite: bool = False
) -> Path:
    """Write the report of an evaluation.

    Args:
        path: the .html file.
        evaluation: what to report.
        comparison: with another model on the same samples.
        overwrite: replace a file that is there.

    Raises:
        SinkError: it cannot be written, or is there already.
    """
    part = PartFile(path, overwrite=overwrite)
    try:
        part.path.write_text(report_html(evaluation, comparison), encoding="utf-8")
    except OSError as error:
        part.discard()
        raise unwritable(path, error) from error
    return part.commit()


def report_html(evaluation: Evaluation, comparison: Comparison | None = None) -> str:
    """The report as HTML text."""
    page = _Page(evaluation)
    sections = [
        _head(evaluation),
        _tiles(evaluation),
        _notices(evaluation),
        _comparison(comparison),
        page.confusion(),
        _classes(evaluation),
        page.mistakes(),
        page.others(),
        _reliability(evaluation),
        _training(evaluation.training),
        _foot(evaluation),
    ]
    title = escape(f"{evaluation.model}: evaluation")
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main>\n</body>\n</html>\n"
    )


class _Page:
    """The parts with pictures, which have to be counted."""

    def __init__(self, evaluation: Evaluation) -> None:
        self._e = evaluation
        self._left = _MOST_THUMBNAILS
        counts = evaluation.metrics.confusion
        self._shown = [i for i in range(len(counts)) if counts[i].sum() or counts[:, i].sum()]
        self._pairs = [
            (int(counts[i, j]), i, j) for i in self._shown for j in self._shown if i != j and counts[i, j]
        ]
        self._pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        self._linked = {(i, j) for _, i, j in self._pairs[:_MOST_PAIRS]}

    def confusion(self) -> str:
        if len(self._shown) > MOST_CLASSES:
            return self._confused_pairs()
        e, counts = self._e, self._e.metrics.confusion
        with_unknown = e.reject_below is not None or e.metrics.background is not None
        head = "".join(
            f'<th class="across"><span>{_label(e.labels[j], _HEAD_LETTERS)}</span></th>' for j in self._shown
        )
        head += '<th class="across"><span>unknown</span></th>' if with_unknown else ""
        rows = []
        for i in self._shown:
            total = int(counts[i].sum())
            cells = "".join(self._cell(i, j, int(counts[i, j]), total) for j in self._shown)
            if with_unknown:
                unknown = int(e.metrics.unknown_by_class[i])
                cells += f'<td class="unknown">{unknown or ""}</td>'
            rows.append(f'<tr><th class="down">{_label(e.labels[i], _SIDE_LETTERS)}</th>{cells}</tr>')
        note = (
            "Rows: the true class. Columns: the best class. An underlined number leads to its pictures."
            + (" What was called unknown is counted under its best class as well." if with_unknown else "")
        )
        return (
            f"<section><h2>Confusion matrix</h2><div class='scroll'><table class='confusion'><tr><td></td>{head}</tr>"
            f"{''.join(rows)}</table></div><p class='note'>{note}</p></section>"
        )

    def _cell(self, i: int, j: int, count: int, total: int) -> str:
        if not count:
            return "<td></td>"
        share = count / max(1, total)
        style = "good" if i == j else "bad"
        strength = round(12 + 76 * math.sqrt(share))
        text = str(count)
        if (i, j) in self._linked:
            text = f'<a href="#mistakes-{i}-{j}">{count}</a>'
        strong = " strong" if strength > 55 else ""
        return f'<td class="{style}{strong}" style="--s:{strength}%">{text}</td>'

    def _confused_pairs(self) -> str:
        labels = self._e.labels
        rows = "".join(
            f"<tr><td>{_label(labels[i])}</td><td>{_label(labels[j])}</td>"
            f'<td class="number"><a href="#mistakes-{i}-{j}">{count}</a></td></tr>'
            for count, i, j in self._pairs[:_MOST_PAIRS]
        )
        return (
            f"<section><h2>Most confused classes</h2><p class='note'>{len(self._shown)} classes are too many for a "
            "matrix; these pairs are confused most.</p><table><tr><th>is</th><th>was called</th>"
            f'<th class="number">samples</th></tr>{rows}</table></section>'
        )

    def mistakes(self) -> str:
        e = self._e
        wrong = e.mistakes()
        if not wrong:
            return "<section><h2>Mistakes</h2><p>None: every sample got its class.</p></section>"
        parts = [
            f"<section><h2>Mistakes</h2><p class='note'>{len(wrong)} of {e.metrics.count} samples, those first of "
            "which the model was most sure: they teach most. Look for wrong labels among them.</p>"
        ]
        if len(wrong) > _MOST_CONFIDENT:
            parts += ["<h3>The most confident ones</h3>", self._gallery(wrong[:_MOST_CONFIDENT])]
        for count, i, j in self._pairs[:_MOST_PAIRS]:
            found = e.cell(i, j)
            more = f" <small>the {_MOST_IN_A_CELL} most confident</small>" if count > _MOST_IN_A_CELL else ""
            parts.append(
                f'<h3 id="mistakes-{i}-{j}">{_label(e.labels[i])} called {_label(e.labels[j])}: {count}{more}</h3>'
            )
            parts.append(self._gallery(found[:_MOST_IN_A_CELL]))
        return "".join(parts) + "</section>"

    def others(self) -> str:
        e = self._e
        if not e.others:
            return ""
        named = sorted((j for j in e.others if not j.unknown), key=lambda j: (-j.confidence, j.id))
        interval = e.others_interval
        text = (
            f"{len(e.others) - len(named)} of {len(e.others)} pictures of other things were called unknown: "
            f"{e.others_unknown:.1%}, with 95 % confidence {interval.low:.1%} to {interval.high:.1%}."
        )
        gallery = self._gallery(named[:_MOST_CONFIDENT]) if named else ""
        heading = "<h3>Named all the same</h3>" if named else ""
        return f"<section><h2>Other things</h2><p>{text}</p>{heading}{gallery}</section>"

    def _gallery(self, judged: Sequence[Judged]) -> str:
        return f"<div class='gallery'>{''.join(self._thumbnail(j) for j in judged)}</div>"

    def _thumbnail(self, j: Judged) -> str:
        e = self._e
        true = "" if j.target is None else f"<span>is {_label(e.labels[j.target])}</span>"
        unknown = "<span class='tag'>called unknown</span>" if j.unknown else ""
        said = f"<span>called {_label(e.labels[j.predicted])}, {j.confidence:.0%}</span>"
        image = self._image(j)
        return (
            f'<figure title="{escape(j.id)}">{image}<figcaption>{said}{true}{unknown}</figcaption></figure>'
        )

    def _image(self, j: Judged) -> str:
        if self._left <= 0:
            return "<div class='missing'>not shown</div>"
        data = thumbnail_jpeg(j.path)
        if data is None:
            return "<div class='missing'>gone</div>"
        self._left -= 1
        return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data).decode("ascii")}">'


def thumbnail_jpeg(path: Path, side_px: int = _THUMBNAIL_PX) -> bytes | None:
    """A small JPEG of a picture, its longer side that many pixels; None when it cannot be read any more."""
    try:
        image = read_picture(path)
    except SampleError:
        return None
    height, width = image.shape[:2]
    scale = side_px / max(height, width)
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    good, data = cv2.imencode(".jpg", np.ascontiguousarray(small), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return data.tobytes() if good else None


def _head(e: Evaluation) -> str:
    training = e.training
    facts = []
    if base := training.get("base"):
        facts.append(f"taught on the frozen layers of {_label(str(base))}")
    if number := training.get("version"):
        facts.append(f"version {escape(str(number))}")
    facts.append(f"{e.metrics.count} samples of {sum(c.support > 0 for c in e.metrics.classes)} classes")
    facts.append(f"from {_label(str(e.sample_root))}")
    return f"<header><h1>{_label(e.model)}</h1><p>{', '.join(facts)}</p></header>"


def _tiles(e: Evaluation) -> str:
    m = e.metrics
    low, high = m.accuracy_interval.low, m.accuracy_interval.high
    tiles = [
        ("Accuracy", f"{m.accuracy:.1%}", f"95 % confidence: {low:.1%} to {high:.1%}"),
        ("Macro F1", f"{m.macro_f1:.3f}", "each class counts the same"),
    ]
    tiles += [
        (f"Top {k}", f"{share:.1%}", f"among the {k} best classes") for k, share in m.top_k.items() if k == 5
    ]
    if e.reject_below is not None or m.background is not None:
        known = "" if m.accuracy_when_known is None else f"of the rest {m.accuracy_when_known:.1%} are right"
        tiles.append(("Called unknown", f"{m.rejected:.1%}", known))
    if e.others_unknown is not None:
        tiles.append(
            ("Other things", f"{e.others_unknown:.1%}", f"of {len(e.others)} pictures called unknown")
        )
    if m.background_found is not None:
        tiles.append(("Background", f"{m.background_found:.1%}", "of its samples called unknown"))
    tiles.append(("Calibration error", f"{m.ece:.3f}", "0: it is as often right as it is sure"))
    shown = "".join(
        f"<div class='tile'><span>{name}</span><strong>{value}</strong><small>{text}</small></div>"
        for name, value, text in tiles
    )
    return f"<section class='tiles'>{shown}</section>"


def _notices(e: Evaluation) -> str:
    lines = [*e.notices]
    if e.left_out:
        lines.append(f"{e.left_out} samples were left out: the model has learnt from them.")
    if e.problems:
        lines.append(f"{len(e.problems)} pictures could not be read; the first: {e.problems[0]}")
    if not lines:
        return ""
    return f"<ul class='notices'>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _comparison(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    p = comparison.paired
    first, second = _label(comparison.first), _label(comparison.second)
    return (
        f"<section><h2>{first} against {second}</h2><p>{escape(comparison.verdict)}</p>"
        f"<table><tr><td></td><th class='number'>{second} right</th><th class='number'>{second} wrong</th></tr>"
        f"<tr><th>{first} right</th><td class='number'>{p.both}</td><td class='number'>{p.only_first}</td></tr>"
        f"<tr><th>{first} wrong</th><td class='number'>{p.only_second}</td><td class='number'>{p.neither}</td></tr>"
        "</table></section>"
    )


def _classes(e: Evaluation) -> str:
    rows = []
    for c in e.metrics.classes:
        if not c.support and not c.predicted:
            continue
        figures = "".join(
            f'<td class="number"><span class="meter" style="--v:{value * 100:.1f}%">{value:.3f}</span></td>'
            for value in (c.precision, c.recall, c.f1)
        )
        rows.append(
            f"<tr><th>{_label(c.label)}</th>{figures}<td class='number'>{c.support}</td>"
            f"<td class='number'>{c.unknown or ''}</td></tr>"
        )
    return (
        "<section><h2>Classes</h2><div class='scroll'><table class='classes'><tr><th>class</th>"
        "<th class='number'>precision</th><th class='number'>recall</th><th class='number'>F1</th>"
        f"<th class='number'>samples</th><th class='number'>unknown</th></tr>{''.join(rows)}</table></div>"
        "<p class='note'>Precision: share of what was called so that is. Recall: share of its samples that was "
        "found. F1: their harmonic mean.</p></section>"
    )


def _reliability(e: Evaluation) -> str:
    return (
        "<section><h2>Does 80 % sure mean 80 % right?</h2>"
        f"{reliability_diagram(e.metrics.reliability)}"
        "<p class='note'>Each bar: samples about equally sure, its height the share that is right; the fuller its "
        "colour, the more samples. Bars below the line: too sure of itself.</p></section>"
    )


def _training(training: Mapping[str, Any]) -> str:
    history, best = training.get("history"), training.get("best_epoch")
    if not isinstance(history, list):
        return ""
    loss, accuracy = learning_curves(history, best if isinstance(best, int) else None)
    advice = training.get("advice")
    said = "".join(f"<p>{escape(str(line))}</p>" for line in advice) if isinstance(advice, list) else ""
    if not loss and not accuracy:
        return f"<section><h2>How it was trained</h2>{said}</section>" if said else ""
    charts = "".join(
        f"<div><h3>{name}</h3>{chart}</div>"
        for name, chart in (("Loss", loss), ("Accuracy", accuracy))
        if chart
    )
    return f"<section><h2>How it was trained</h2>{said}<div class='charts'>{charts}</div></section>"


def _foot(e: Evaluation) -> str:
    return f"<footer>{escape(str(e.model_path))}<br>evaluated in {e.seconds:.1f} s by vision_app {__version__}</footer>"


def _label(text: str, most: int = 80) -> str:
    """Text of a stranger: escaped, and apart from the direction in which its neighbours are written."""
    if len(text) <= most:
        return f"<bdi>{escape(text)}</bdi>"
    return f'<bdi title="{escape(text[:1000])}">{escape(text[: most - 1])}…</bdi>'
