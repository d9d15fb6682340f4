"""Signals while the program starts and while it works: no wrong word, no abort, nothing half done."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from signals import tries

from tests.endless import endless_model
from tests.waiting import until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

_LOADED_AND_RUNNING_S = 2.0
"""Of the processor: loading takes a quarter of it."""


@pytest.mark.slow
@pytest.mark.parametrize("at_work", [False, True])
def test_many_signals(at_work: bool) -> None:
    for one in tries(25, at_work=at_work, seed=5):
        assert one.held, one


@pytest.mark.parametrize(("command", "number"), [("run", signal.SIGINT), ("add", signal.SIGTERM)])
def test_a_model_whose_first_run_never_ends(tmp_path: Path, command: str, number: int) -> None:
    model = endless_model(tmp_path / "endless.onnx")
    endless_card = (
        '{"schema": 1, "name": "endless", "task": "classify", "licence": "none", '
        '"input": {"size_hw": [32, 32], "scale": 1, "resize": "squash"}, "output": {"layout": "classes"}, '
        '"labels": ["a", "b", "c"]}'
    )
    model.with_suffix(".json").write_text(endless_card, encoding="utf-8")
    arguments = {
        "run": ["run", "--source", "synthetic:64x64", "--model", str(model), "--no-save"],
        "add": ["models", "add", str(model)],
    }[command]
    process = subprocess.Popen(
        [sys.executable, "-m", "vision_app", *arguments],
        env=os.environ | {"VISION_APP_MODELS": str(tmp_path / "models")},
        stderr=subprocess.PIPE,
        text=True,
    )
    worker = psutil.Process(process.pid)
    until(lambda: worker.cpu_times().user > _LOADED_AND_RUNNING_S, 120)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)  # it would never end by itself
    assert (process.returncode, said) == (130, "vision-app: interrupted\n")
    assert not [p for p in (tmp_path / "models").rglob("*") if p.is_file() and p.suffix != ".lock"]
