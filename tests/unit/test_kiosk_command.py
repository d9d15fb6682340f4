"""`vision-app kiosk init | pin | check | run`, and what is found out before a kiosk starts."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.tiny_models import colour_model, constant_model, write_card
from vision_app.cli import kiosk
from vision_app.cli.console import Parser
from vision_app.errors import ConfigError, VisionError
from vision_app.kiosk import places
from vision_app.kiosk.checking import check_programme, check_source
from vision_app.kiosk.pin import hash_pin, is_right
from vision_app.kiosk.programme import load_programme


def run(*words: str) -> int:
    parser = Parser(prog="vision-app")
    kiosk.register(parser.add_subparsers(dest="command"))
    parsed = parser.parse_args(["kiosk", *words])
    code: int = parsed.handler(parsed)
    return code


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard input, not a terminal."""
    stdin = io.StringIO()
    monkeypatch.setattr(sys, "stdin", stdin)
    return stdin


def answer(stdin: io.StringIO, text: str) -> None:
    stdin.seek(0)
    stdin.truncate()
    stdin.write(text)
    stdin.seek(0)


def test_init_makes_a_file_that_check_accepts(
    tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "stand" / "kiosk.toml"
    answer(typed, "2468\n")
    assert run("init", str(path)) == 0
    assert "2468" not in path.read_text(encoding="utf-8")
    assert is_right("2468", load_programme(path).pin)
    assert run("check", "--no-source", str(path)) == 0
    out = capsys.readouterr().out
    assert "ok: 5 stations, 240 s a round, blur off" in out
    assert "note" not in out


def test_init_replaces_nothing_and_asks_for_a_good_pin(tmp_path: Path, typed: io.StringIO) -> None:
    path = tmp_path / "kiosk.toml"
    for text, wanted in (("12\n", "from 4 to 12 digits"), ("abcd\n", "digits only"), ("", "no PIN came")):
        answer(typed, text)
        with pytest.raises(ConfigError, match=wanted):
            run("init", str(path))
        assert not path.exists()
    assert run("init", "--no-pin", str(path)) == 0
    answer(typed, "2468\n")
    with pytest.raises(ConfigError, match=r"exists.*--overwrite"):
        run("init", str(path))
    assert load_programme(path).pin == ""
    assert run("init", "--overwrite", str(path)) == 0


def test_at_a_terminal_the_pin_is_typed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.StringIO()
    stdin.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stdin", stdin)
    answers = iter(["2468", "2469", "1357", "1357"])
    monkeypatch.setattr(kiosk.getpass, "getpass", lambda _: next(answers))
    with pytest.raises(ConfigError, match="differ"):
        run("init", str(tmp_path / "kiosk.toml"))
    assert run("init", str(tmp_path / "kiosk.toml")) == 0
    assert is_right("1357", load_programme(tmp_path / "kiosk.toml").pin)


def test_pin_sets_another_one_or_prints_the_line(
    tmp_path: Path, typed: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kiosk.toml"
    run("init", "--no-pin", str(path))
    answer(typed, "97531\n")
    assert run("pin", str(path)) == 0
    assert is_right("97531", load_programme(path).pin)
    capsys.readouterr()
    answer(typed, "97531\n")
    assert run("pin") == 0
    line = capsys.readouterr().out.strip()
    assert line.startswith('pin = "scrypt$')
    assert is_right("97531", line.removeprefix('pin = "').removesuffix('"'))
    answer(typed, "97531\n")
    with pytest.raises(ConfigError, match="no such kiosk file"):
        run("pin", str(tmp_path / "none.toml"))


STATION = '[[station]]\ntitle = "x"\nmodels = [{models}]\n'


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    colour_model(folder, "colours")
    for name, labels in (("people", ["person", "dog"]), ("dogs", ["dog", "cat"])):
        path = constant_model(folder / f"{name}.onnx", np.array([[[8, 8, 24, 24, 0.9, 0]]], np.float32))
        write_card(
            path, task="detect", output={"layout": "yolo-end2end", "activation": "none"}, labels=labels
        )
    return folder


def findings(folder: Path, *stations: str, top: str = "") -> list[tuple[bool, str]]:
    path = folder / "kiosk.toml"
    body = "".join(STATION.format(models=models) for models in stations)
    path.write_text(f'pin = "{hash_pin("2468")}"\n{top}{body}', encoding="utf-8")
    found = check_programme(load_programme(path))
    return [(f.forbids, f.text.replace(f"{path} ", "")) for f in found]


def test_all_is_well(models: Path) -> None:
    assert findings(models, '"colours.onnx"', '{ name = "people.onnx", classes = ["dog"], conf = 0.3 }') == []


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (
            '"efficientnet-lite9"',
            "line 4: no model is called 'efficientnet-lite9'; did you mean efficientnet-lite0",
        ),
        ('{ name = "people.onnx", classes = ["cow"] }', "line 4: "),
        ('{ name = "colours.onnx", track = true }', "line 4: track needs a model that finds boxes"),
        ('{ name = "colours.onnx", sliced = true }', "line 4: sliced needs a model that finds boxes"),
        ('{ name = "colours.onnx", classify_boxes = "colours.onnx" }', "line 4: classify_boxes needs boxes"),
        (
            '{ name = "people.onnx", classify_boxes = "dogs.onnx" }',
            "line 4: classify_boxes needs a classifier",
        ),
        (
            '{ name = "colours.onnx", provider = "abacus" }',
            "line 4: provider 'abacus' is not one that ONNX Runtime knows",
        ),
    ],
)
def test_what_cannot_work_forbids_and_is_named_with_its_line(models: Path, model: str, wanted: str) -> None:
    found = findings(models, model)
    assert len(found) == 1
    forbids, text = found[0]
    assert forbids
    assert text.startswith(wanted)
    assert "\n" not in text


