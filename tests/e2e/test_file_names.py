"""Names that no file has are refused in one line, wherever a file is named."""

from pathlib import Path

import pytest

from vision_app.cli import main

NAMES = {
    "no such user": "~nouser/x",
    "long": "x" * 5000,
    "long path": "x/" * 3000,
    "nul": "a\0b",
    "root": "/",
    "nothing": "",
    "half a character": "a\udce9b",
    "command": "a\x1b[2Jb",
}
_RUN = ["run", "--source", "synthetic:64x64", "--max-frames", "1"]
COMMANDS = [
    [*_RUN, "--no-save", "--model"],
    [*_RUN, "--no-save", "--classify-boxes"],
    [*_RUN, "--no-save", "--config"],
    [*_RUN, "--json"],
    ["models", "add"],
    ["models", "info"],
    ["models", "export"],
    ["models", "quantize", "--calibrate", "synthetic:64x64"],
    ["samples", "list"],
    ["samples", "import", "store"],
    ["evaluate", "--samples", "s", "--model"],
    ["train", "--samples"],
    ["kiosk", "check"],
]


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd, command: list[str], kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    name = NAMES[kind]
    try:
        code: object = main([*command, name])
    except SystemExit as end:
        code = end.code
    printed = capfd.readouterr()
    said = printed.err.splitlines()
    if command[-1] == "--json" and kind in ("half a character", "command"):
        assert code == 0  # a file may be called so
    else:
        assert code in (1, 2)
        assert len([line for line in said if line.startswith("vision-app")]) == 1
        assert len(said) <= 2 and all(len(line) < 2000 for line in said)
    assert "\x1b" not in printed.err + printed.out and "Traceback" not in printed.err
