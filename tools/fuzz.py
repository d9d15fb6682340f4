"""Feeds mutated files to everything that reads what strangers send, and counts what comes of it.

    python tools/fuzz.py --count 10000 [--seed 0] [--kind card --kind model ...]

An input is held when the reader answers, or refuses it with one line, within 20 seconds and 2 GB; anything else
(another exception, a crash, a hang) has failed, and its file is kept in the folder `--keep`. The readers run in
processes of their own, so that a crash is an answer too.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzz_kinds import KINDS, Kind

LONGEST_S = 20.0
MOST_BYTES = 2 << 30
_BATCH = 250


@dataclass(slots=True)
class Counts:
    """What came of the inputs of one kind."""

    tried: int = 0
    answered: int = 0
    refused: int = 0
    failed: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    most_bytes: int = 0

    def line(self, name: str) -> str:
        """In one line."""
        return (
            f"{name:<10} tried {self.tried:>6}  held {self.answered + self.refused:>6} "
            f"(answered {self.answered}, refused {self.refused})  failed {len(self.failed)}  "
            f"slowest {self.slowest_s:.2f} s  memory {self.most_bytes / 1e6:.0f} MB"
        )


def try_one(kind: Kind, data: bytes, folder: Path) -> tuple[str, str, float]:
    """Feed one input to its reader.

    Returns:
        `answered`, `refused` or `failed`; what was said; seconds.
    """
    from vision_app.errors import VisionError

    began = time.perf_counter()
    try:
        kind.read(data, folder)
    except VisionError as error:
        said = str(error)
        outcome = "refused" if said and "\n" not in said and len(said) < 3000 else "failed"
    except Exception as error:  # noqa: BLE001  # what a reader must never let through
        outcome, said = "failed", f"{type(error).__name__}: {error}"[:500]
    else:
        outcome, said = "answered", ""
    took_s = time.perf_counter() - began
    if took_s > LONGEST_S:
        outcome, said = "failed", f"took {took_s:.0f} s"
    return outcome, said, took_s


def input_of(kind: Kind, number: int, seed: int) -> bytes:
    """The input of that number: always the same for the same seed."""
    return kind.mutate(random.Random(f"{kind.name}-{seed}-{number}"))


def most_kilobytes() -> int:
    """The most memory that this process has had.

    Not by `getrusage` where it can be helped: a process inherits that figure from the one that started it.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def work(name: str, first: int, count: int, seed: int) -> int:
    """The work of one process: says what came of each input, one JSON line each."""
    kind = KINDS[name]
    with tempfile.TemporaryDirectory() as place:
        for number in range(first, first + count):
            folder = Path(place) / str(number)
            folder.mkdir()
            print(json.dumps({"begins": number}), flush=True)
            outcome, said, took_s = try_one(kind, input_of(kind, number, seed), folder)
            kilobytes = most_kilobytes()
            print(json.dumps([number, outcome, said, took_s, kilobytes * 1024]), flush=True)
    return 0


def run_kind(
    name: str, count: int, seed: int, *, keep: Path | None = None, tell: Callable[[str], None] = print
) -> Counts:
    """Try so many inputs of a kind; a process that dies has failed at the input that it had begun."""
    counts = Counts()
    number = 0
    while number < count:
        ask = [name, str(number), str(min(_BATCH, count - number)), str(seed)]
        begun, records = number, []
        try:
            done = subprocess.run(
                [sys.executable, __file__, "--work", *ask],
                capture_output=True,
                text=True,
                check=False,
                timeout=_BATCH * 2 + LONGEST_S,
            )
            output, why = done.stdout, f"the process died with code {done.returncode}"
        except subprocess.TimeoutExpired as error:
            output = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
            why = "it did not come to an end"
        for line in output.splitlines():
            try:
                record = json.loads(line)
            except ValueError:  # a library said something
                continue
            if isinstance(record, dict):
                begun = record["begins"]
                continue
            records.append(record)
        if not records or records[-1][0] < begun:  # the last one that was begun never ended
            records.append([begun, "failed", why, 0.0, 0])
        number = begun + 1
        for record in records:
            for said in _count(counts, name, record):
                tell(f"  failed: {said[:300]}")
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / f"{name}-{seed}-{record[0]}").write_bytes(input_of(KINDS[name], record[0], seed))
    return counts


def _count(counts: Counts, name: str, record: list[Any]) -> list[str]:
    """Add one input; gives what failed, if it did."""
    number, outcome, said, took_s, size = record
    if size > MOST_BYTES:
        outcome, said = "failed", f"{said} took {size / 1e9:.1f} GB"
    counts.tried += 1
    counts.answered += outcome == "answered"
    counts.refused += outcome == "refused"
    counts.slowest_s = max(counts.slowest_s, took_s)
    counts.most_bytes = max(counts.most_bytes, size)
    failed = [f"{name} {number}: {said}"] if outcome == "failed" else []
    counts.failed.extend(failed)
    return failed


def main() -> int:
    if sys.argv[1:2] == ["--work"]:
        name, first, count, seed = sys.argv[2:6]
        return work(name, int(first), int(count), int(seed))
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10_000, help="inputs in all, shared out over the kinds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only these kinds")
    parser.add_argument("--keep", type=Path, help="folder for the inputs that failed")
    parsed = parser.parse_args()
    names = parsed.kind or list(KINDS)
    failed = tried = 0
    for name in names:
        counts = run_kind(name, -(-parsed.count // len(names)), parsed.seed, keep=parsed.keep)
        print(counts.line(name), flush=True)
        failed, tried = failed + len(counts.failed), tried + counts.tried
    print(f"{tried} inputs, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
