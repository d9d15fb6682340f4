"""An evaluation as one HTML file that needs nothing else: no network, no script, pictures inside.

It is a page for people, in the language in force when it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from vision_app import __version__
from vision_app.learn.charts import learning_curves, reliability_diagram
from vision_app.learn.evaluating import Comparison, Evaluation
from vision_app.learn.matching import ADVICE_MESSAGES
from vision_app.learn.report_mistakes import Pictured
from vision_app.learn.report_style import STYLE
from vision_app.learn.report_words import Words, label_html
from vision_app.messages import Message, from_record, listed, spoken
from vision_app.recognising import recognised
from vision_app.sinks.atomic import PartFile, unwritable


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


def report_html(
    evaluation: Evaluation, comparison: Comparison | None = None, *, language: str | None = None
) -> str:
    """The report as HTML text.

    Args:
        evaluation: what to report.
        comparison: with another model on the same samples.
        language: code of the language; None for that in force.
    """
    words = Words(language or spoken())
    page = Pictured(evaluation, words)
    sections = [
        _head(evaluation, words),
        _tiles(evaluation, words),
        _notices(evaluation, words),
        _comparison(comparison, words),
        page.confusion(),
        _classes(evaluation, words),
        page.mistakes(),
        page.others(),
        _reliability(evaluation, words),
        _training(evaluation.training, words),
        _foot(evaluation, words),
    ]
    title = words(Message("{model}: evaluation", model=evaluation.model))
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{words.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(section for section in sections if section)
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(e: Evaluation, words: Words) -> str:
    training = e.training
    facts = []
    if base := training.get("base"):
        facts.append(
            words.around(Message("taught on the frozen layers of {base}"), base=label_html(str(base)))
        )
    if number := training.get("version"):
        facts.append(words(Message("version {number}", number=str(number))))
    classes = sum(c.support > 0 for c in e.metrics.classes)
    facts.append(
        words(Message("{count} samples of {classes} classes", count=e.metrics.count, classes=classes))
    )
    facts.append(words.around(Message("from {folder}"), folder=label_html(str(e.sample_root))))
    return f"<header><h1>{label_html(e.model)}</h1><p>{', '.join(facts)}</p></header>"


def _tiles(e: Evaluation, words: Words) -> str:
    m = e.metrics
    low, high = m.accuracy_interval.low, m.accuracy_interval.high
    tiles: list[tuple[str, str, str]] = [
        (
            Message("Accuracy"),
            f"{m.accuracy:.1%}",
            Message(
                "of {count}; 95 % confidence: {low:.1%} to {high:.1%}", count=m.count, low=low, high=high
            ),
        ),
        (Message("Macro F1"), f"{m.macro_f1:.3f}", Message("each class counts the same")),
    ]
    tiles += [
        (Message("Top {k}", k=k), f"{share:.1%}", Message("among the {k} best classes", k=k))
        for k, share in m.top_k.items()
        if k == 5
    ]
    if e.reject_below is not None or m.background is not None:
        right = m.accuracy_when_known
        of_real = Message("of {count} of real classes", count=m.real_count)
        if right is not None:
            rest = Message("of the rest {right:.1%} are right", right=right)
            of_real = listed((of_real, rest), "; ")
        tiles.append((Message("Called unknown"), f"{m.rejected:.1%}", of_real))
    if e.others_unknown is not None:
        of = Message("of {count} pictures called unknown", count=len(e.others))
        tiles.append((Message("Other things"), f"{e.others_unknown:.1%}", of))
    if m.background_found is not None:
        of = Message("of its {count} samples called unknown", count=m.background_count)
        tiles.append((Message("Background"), f"{m.background_found:.1%}", of))
    tiles.append(
        (
            Message("Calibration error"),
            f"{m.ece:.3f}",
            Message("0: it is as often right as it is sure"),
        )
    )
    shown = "".join(
        f"<div class='tile'><span>{words(name)}</span><strong>{value}</strong><small>{words(text)}</small></div>"
        for name, value, text in tiles
    )
    return f"<section class='tiles'>{shown}</section>"


def _notices(e: Evaluation, words: Words) -> str:
    lines = [*e.notices, *e.remarks]
    if e.left_out:
        lines.append(
            Message("{count} samples were left out: the model has learnt from them.", count=e.left_out)
        )
    if e.problems:
        lines.append(
            Message(
                "{count} pictures could not be read; the first: {problem}",
                count=len(e.problems),
                problem=e.problems[0],
            )
        )
    if not lines:
        return ""
    return f"<ul class='notices'>{''.join(f'<li>{words(line)}</li>' for line in lines)}</ul>"


def _comparison(comparison: Comparison | None, words: Words) -> str:
    if comparison is None:
        return ""
    p = comparison.paired
    first, second = label_html(comparison.first), label_html(comparison.second)
    heading = words.around(Message("{first} against {second}"), first=first, second=second)

    def right(label: str) -> str:
        return words.around(Message("{label} right"), label=label)

    def wrong(label: str) -> str:
        return words.around(Message("{label} wrong"), label=label)

    return (
        f"<section><h2>{heading}</h2><p>{words(comparison.verdict)}</p>"
        f"<p class='note'>{words(comparison.basis)}</p>"
        f"<table><tr><td></td><th class='number'>{right(second)}</th><th class='number'>{wrong(second)}</th></tr>"
        f"<tr><th>{right(first)}</th><td class='number'>{p.both}</td><td class='number'>{p.only_first}</td></tr>"
        f"<tr><th>{wrong(first)}</th><td class='number'>{p.only_second}</td><td class='number'>{p.neither}</td></tr>"
        "</table></section>"
    )


def _classes(e: Evaluation, words: Words) -> str:
    rows = []
    for c in e.metrics.classes:
        if not c.support and not c.predicted:
            continue
        figures = "".join(
            f'<td class="number"><span class="meter" style="--v:{value * 100:.1f}%">{value:.3f}</span></td>'
            for value in (c.precision, c.recall, c.f1)
        )
        rows.append(
            f"<tr><th>{label_html(c.label)}</th>{figures}<td class='number'>{c.support}</td>"
            f"<td class='number'>{c.unknown or ''}</td></tr>"
        )
    head = "".join(
        f"<th class='number'>{words(name)}</th>"
        for name in (
            Message("precision"),
            Message("recall"),
            "F1",
            Message("samples"),
            Message("unknown"),
        )
    )
    note = Message(
        "Precision: share of what was called so that is. Recall: share of its samples that was found. F1: their "
        "harmonic mean."
    )
    return (
        f"<section><h2>{words(Message('Classes'))}</h2><div class='scroll'><table class='classes'>"
        f"<tr><th>{words(Message('class'))}</th>{head}</tr>{''.join(rows)}</table></div>"
        f"<p class='note'>{words(note)}</p></section>"
    )


def _reliability(e: Evaluation, words: Words) -> str:
    note = Message(
        "Each bar: samples about equally sure, its height the share that is right; the fuller its colour, the more "
        "samples. Bars below the line: too sure of itself."
    )
    return (
        f"<section><h2>{words(Message('Does 80 % sure mean 80 % right?'))}</h2>"
        f"{reliability_diagram(e.metrics.reliability, words)}<p class='note'>{words(note)}</p></section>"
    )


def _training(training: Mapping[str, Any], words: Words) -> str:
    history, best = training.get("history"), training.get("best_epoch")
    if not isinstance(history, list):
        return ""
    loss, accuracy = learning_curves(history, best if isinstance(best, int) else None, words)
    said = "".join(f"<p>{words(line)}</p>" for line in _advice(training))
    heading = f"<section><h2>{words(Message('How it was trained'))}</h2>{said}"
    if not loss and not accuracy:
        return f"{heading}</section>" if said else ""
    charts = "".join(
        f"<div><h3>{words(name)}</h3>{chart}</div>"
        for name, chart in ((Message("Loss"), loss), (Message("Accuracy"), accuracy))
        if chart
    )
    return f"{heading}<div class='charts'>{charts}</div></section>"


def _advice(training: Mapping[str, Any]) -> list[str]:
    """What the file says of its training, as messages: by the templates that it keeps, or by those that fit."""
    advice, kept = training.get("advice"), training.get(ADVICE_MESSAGES)
    if not isinstance(advice, list):
        return []
    records = kept if isinstance(kept, list) and len(kept) == len(advice) else [None] * len(advice)
    return [recognised(from_record(record, str(line))) for record, line in zip(records, advice, strict=True)]


def _foot(e: Evaluation, words: Words) -> str:
    said = Message(
        "evaluated in {seconds:.1f} s by vision_app {version}", seconds=e.seconds, version=__version__
    )
    return f"<footer>{escape(str(e.model_path))}<br>{words(said)}</footer>"
