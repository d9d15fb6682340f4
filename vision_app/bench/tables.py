"""Rows as tables: for a terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vision_app.bench.rows import Row
from vision_app.messages import Message
from vision_app.showing import shown

UNKNOWN = "-"


def _number(value: float | None, digits: int, factor: float = 1.0) -> str:
    return UNKNOWN if value is None else f"{value * factor:.{digits}f}"


def _published(row: Row) -> str:
    if row.top1 is not None:
        return f"top-1 {row.top1:.1f}"
    return UNKNOWN if row.ap is None else f"AP {row.ap:.1f}"


def _stated(row: Row) -> str:
    """Published parameters and multiply-accumulates, in millions and thousands of millions."""
    stated = row.published or {}
    return f"{_number(stated.get('params'), 1, 1e-6)} / {_number(stated.get('macs'), 2, 1e-9)}"


_COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("model", lambda r: r.name),
    ("provider", lambda r: r.provider.replace("ExecutionProvider", "")),
    ("input", lambda r: f"{r.input_hw[0]}x{r.input_hw[1]}" if r.input_hw else UNKNOWN),
    ("params M", lambda r: _number(r.params, 1, 1e-6)),
    ("GMACs", lambda r: _number(r.macs, 2, 1e-9)),
    ("published", _stated),
    ("MB", lambda r: _number(r.file_bytes, 1, 1e-6)),
    (Message("load ms"), lambda r: _number(r.load_ms, 0)),
    ("p50 ms", lambda r: _number(r.infer_p50_ms, 1)),
    ("p95 ms", lambda r: _number(r.infer_p95_ms, 1)),
    (Message("fps live"), lambda r: _number(r.fps_live, 1)),
    (Message("fps file"), lambda r: _number(r.fps_file, 1)),
    (Message("RAM MB"), lambda r: _number(r.memory_mb, 0)),
    ("accuracy", _published),
)

LEGEND = Message(
    "params and GMACs: counted in the file, beside them the published ones; p50 and p95: the network alone, "
    "live policy (one frame at a time, all cores but one); fps live: whole frames under that policy; fps file: a "
    "frame on every core, with reading the source; RAM: resident memory of the process; accuracy: published, not "
    "measured here."
)


def _shown(rows: Sequence[Row]) -> list[tuple[str, Callable[[Row], str]]]:
    """All columns, but the provider's only where there are several."""
    one = len({row.provider for row in rows}) <= 1
    return [c for c in _COLUMNS if not (one and c[0] == "provider")]


def markdown(rows: Sequence[Row]) -> str:
    """A Markdown table; models without figures are listed under it."""
    good = [row for row in rows if not row.error]
    lines = []
    if good:
        columns = _shown(good)
        lines.append("| " + " | ".join(title for title, _ in columns) + " |")
        lines.append("|---|" + "---:|" * (len(columns) - 1))
        lines += ["| " + " | ".join(cell(row) for _, cell in columns) + " |" for row in good]
    lines += [f"\n- {row.name} on {row.provider}: {row.error}" for row in rows if row.error]
    return "\n".join(lines)


def terminal_table(rows: Sequence[Row]) -> Any:
    """A rich table of the rows that have figures."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    columns = _shown(rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title, _ in columns:
        table.add_column(
            title, justify="left" if title in ("model", "provider") else "right", overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(shown(cell(row))) for _, cell in columns))
    return table


def plain_table(rows: Sequence[Row]) -> list[str]:
    """The same in lines of aligned columns, for a pipe."""
    columns = _shown(rows)
    cells = [[title for title, _ in columns], *([cell(row) for _, cell in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return [
        "  ".join(
            f"{c:<{w}}" if i == 0 else f"{c:>{w}}" for i, (c, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
