"""Takes single lines out of the plumbing, or wires them wrongly, and reports which of it no test notices.

    python tools/mutants.py                   all of tools/mutants.toml
    python tools/mutants.py privacy scene     those whose group or file has one of these words in it

Each change is made in a copy of the checkout; the tests that stand for that line have to fail there. Ends with 1 when
more than one in ten changes survives, and with 2 when a change no longer fits the code: then the list is to be mended.
"""

from __future__ import annotations

import argparse
import ast
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LIST = CHECKOUT / "tools" / "mutants.toml"
MOST_SURVIVORS = 0.1
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    Attributes:
        group: which part of the plumbing.
        file: the module.
        old: text that stands in it once.
        new: what takes its place.
        tests: arguments for pytest.
    """

    group: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def mutants(path: Path) -> Iterator[Mutant]:
    """The changes of a list: groups with a file and tests; pairs of texts, which may name tests of their own."""
    for group, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for part in table:
            for old, new, *tests in part["changes"]:
                wanted = " ".join(tests) or part["tests"]
                yield Mutant(group, part["file"], old, new, tuple(shlex.split(wanted)))


def copy_of_the_checkout(folder: Path) -> Path:
    """A copy in which changes do no harm: what the tests need, and the shared data by name."""
    place = folder / "checkout"
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "runs", "dist")
    shutil.copytree(CHECKOUT, place, ignore=ignored, symlinks=True)
    return place


def passes(place: Path, tests: tuple[str, ...]) -> bool:
    """Whether the tests notice nothing; a change with which they come to no end is noticed."""
    environment = os.environ | {
        "PYTHONPATH": str(place),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=place, env=environment, capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survives(place: Path, mutant: Mutant) -> bool | None:
    """Whether no test notices a change; None when it does not fit the code, or leaves no Python behind."""
    file = place / mutant.file
    text = file.read_text(encoding="utf-8")
    changed = text.replace(mutant.old, mutant.new)
    if text.count(mutant.old) != 1 or not _is_python(changed):
        return None
    file.write_text(changed, encoding="utf-8")
    try:
        return passes(place, mutant.tests)
    finally:
        file.write_text(text, encoding="utf-8")


def _is_python(text: str) -> bool:
    """A change that is a slip of the list would be noticed by everything, and tell nothing."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def main() -> int:
    """Run them and say what survived."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="only groups or files with one of these in their name")
    parser.add_argument("--list", type=Path, default=LIST, help="another list")
    arguments = parser.parse_args()
    chosen = [
        m
        for m in mutants(arguments.list)
        if not arguments.words or any(word in m.group or word in m.file for word in arguments.words)
    ]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = copy_of_the_checkout(Path(folder))
        broken = [tests for tests in dict.fromkeys(m.tests for m in chosen) if not passes(place, tests)]
        for tests in broken:
            print(f"{shlex.join(tests)} fail without any change: mend that first")
        chosen = [mutant for mutant in chosen if mutant.tests not in broken]
        counts = {True: 0, False: 0, None: 0}
        for mutant in chosen:
            started_s = time.perf_counter()
            verdict = survives(place, mutant)
            counts[verdict] += 1
            said = {True: "SURVIVES", False: "noticed", None: "DOES NOT FIT"}[verdict]
            print(
                f"{said:12} {time.perf_counter() - started_s:5.1f} s  {mutant.file}: {mutant.old!r} -> {mutant.new!r}"
            )
            sys.stdout.flush()
    tried = counts[True] + counts[False]
    print(f"{tried} changes, {counts[True]} survive; {counts[None]} do not fit the code")
    if counts[None] or broken:
        return 2
    return int(counts[True] > MOST_SURVIVORS * tried)


if __name__ == "__main__":
    sys.exit(main())
