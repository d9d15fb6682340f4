"""What `bench` says of OpenVINO, and the check list for a GPU, on machines that have neither."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vision_app import runtime
from vision_app.bench import openvino, running
from vision_app.bench.measuring import Job
from vision_app.bench.openvino import PROVIDER, Gain, gains, line
from vision_app.bench.rows import Row
from vision_app.bench.running import Plan, openvino_line

CHECKOUT = Path(__file__).parents[2]


def test_both_orders_are_measured_and_weigh_the_same() -> None:
    rates = iter([10.0, 15.0, 16.0, 8.0])
    jobs: list[Job] = []

    def measured(job: Job) -> Row:
        jobs.append(job)
        return Row(job.model, job.provider, fps_file=next(rates))

    found = gains(["m"], "clip", 9, measured)
    assert [job.provider for job in jobs] == ["cpu", "openvino", "openvino", "cpu"]
    assert found == (Gain("m", (1.5, 2.0)),)
    assert found[0].ratio == 1.75
    assert "m 1.75 (1.50, 2.00); 1 of 1 would gain" in line(found)


def test_a_model_that_one_of_them_cannot_run_is_left_out() -> None:
    found = gains(["m"], "clip", 9, lambda job: Row(job.model, job.provider, error="no"))
    assert found == ()
    assert "none of the models" in line(found)


@pytest.mark.parametrize("here", [True, False])
def test_the_line_is_measured_only_where_openvino_is(monkeypatch: pytest.MonkeyPatch, here: bool) -> None:
    providers = ("CPUExecutionProvider", *((PROVIDER,) if here else ()))
    monkeypatch.setattr(runtime, "available_providers", lambda: providers)
    monkeypatch.setattr(running, "_measured_apart", lambda job: Row(job.model, job.provider, fps_file=4.0))
    said = openvino_line(Plan(("m",)), [Row("m", "cpu")], lambda _: None)
    assert said == (line([Gain("m", (1.0, 1.0))]) if here else openvino.not_here())


def test_the_check_list_for_a_gpu_is_one_table_that_says_what_cannot_be_had() -> None:
    command = [sys.executable, "benchmarks/gpu.py", "--models", "sketch-cnn", "--providers", "cpu,warp"]
    done = subprocess.run(
        [*command, "--frames", "4"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    rows = [r for r in done.stdout.splitlines() if r.startswith("| sketch-cnn")]
    assert [r.split(" | ")[1] for r in rows] == ["cpu", "warp"]
    assert rows[0].split(" | ")[2] == "CPU"
    assert "provider 'warp' is not one that ONNX Runtime knows" in rows[1]
