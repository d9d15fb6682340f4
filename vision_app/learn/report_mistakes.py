"""The parts of a report with pictures: what is confused with what, the mistakes, other things that were named."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from vision_app.errors import SampleError
from vision_app.learn.evaluating import Evaluation, Judged
from vision_app.learn.report_words import Words, label_html
from vision_app.messages import Message
from vision_app.samples.pictures import read_picture

MOST_CLASSES = 40
"""A confusion matrix of more classes is not shown: only the pairs that are confused most."""
_THUMBNAIL_PX = 112
_JPEG_QUALITY = 82
_MOST_CONFIDENT = 12
_MOST_IN_A_CELL = 12
_MOST_THUMBNAILS = 240
_MOST_PAIRS = 60
_HEAD_LETTERS, _SIDE_LETTERS = 22, 44


class Pictured:
    """The parts that show pictures or lead to them. No more than a limit are put in, over all parts."""

    def __init__(self, evaluation: Evaluation, words: Words) -> None:
        self._e, self._words = evaluation, words
        self._left = _MOST_THUMBNAILS
        counts = evaluation.metrics.confusion
        self._shown = [i for i in range(len(counts)) if counts[i].sum() or counts[:, i].sum()]
        self._pairs = [
            (int(counts[i, j]), i, j) for i in self._shown for j in self._shown if i != j and counts[i, j]
        ]
        self._pairs.sort(key=lambda pair: (-pair[0], pair[1], pair[2]))
        self._linked = {(i, j) for _, i, j in self._pairs[:_MOST_PAIRS]}

    def confusion(self) -> str:
        """What was called what, as a table; of very many classes the pairs that are confused most."""
        if len(self._shown) > MOST_CLASSES:
            return self._confused_pairs()
        e, counts, words = self._e, self._e.metrics.confusion, self._words
        with_unknown = e.reject_below is not None or e.metrics.background is not None
        head = "".join(
            f'<th class="across"><span>{label_html(e.labels[j], _HEAD_LETTERS)}</span></th>'
            for j in self._shown
        )
        if with_unknown:
            head += f'<th class="across"><span>{words(Message("unknown"))}</span></th>'
        rows = []
        for i in self._shown:
            total = int(counts[i].sum())
            cells = "".join(self._cell(i, j, int(counts[i, j]), total) for j in self._shown)
            if with_unknown:
                unknown = int(e.metrics.unknown_by_class[i])
                cells += f'<td class="unknown">{unknown or ""}</td>'
            rows.append(f'<tr><th class="down">{label_html(e.labels[i], _SIDE_LETTERS)}</th>{cells}</tr>')
        note = words(
            Message(
                "Rows: the true class. Columns: the best class. An underlined number leads to its pictures."
            )
        )
        if with_unknown:
            note += words(Message(" What was called unknown is counted under its best class as well."))
        return (
            f"<section><h2>{words(Message('Confusion matrix'))}</h2><div class='scroll'><table class='confusion'>"
            f"<tr><td></td>{head}</tr>"
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
        labels, words = self._e.labels, self._words
        note = Message(
            "{count} classes are too many for a matrix; these pairs are confused most.",
            count=len(self._shown),
        )
        rows = "".join(
            f"<tr><td>{label_html(labels[i])}</td><td>{label_html(labels[j])}</td>"
            f'<td class="number"><a href="#mistakes-{i}-{j}">{count}</a></td></tr>'
            for count, i, j in self._pairs[:_MOST_PAIRS]
        )
        return (
            f"<section><h2>{words(Message('Most confused classes'))}</h2><p class='note'>{words(note)}</p>"
            f"<table><tr><th>{words(Message('is'))}</th><th>{words(Message('was called'))}</th>"
            f'<th class="number">{words(Message("samples"))}</th></tr>{rows}</table></section>'
        )

    def mistakes(self) -> str:
        """The pictures behind the mistakes, cell by cell."""
        e, words = self._e, self._words
        wrong = e.mistakes()
        heading = f"<section><h2>{words(Message('Mistakes'))}</h2>"
        if not wrong:
            return f"{heading}<p>{words(Message('None: every sample got its class.'))}</p></section>"
        note = Message(
            "{wrong} of {count} samples, those first of which the model was most sure: they teach most. Look for "
            "wrong labels among them.",
            wrong=len(wrong),
            count=e.metrics.count,
        )
        parts = [f"{heading}<p class='note'>{words(note)}</p>"]
        if len(wrong) > _MOST_CONFIDENT:
            parts.append(f"<h3>{words(Message('The most confident ones'))}</h3>")
            parts.append(self._gallery(wrong[:_MOST_CONFIDENT]))
        for count, i, j in self._pairs[:_MOST_PAIRS]:
            pair = words.around(
                Message("{label} called {called}: {count}"),
                label=label_html(e.labels[i]),
                called=label_html(e.labels[j]),
                count=str(count),
            )
            if count > _MOST_IN_A_CELL:
                pair += f" <small>{words(Message('the {most} most confident', most=_MOST_IN_A_CELL))}</small>"
            parts.append(f'<h3 id="mistakes-{i}-{j}">{pair}</h3>')
            parts.append(self._gallery(e.cell(i, j)[:_MOST_IN_A_CELL]))
        return "".join(parts) + "</section>"

    def others(self) -> str:
        """How many other things were called unknown, and those that were not."""
        e = self._e
        if not e.others:
            return ""
        named = sorted((j for j in e.others if not j.unknown), key=lambda j: (-j.confidence, j.id))
        interval = e.others_interval
        words = self._words
        text = Message(
            "{unknown} of {count} pictures of other things were called unknown: {share:.1%}, with 95 % confidence "
            "{low:.1%} to {high:.1%}.",
            unknown=len(e.others) - len(named),
            count=len(e.others),
            share=e.others_unknown,
            low=interval.low,
            high=interval.high,
        )
        gallery = self._gallery(named[:_MOST_CONFIDENT]) if named else ""
        heading = f"<h3>{words(Message('Named all the same'))}</h3>" if named else ""
        return f"<section><h2>{words(Message('Other things'))}</h2><p>{words(text)}</p>{heading}{gallery}</section>"

    def _gallery(self, judged: Sequence[Judged]) -> str:
        return f"<div class='gallery'>{''.join(self._thumbnail(j) for j in judged)}</div>"

    def _thumbnail(self, j: Judged) -> str:
        e, words = self._e, self._words
        lines = [
            words.around(
                Message("called {label}, {share}"),
                label=label_html(e.labels[j.predicted]),
                share=f"{j.confidence:.0%}",
            )
        ]
        if j.target is not None:
            lines.append(words.around(Message("is {label}"), label=label_html(e.labels[j.target])))
        said = "".join(f"<span>{line}</span>" for line in lines)
        if j.unknown:
            said += f"<span class='tag'>{words(Message('called unknown'))}</span>"
        return f'<figure title="{escape(j.id)}">{self._image(j)}<figcaption>{said}</figcaption></figure>'

    def _image(self, j: Judged) -> str:
        if self._left <= 0:
            return f"<div class='missing'>{self._words(Message('not shown'))}</div>"
        data = thumbnail_jpeg(j.path)
        if data is None:
            return f"<div class='missing'>{self._words(Message('gone'))}</div>"
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
