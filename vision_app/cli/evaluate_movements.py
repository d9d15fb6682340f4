"""`vision-app evaluate` for a model over time: each movement by itself, and a stream of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vision_app.cli.console import EXIT_OK, out, out_json, say
from vision_app.cli.helping import padded
from vision_app.errors import ConfigError
from vision_app.messages import Message, told

if TYPE_CHECKING:
    from vision_app.cards.lookup import ModelFile
    from vision_app.temporal.evaluating import EventMetrics, MovementEvaluation

_WIDEST = 24
_MOST_COLUMNS = 12


def evaluate_movements(parsed: argparse.Namespace, file: ModelFile) -> int:
    """Measure a model over time on the movements of a store.

    Raises:
        ConfigError: a flag is for pictures.
    """
    from vision_app.samples.movements import open_movements
    from vision_app.temporal.evaluating import evaluate_movements as measured

    given = {
        "--compare": parsed.compare,
        "--map": parsed.map,
        "--others": parsed.others,
        "--report": parsed.report,
    }
    for flag, value in given.items():
        if value:
            raise ConfigError(
                "{flag} is for pictures; {name} is a model of movements", flag=flag, name=file.name
            )
    result = measured(file, open_movements(parsed.samples), parsed.part, parsed.provider)
    if parsed.json:
        out_json(result.to_json())
        return EXIT_OK
    for notice in result.notices:
        say(Message("warning: {warning}", warning=notice))
    for line in (*_confusion(result), *_by_class(result), *_summary(result)):
        out(line)
    return EXIT_OK


def _confusion(e: MovementEvaluation) -> Iterator[str]:
    """The confusion matrix: a row a true class; columns are numbered where there are many."""
    found = [i for i, c in enumerate(e.metrics.classes) if c.support or c.predicted]
    if len(found) > _MOST_COLUMNS:
        return
    names = [e.labels[i][:_WIDEST] for i in found]
    width = max(6, *(len(n) for n in names))
    first = told(Message("is \\ said"))
    yield f"{padded(first, width)}  " + "  ".join(f"{n:>{width}}" for n in names)
    for i, name in zip(found, names, strict=True):
        cells = (str(int(e.metrics.confusion[i, j])) for j in found)
        yield f"{name:<{width}}  " + "  ".join(f"{c:>{width}}" for c in cells)


def _by_class(e: MovementEvaluation) -> Iterator[str]:
    for c in e.metrics.classes:
        if c.support:
            yield Message(
                "  {label}: precision {precision:.3f}, recall {recall:.3f}, {count} movements",
                label=c.label[:_WIDEST],
                precision=c.precision,
                recall=c.recall,
                count=c.support,
            )


def _summary(e: MovementEvaluation) -> Iterator[str]:
    m = e.metrics
    yield Message(
        "{model}: {accuracy:.1%} of {count} movements are right (with 95 % confidence {low:.1%} to {high:.1%})",
        model=e.model,
        accuracy=m.accuracy,
        count=m.count,
        low=m.accuracy_interval.low,
        high=m.accuracy_interval.high,
    )
    for remark in e.remarks:
        yield Message("  {remark}", remark=remark)
    yield from _events(e.events)
    if e.left_out:
        yield Message("  {count} movements that it has learnt from were left out", count=e.left_out)


def _events(events: EventMetrics) -> Iterator[str]:
    yield Message(
        "  as a stream of {seconds:.0f} s: {found} of {movements} movements reported once and rightly, {reported} "
        "reports in all",
        seconds=events.seconds,
        found=events.found,
        movements=events.movements,
        reported=events.reported,
    )
    if events.precision is not None and events.recall is not None and events.delay_s is not None:
        yield Message(
            "  precision {precision:.3f}, recall {recall:.3f}, reported {delay:.2f} s after the end (at most "
            "{longest:.2f} s)",
            precision=events.precision,
            recall=events.recall,
            delay=events.delay_s,
            longest=max(events.delays_s),
        )