def test_an_option_that_a_model_does_not_have_is_said(models: Path) -> None:
    (found,) = findings(models, '{ name = "colours.onnx", conf = 0.4, top_k = 2 }')
    assert found == (False, "line 4: colours is a model to classify: it has no conf")


def test_weights_that_are_not_there_may_come_back(models: Path) -> None:
    found = findings(models, '"resnet50"', '"gone.onnx"')
    assert [forbids for forbids, _ in found] == [False, False]
    assert "model 'resnet50' is not on this disk, its station will take a break" in found[0][1]
    assert found[1][1].startswith("line 7: no such model file")


@pytest.mark.parametrize("blur", ["others", "surroundings"])
def test_a_blur_that_cannot_be_kept_is_refused(models: Path, blur: str) -> None:
    top = f'[privacy]\nblur = "{blur}"\n'
    assert findings(models, '"people.onnx"', '"colours.onnx", "people.onnx"', top=top) == []
    for bad in ('"colours.onnx"', '"dogs.onnx"', '{ name = "people.onnx", classes = ["dog"] }'):
        found = findings(models, '"people.onnx"', bad, top=top)
        assert [forbids for forbids, _ in found] == [True]
        assert found[0][1].startswith(f'line 7: privacy.blur = "{blur}" needs a model that finds persons')
        assert "station 2 has none" in found[0][1]


def test_blurring_everything_needs_no_detector(models: Path) -> None:
    assert findings(models, '"colours.onnx"', top='[privacy]\nblur = "all"\n') == []


def test_a_detector_that_is_only_away_keeps_the_promise(models: Path) -> None:
    found = findings(models, '"yolox-nano"', top='[privacy]\nblur = "others"\n')
    assert not any(forbids for forbids, _ in found)


def test_the_source_is_looked_at(models: Path) -> None:
    path = models / "kiosk.toml"
    path.write_text('source = "demo"\n' + STATION.format(models='"colours.onnx"'), encoding="utf-8")
    assert "video, 1280 x 720 at 30 fps" in check_source(load_programme(path))
    path.write_text(
        'source = "http://u:secret@127.0.0.1:9/x"\n' + STATION.format(models='"x"'), encoding="utf-8"
    )
    with pytest.raises(VisionError) as caught:
        check_source(load_programme(path))
    assert "line 1: " in str(caught.value)
    assert "secret" not in str(caught.value)


def test_check_says_what_is_wrong(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = models / "kiosk.toml"
    path.write_text('source = "no camera"\n' + STATION.format(models='"nothing"'), encoding="utf-8")
    assert run("check", str(path)) == 2
    told = capsys.readouterr()
    assert "error: " in told.err
    assert "no model is called 'nothing'" in told.err
    assert "the shipped clip is shown until it is there" in told.out
    assert "there is no PIN" in told.out
    assert "ok:" not in told.out


def test_without_a_screen_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", "--no-pin", str(tmp_path / "kiosk.toml"))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    parsed = argparse.Namespace(file=str(tmp_path / "kiosk.toml"), screen=None, debug=False)
    with pytest.raises(ConfigError, match=r"needs a screen.*DISPLAY.*cage"):
        kiosk.run_kiosk(parsed)


def test_two_files_of_one_name_have_two_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    a, b = tmp_path / "a" / "kiosk.toml", tmp_path / "b" / "kiosk.toml"
    assert places.log_path(a) != places.log_path(b)
    monkeypatch.chdir(tmp_path)
    assert places.log_path(Path("a/kiosk.toml")) == places.log_path(a)
    assert len({p.parent for p in (places.log_path(a), places.pin_memory(a), places.lock_path(a))}) == 1
