"""Memory that was freed goes back to the system, and threads share where they take it from."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vision_app.memory import give_back, resident_mb

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")

_ARENAS = """
import ctypes, sys, tempfile, threading
from pathlib import Path
from vision_app.memory import keep_together

if sys.argv[1] == "together":
    keep_together()
there = threading.Barrier(8)

def take():
    held = [bytes(2000) for _ in range(500)]
    there.wait(30)  # all at once: a thread that ends hands its place on

threads = [threading.Thread(target=take) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc, file = ctypes.CDLL(None), Path(tempfile.mkdtemp()) / "info.xml"
libc.fopen.restype = ctypes.c_void_p
stream = ctypes.c_void_p(libc.fopen(str(file).encode(), b"w"))
libc.malloc_info(0, stream)
libc.fclose(stream)
print(file.read_text().count("<heap nr"))
"""


def _arenas(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _ARENAS, how], check=True, capture_output=True, text=True, timeout=60
    )
    return int(done.stdout)


def test_threads_share_a_few_places() -> None:
    assert _arenas("together") <= 2 < _arenas("each")


_PICTURES = """
import resource, sys
import numpy as np
from vision_app.memory import keep_for_pictures

if sys.argv[1] == "kept":
    keep_for_pictures()
if sys.argv[1] == "run":
    from vision_app.cli import main

    main(["--source", "synthetic:64x48", "--max-frames", "1", "--no-save", "--quiet"])

def in_flight():
    return [np.ones(3_000_000, np.uint8) for _ in range(4)]

for _ in range(3):
    in_flight()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    in_flight()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _pages_cleared(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _PICTURES, how], check=True, capture_output=True, text=True, timeout=60
    )
    return int(done.stdout)


def test_a_run_uses_the_memory_of_pictures_again() -> None:
    assert _pages_cleared("kept") < 3000 < _pages_cleared("by itself")
    assert _pages_cleared("run") < 3000


def test_what_lies_between_what_is_still_held_is_given_back() -> None:
    pieces = [bytearray(4000) for _ in range(30_000)]
    held = pieces[::300]
    before = resident_mb()
    del pieces
    give_back()
    after = resident_mb()
    assert before is not None and after is not None
    assert before - after > 60
    assert len(held) == 100
