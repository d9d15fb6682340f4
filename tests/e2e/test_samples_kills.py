"""A killed capture or import loses nothing that it has counted; `benchmarks/samples.py` does it 200 times."""

from __future__ import annotations

import sys

import pytest

from tests.sample_kills import run_kills


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
def test_processes_killed_at_random_instants_lose_nothing_they_counted(tmp_path):
    result = run_kills(tmp_path, 20)
    assert sum(result.kills.values()) == 20
    assert len(result.acknowledged) > 200
