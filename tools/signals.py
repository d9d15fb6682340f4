"""Sends signals to runs at random moments, at the start and at work, and looks at what they leave.

    python tools/signals.py --start 200 --work 200 [--seed 0]

A try is held when the process ends soon, by its own hand, with one of the exit codes that the command line
states, says nothing but its own lines, and leaves no unfinished file.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "vision_app")
SOON_S = 10.0
STARTED_BY_S = 0.08
"""Before that Python itself is being started, and none of the program's code has been run."""
_FINE = re.compile(
    r"vision-app: interrupted|vision-app: stopped at once; .*|\d+ frames? in .*|  \S.*|wrote .*|no frames? .*|"
    r"vision-app: added .*|added .*|$"
)


@dataclass(frozen=True, slots=True)
class Try:
    """One signal to one process.

    Attributes:
        number: the signal.
        delay_s: when, after the start of the process or after its first result.
        code: exit code; negative for a signal that killed it.
        said: lines that it should not have said.
        left: unfinished files that it left.
        ended_s: seconds from the signal to the end.
        at_work: it came after the first result.
    """

    number: int
    delay_s: float
    code: int
    said: tuple[str, ...]
    left: tuple[str, ...]
    ended_s: float

    at_work: bool = False

    @property
    def too_early(self) -> bool:
        """Whether Python itself was still being started: none of the program's code has been run."""
        return not self.at_work and (self.code == -self.number or self.said[-1:] == ("KeyboardInterrupt",))

    @property
    def held(self) -> bool:
        """Whether nothing is to be complained of."""
        fine = self.code in (0, 130) and not self.said
        return (fine or self.too_early) and not self.left and self.ended_s < SOON_S


def try_run(folder: Path, arguments: list[str], number: int, delay_s: float, *, at_work: bool) -> Try:
    """Start a command in an empty folder, send it a signal, and look at what it leaves.

    Args:
        folder: an empty folder.
        arguments: of the command line; outputs are named within the folder.
        number: the signal.
        delay_s: when to send it.
        at_work: count the delay from the first line of `results.jsonl` on.
    """
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if at_work:
        _wait_for_results(folder, process)
    time.sleep(delay_s)
    process.send_signal(number)
    sent_s = time.monotonic()
    try:
        text, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        text, _ = process.communicate()
    ended_s = time.monotonic() - sent_s
    said = tuple(line for line in text.splitlines() if not _FINE.fullmatch(line))
    left = tuple(sorted(p.name for p in folder.rglob("*") if p.is_file() and ".part" in p.name))
    return Try(number, delay_s, process.returncode, said, left, ended_s, at_work)


def _wait_for_results(folder: Path, process: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + 30
    while time.monotonic() < deadline_s and process.poll() is None:
        if any(p.stat().st_size for p in folder.glob("results*.jsonl")):
            return
        time.sleep(0.02)


def arguments_of_a_run(clip: str) -> list[str]:
    """A run with every kind of output."""
    outputs = [
        "--json",
        "results.jsonl",
        "--csv",
        "results.csv",
        "--save",
        "out.mp4",
        "--summary",
        "sum.json",
    ]
    return ["run", "--source", clip, *outputs]


def tries(count: int, *, at_work: bool, seed: int, until_s: float = 1.6) -> Iterator[Try]:
    """Many of them, at random moments.

    Args:
        count: how many.
        at_work: after the first result, else while the program starts.
        seed: of the moments.
        until_s: the latest moment.
    """
    chance = random.Random(seed)
    for _ in range(count):
        number = chance.choice((signal.SIGINT, signal.SIGTERM))
        delay_s = chance.uniform(0.0 if at_work else STARTED_BY_S, until_s)
        with tempfile.TemporaryDirectory() as folder:
            source = "synthetic:640x480@30" if at_work else "synthetic:640x480"
            yield try_run(Path(folder), arguments_of_a_run(source), number, delay_s, at_work=at_work)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--start", type=int, default=200, help="signals while the program starts")
    parser.add_argument("--work", type=int, default=200, help="signals while it works")
    parser.add_argument("--seed", type=int, default=0)
    parsed = parser.parse_args()
    failed = 0
    for name, count, at_work in (("start", parsed.start, False), ("work", parsed.work, True)):
        outcomes: Counter[str] = Counter()
        slowest_s = 0.0
        for one in tries(count, at_work=at_work, seed=parsed.seed):
            outcomes["held" if one.held else "failed"] += 1
            outcomes["of them before the program's first instruction"] += one.too_early
            outcomes[f"exit code {one.code}"] += 1
            slowest_s = max(slowest_s, one.ended_s)
            if not one.held:
                failed += 1
                print(f"  {one}", flush=True)
        print(f"{name}: {dict(outcomes)}, slowest end {slowest_s:.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
