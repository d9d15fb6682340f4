"""A secret that is given in any place comes out in none: terminal, files, logs."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vision_app.cli import main

SECRET = "S3CRET"
URLS = {
    "rtsp": f"rtsp://joe:{SECRET}@127.0.0.1:1/live",
    "http": f"http://127.0.0.1:1/live.mjpg?token={SECRET}",
    "bare": f"joe:{SECRET}@127.0.0.1/live",
}
# URL stands for the address
COMMANDS = [
    ["run", "--source", "URL", "--give-up-after", "0.2"],
    ["run", "--source", "URL", "--debug", "--give-up-after", "0.2"],
    ["run", "URL"],
    ["URL"],
    ["--URL"],
    ["run", "--source", "synthetic:64x64", "--max-frames", "1", "--model", "URL"],
    ["run", "--source", "synthetic:64x64", "--max-frames", "1", "--conf", "URL"],
    ["run", "--source", "synthetic:64x64", "--max-frames", "1", "--json", "URL"],
    ["run", "--source", "synthetic:64x64", "--max-frames", "1", "--start", "URL"],
    ["run", "--source", "synthetic:64x64", "--config", "URL"],
    ["models", "add", "URL"],
    ["models", "info", "URL"],
    ["models", "pull", "URL"],
    ["models", "quantize", "URL", "--calibrate", "demo"],
    ["models", "quantize", "efficientnet-lite0", "--calibrate", "URL", "--seconds", "1"],
    ["models", "export", "URL"],
    ["models", "URL"],
    ["samples", "capture", "store", "--source", "URL", "--label", "a"],
    ["samples", "import", "store", "URL"],
    ["train", "URL"],
    ["evaluate", "URL", "store"],
    ["bench", "URL"],
    ["explain", "--source", "URL", "--model", "efficientnet-lite0"],
    ["kiosk", "check", "KIOSK"],
    ["kiosk", "check", "URL"],
]


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: "-".join(c).lower())
def test_no_output_holds_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd, command: list[str], kind: str
) -> None:
    url = URLS[kind]
    if kind == "bare" and "--json" in command:
        pytest.skip("a file may be called so")
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    kiosk = tmp_path / "kiosk.toml"
    text = f'source = "{url}"\nsize = "{url}"\n[[station]]\ntitle = "a"\nmodels = ["{url}"]\n'
    kiosk.write_text(text, encoding="utf-8")
    arguments = [part.replace("URL", url).replace("KIOSK", str(kiosk)) for part in command]
    try:
        code: object = main(arguments)
    except SystemExit as end:
        code = end.code
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err
    assert code != 0 or "check" in command
    kiosk.unlink()
    for path in tmp_path.rglob("*"):
        assert SECRET not in str(path)
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    "variable", ["VISION_APP_SOURCE", "VISION_APP_CONF", "VISION_APP_CONFIG", "VISION_APP_NONE"]
)
def test_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd, variable: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, URLS["rtsp"])
    for command in (["doctor"], ["run", "--give-up-after", "0.2"]):
        main(command)
    printed = capfd.readouterr()
    assert SECRET not in printed.out + printed.err


@pytest.mark.slow
@pytest.mark.parametrize("kind", URLS)
def test_the_window_says_it_nowhere_either(tmp_path: Path, kind: str) -> None:
    """In a process of its own: it stays open, whatever it is given, until it is told to end."""
    own = {
        n: str(tmp_path / n.lower()) for n in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    }
    environment = {**os.environ, **own, "QT_QPA_PLATFORM": "offscreen"}
    arguments = [sys.executable, "-m", "vision_app", "--gui", "--source", URLS[kind], "--model", URLS[kind]]
    with subprocess.Popen(
        arguments, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as window:
        time.sleep(3)
        window.terminate()
        printed, _ = window.communicate(timeout=60)
    assert SECRET not in printed
    remembered = {"sources.json", "desktop.json"}  # the user's own, and readable for the user alone
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name not in remembered:
            assert SECRET.encode() not in path.read_bytes(), path
