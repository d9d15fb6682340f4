"""Names the machine that a measurement was made on, and prints tables."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from vision_app import runtime


def describe_machine() -> str:
    """Processor, cores, system and versions in one line."""
    return (
        f"{_processor()}, {runtime.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, ONNX Runtime {runtime.version()}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A Markdown table."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
