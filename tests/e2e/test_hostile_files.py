"""The small files that once broke something: an answer or one line, within 20 seconds and 2 GB."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

RUN = ["run", "--source", "synthetic:64x64", "--max-frames", "1", "--no-save"]
CASES = {
    "imgsz-25000.onnx": [*RUN, "--model"],
    "imgsz-1e9.onnx": [*RUN, "--model"],
    "name-notutf8.onnx": [*RUN, "--model"],
    "names-mixed.onnx": [*RUN, "--model"],
    "names-unhashable.onnx": ["models", "add"],
    "stride-inf.onnx": [*RUN, "--model"],
    "stride-text.onnx": ["models", "info"],
    "seq.onnx": ["models", "add"],
    "extconst/extconst.onnx": ["models", "add"],
    "conf-bigint.toml": ["run", "--source", "synthetic:64x64", "--config"],
    "nested.toml": ["run", "--source", "synthetic:64x64", "--config"],
    "kiosk-bigint.toml": ["kiosk", "check"],
    "kiosk-dots.toml": ["kiosk", "check"],
    "bomb-23000.png": ["run", "--no-save", "--source"],
}
MAY_ANSWER = ("stride-inf.onnx", "stride-text.onnx")
"""A stride that is no number is read as the usual one, for it only matters to models of a free size."""
FOLDERS = ("m-bigint", "m-bytes", "m-esc", "m-nest", "m-surrogate", "m-utf8")


MEASURED = """
import atexit, sys
from pathlib import Path

target = Path(sys.argv.pop(1))

def told():
    target.write_text(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

atexit.register(told)
from vision_app.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""Runs the program and writes down the most memory that it had, which `getrusage` would inherit from the tests."""


def vision_app(*arguments: str, models: Path) -> tuple[int, str, str]:
    most = tempfile.NamedTemporaryFile("r", encoding="ascii")  # noqa: SIM115  # closed below
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, most.name, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"VISION_APP_MODELS": str(models)},
    )
    assert time.monotonic() - began < 20
    with most:
        assert int(most.read()) < 2 << 20  # kilobytes
    assert "\x1b" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", CASES)
def test_a_file(shared_data: Path, tmp_path: Path, name: str) -> None:
    path = shared_data / "hostile" / name
    code, _, said = vision_app(*CASES[name], str(path), models=tmp_path)
    if name in MAY_ANSWER and code == 0:
        return
    assert code == 2
    assert len(said.splitlines()) == 1 and path.stem in said


@pytest.mark.parametrize("name", FOLDERS)
def test_one_bad_card_harms_no_other_model(shared_data: Path, name: str) -> None:
    models = shared_data / "hostile" / name
    code, listed, said = vision_app("models", "list", models=models)
    assert code == 0 and "efficientnet-lite0" in listed
    assert "colours" in listed + said
    if name not in ("m-bigint", "m-nest"):
        return
    code, out, _ = vision_app(*RUN, models=models)
    assert code == 0 and "1 frame in" in out


@pytest.mark.parametrize("name", ["manifest-infinity.jsonl", "manifest-label-number.jsonl"])
def test_one_wrong_line_locks_no_store(shared_data: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "manifest.jsonl").write_bytes((shared_data / "hostile" / name).read_bytes())
    from vision_app.samples.store import SampleStore

    with SampleStore.open(tmp_path) as store:
        assert "dog" in store.labels
        assert "make no sense" in " ".join(store.notices)


def test_settings_of_the_desktop(shared_data: Path, tmp_path: Path) -> None:
    from vision_app.gui.settings_file import Values, read_values
    from vision_app.live.latency import LatencyStore

    values, wrong = read_values(shared_data / "hostile" / "desktop-bigint.json")
    assert (values == Values() and "400 digits" in wrong) or "401 digits" in wrong
    store = LatencyStore(shared_data / "hostile" / "latency-bigint.json")
    store.load()
    assert store.best("m") is None
