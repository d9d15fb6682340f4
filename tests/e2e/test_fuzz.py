"""Mutated files of every kind that strangers send: an answer or one line, within 20 seconds and 2 GB."""

import pytest
from fuzz import Counts, run_kind
from fuzz_kinds import KINDS

_FEW, _MANY = 60, 1000


def tried(name: str, count: int, seed: int) -> Counts:
    counts = run_kind(name, count, seed, tell=lambda _: None)
    assert counts.tried == count
    return counts


@pytest.mark.parametrize("name", KINDS)
def test_a_few(name: str) -> None:
    assert tried(name, _FEW, seed=1).failed == []


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_many(name: str) -> None:
    assert tried(name, _MANY, seed=2).failed == []


def test_the_reader_sees_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer itself: an exception, a long message and a dead process are failures."""
    from pathlib import Path

    from fuzz import try_one
    from fuzz_kinds import Kind

    from vision_app.errors import VisionError

    def raises(error: Exception) -> Kind:
        def read(data: bytes, folder: Path) -> object:
            raise error

        return Kind("x", lambda _: b"", read)

    assert try_one(raises(KeyError("x")), b"", Path())[0] == "failed"
    assert try_one(raises(VisionError("")), b"", Path())[0] == "failed"
    assert try_one(raises(VisionError("one line")), b"", Path())[0] == "refused"
