"""`vision-app evaluate`: how good a classifier is on labelled pictures, and what it gets wrong."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from vision_app.cli.console import (
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    cell,
    out,
    out_json,
    out_table,
    say,
)
from vision_app.cli.helping import padded, width_of
from vision_app.messages import Message, told

if TYPE_CHECKING:
    from vision_app.learn.evaluating import Comparison, Evaluation

_DESCRIPTION = Message("""\
Run a classifier on labelled pictures: accuracy with its confidence interval, precision and recall of each class,
what is confused with what, the most confident mistakes, and whether unknown things are called unknown.

  vision-app evaluate --model mine --samples samples/
  vision-app evaluate --model mine --samples samples/ --others photos/ --report mine.html
  vision-app evaluate --model mine --compare mine@2 --samples samples/

Samples that the model has learnt from are left out, as far as the folders train/ and val/ or the model's file say
which ones those are.
""")
_WIDEST_LABEL = 40
_MOST_CLASSES = 40


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a classifier on labelled pictures",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--model",
        metavar="NAME",
        required=True,
        help="a classifier: name, .onnx file, or NAME@2 for version 2",
    )
    parser.add_argument(
        "--samples",
        metavar="DIR",
        type=Path,
        required=True,
        help="samples that were captured, or a folder with one folder a class",
    )
    parser.add_argument(
        "--compare",
        metavar="NAME",
        help="another model or version, on the same samples: which one is better?",
    )
    parser.add_argument(
        "--part",
        choices=("held-out", "val", "train", "all"),
        default="held-out",
        help="which samples: those that were not learnt from (the default), a side of the folders, or all",
    )
    parser.add_argument(
        "--map",
        metavar="LABEL=CLASS",
        action="append",
        default=[],
        help="a label of the samples is this class of the model; LABEL= leaves it out; repeat for more",
    )
    parser.add_argument(
        "--others",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="pictures of other things, which should be called unknown; repeat for more",
    )
    parser.add_argument(
        "--report",
        metavar="FILE",
        type=Path,
        help="write a report with pictures: .html, or .png for the figures",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a report that exists")
    parser.add_argument(
        "--mistakes", metavar="N", type=int, default=5, help="show so many of the mistakes (default: 5)"
    )
    parser.add_argument(
        "--provider",
        metavar="P",
        default="auto",
        help="what ONNX Runtime computes on: auto, cpu, cuda (default: auto)",
    )
    parser.add_argument(
        "--json", action="store_true", help="everything as one JSON object; nothing else is said"
    )
    add_debug_flag(parser)
    parser.set_defaults(handler=_evaluate)


def _evaluate(parsed: argparse.Namespace) -> int:
    from vision_app.cards.lookup import find_model
    from vision_app.cli.evaluate_movements import evaluate_movements
    from vision_app.learn.evaluating import compare, evaluate
    from vision_app.learn.matching import pictures_of_others
    from vision_app.samples.dataset import open_samples
    from vision_app.sequences.model import sequence_input

    file = find_model(parsed.model)
    if sequence_input(file.card) is not None:
        return evaluate_movements(parsed, file)
    write = _report_writer(parsed.report)
    mapping = _mapping(parsed.map)
    others = [path for folder in parsed.others for path in pictures_of_others(folder)]
    rival = None if parsed.compare is None else find_model(parsed.compare)
    samples = open_samples(parsed.samples)
    bar = _Bar() if not parsed.json and sys.stderr.isatty() else None

    with bar or nullcontext():
        told = bar.update if bar else None
        result = evaluate(
            file,
            samples,
            part=parsed.part,
            mapping=mapping,
            others=others,
            provider=parsed.provider,
            on_evaluated=told,
        )
        comparison = None
        if rival is not None:
            second = evaluate(
                rival, samples, part=parsed.part, mapping=mapping, provider=parsed.provider, on_evaluated=told
            )
            comparison = compare(result, second, (parsed.model, parsed.compare))
    written = None if write is None else write(parsed.report, result, comparison, overwrite=parsed.overwrite)
    if parsed.json:
        record = result.to_json()
        record["comparison"] = comparison.to_json() if comparison else None
        record["report"] = str(written) if written else None
        out_json(record)
        return EXIT_OK
    _show(result, comparison, parsed.mistakes)
    if written is not None:
        out(Message("wrote {written}", written=written))
    return EXIT_OK


class _Writer(Protocol):
    def __call__(
        self,
        path: Path,
        evaluation: Evaluation,
        comparison: Comparison | None = None,
        *,
        overwrite: bool = False,
    ) -> Path: ...


def _report_writer(path: Path | None) -> _Writer | None:
    """What writes a report of that kind. Bad names are found before anything is run."""
    if path is None:
        return None
    from vision_app.errors import ConfigError

    suffix = path.suffix.lower()
    if suffix in (".html", ".htm"):
        from vision_app.learn.report import write_report

        return write_report
    if suffix == ".png":
        from vision_app.learn.report_picture import write_picture

        return write_picture
    raise ConfigError(
        "--report {path}: a report is an .html file, or a .png picture; give one of these suffixes", path=path
    )


def _mapping(texts: list[str]) -> dict[str, str]:
    from vision_app.errors import ConfigError

    mapping = {}
    for text in texts:
        label, equals, target = text.partition("=")
        if not equals or not label:
            raise ConfigError("--map wants LABEL=CLASS, as 'kitty=cat', got '{text}'", text=text)
        mapping[label] = target
    return mapping


def _show(e: Evaluation, comparison: Comparison | None, most_mistakes: int) -> None:
    for line in (
        *e.notices,
        *(Message("left out: {problem}", problem=problem) for problem in e.problems[:5]),
    ):
        say(Message("warning: {line}", line=line))
    if len(e.problems) > 5:
        say(
            Message("warning: left out: {count} more pictures that cannot be read", count=len(e.problems) - 5)
        )
    if sys.stdout.isatty():
        _show_table(e)
    else:
        for row in _rows(e):
            out(
                "  ".join(
                    padded(cell, w) if i == 0 else " " * (w - width_of(cell)) + cell
                    for i, (cell, w) in enumerate(row)
                ).rstrip()
            )
    for line in _summary(e):
        out(line)
    for j in e.mistakes(most_mistakes):
        assert j.target is not None
        unknown = Message(", called unknown") if j.unknown else ""
        out(
            Message(
                "  {confidence:.0%} {labels}, is {labels_2}{unknown}: {path}",
                confidence=j.confidence,
                labels=e.labels[j.predicted],
                labels_2=e.labels[j.target],
                unknown=unknown,
                path=j.path,
            )
        )
    if comparison is not None:
        out(comparison.verdict)
        out(comparison.basis)


_HEAD = (
    Message("class"),
    Message("precision"),
    Message("recall"),
    "F1",
    Message("samples"),
    Message("unknown"),
)


def _cells(e: Evaluation) -> list[tuple[str, ...]]:
    """A row a class that occurs; of very many the worst ones."""
    found = [c for c in e.metrics.classes if c.support or c.predicted]
    if len(found) > _MOST_CLASSES:
        found = sorted(found, key=lambda c: (c.f1, -c.support))[:_MOST_CLASSES]
    return [
        (
            c.label[:_WIDEST_LABEL],
            f"{c.precision:.3f}",
            f"{c.recall:.3f}",
            f"{c.f1:.3f}",
            str(c.support),
            str(c.unknown),
        )
        for c in found
    ]


def _rows(e: Evaluation) -> list[list[tuple[str, int]]]:
    rows = [tuple(map(told, _HEAD)), *_cells(e)]
    widths = [max(width_of(row[i]) for row in rows) for i in range(len(_HEAD))]
    return [list(zip(row, widths, strict=True)) for row in rows]


def _show_table(e: Evaluation) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, name in enumerate(_HEAD):
        table.add_column(told(name), justify="right" if i else "left", overflow="fold")
    for row in _cells(e):
        table.add_row(*(cell(text) for text in row))
    out_table(table)


def _summary(e: Evaluation) -> list[str]:
    m = e.metrics
    low, high = m.accuracy_interval.low, m.accuracy_interval.high
    part = {
        "val": Message(" of val/"),
        "train": Message(" of train/"),
        "held-out": Message(" that were not learnt from"),
        "all": "",
    }[e.part]
    lines: list[str] = [
        Message(
            "{model}: {accuracy:.1%} of {count} samples{part} are right (with 95 % confidence "
            "{low:.1%} to {high:.1%}), macro F1 {macro_f1:.3f}, calibration error {ece:.3f}",
            model=e.model,
            accuracy=m.accuracy,
            count=m.count,
            part=part,
            low=low,
            high=high,
            macro_f1=m.macro_f1,
            ece=m.ece,
        )
    ]
    if e.left_out:
        lines.append(
            Message("  {left_out} samples were left out: the model has learnt from them", left_out=e.left_out)
        )
    lines += [Message("  {remark}", remark=remark) for remark in e.remarks]
    if e.others_unknown is not None:
        lines.append(
            Message(
                "  {others_unknown:.1%} of {count} pictures of other things are called unknown",
                others_unknown=e.others_unknown,
                count=len(e.others),
            )
        )
    wrong = len(e.mistakes())
    if wrong:
        lines.append(Message("  {wrong} mistakes, those first of which it was most sure:", wrong=wrong))
    return lines


class _Bar:
    """Pictures done, on standard error."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(told(Message("pictures")), total=None)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def update(self, done: int, total: int) -> None:
        """Show how far it is."""
        self._progress.update(self._task, completed=done, total=total)
