"""The real command on a real MJPEG server."""

import json
import subprocess
import sys

import pytest

from tests import tiny_models as tiny
from tests.mjpeg_server import MjpegServer


@pytest.fixture
def models(tmp_path, monkeypatch):
    tiny.colour_model(tmp_path)
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_a_stream_that_comes_back(models):
    with MjpegServer() as server:
        command = [
            sys.executable,
            "-m",
            "vision_app",
            "--source",
            server.url,
            "--model",
            "colours",
            "--json",
            "-",
        ]
        process = subprocess.Popen(
            [*command, "--max-frames", "60"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            rows = [json.loads(process.stdout.readline()) for _ in range(5)]
            server.kill()
            server.start()
            stdout, stderr = process.communicate(timeout=60)
        finally:
            process.kill()
    rows += [json.loads(line) for line in stdout.splitlines()]
    assert process.returncode == 0, stderr
    assert len(rows) == 60
    times = [row["time_s"] for row in rows]
    assert times == sorted(times)
    assert "connection lost" in stderr
    assert "connected again" in stderr
    assert "s3cret" not in stderr + stdout
