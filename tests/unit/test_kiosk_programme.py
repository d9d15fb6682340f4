"""The kiosk file: mistakes are named with their line, the template works, PINs are written into it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import ConfigError
from vision_app.kiosk.lines import key_lines
from vision_app.kiosk.pin import hash_pin, is_right
from vision_app.kiosk.programme import load_programme
from vision_app.kiosk.writing import set_pin, template, with_pin, write_new

LEAST = """\
languages = ["en", "ko"]

[[station]]
title = { en = "Cats", ko = "고양이" }
models = ["efficientnet-lite0"]
seconds = 12

[[station]]
title = "Dogs"
models = [
    { name = "efficientnet-lite0-int8", top_k = 3 },
]
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_programme(write(folder, text))
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(str(folder) + "/")


def test_everything_is_read(tmp_path: Path) -> None:
    programme = load_programme(write(tmp_path, LEAST))
    first, second = programme.stations
    assert first.title == {"en": "Cats", "ko": "고양이"}
    assert second.title == {"en": "Dogs", "ko": "Dogs"}
    assert (first.seconds, first.line, second.line) == (12.0, 3, 8)
    assert second.models[0].options.top_k == 3
    assert programme.languages == ("en", "ko")
    assert programme.blur == "off"
    assert not programme.gate


def test_the_gate_is_read(tmp_path: Path) -> None:
    assert load_programme(write(tmp_path, "gate = true\n" + LEAST)).gate


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            "seconds = 12",
            "secconds = 12",
            "kiosk.toml line 6: 'secconds' is not a key of a station; did you mean seconds?",
        ),
        ("seconds = 12", "seconds = 0", "kiosk.toml line 6: seconds must be a number from 1 to 86400, got 0"),
        ("seconds = 12", "seconds = true", "kiosk.toml line 6: seconds must be a number"),
        ("top_k = 3", "topk = 3", "kiosk.toml line 11: 'topk' is not a key of a model; did you mean top_k?"),
        ("top_k = 3", "conf = 1.5", "kiosk.toml line 11: conf must be a number from 0 to 1, got 1.5"),
        ("top_k = 3", "slice_size = 320", "kiosk.toml line 11: slice_size needs sliced = true"),
        ('ko = "고양이"', 'jp = "猫"', "kiosk.toml line 4: title must be in the languages en and ko only"),
        (', ko = "고양이"', "", "kiosk.toml line 4: title is not there in 'ko'"),
        ('["en", "ko"]', '["en", "de"]', 'kiosk.toml line 1: languages must be "en", "ko", or both'),
        ('["en", "ko"]', '["en", "ko"', "kiosk.toml line 3: not valid TOML"),
        ('models = ["efficientnet-lite0"]', "", "kiosk.toml line 3: a station needs the key 'models'"),
        ('models = ["efficientnet-lite0"]', "models = []", "kiosk.toml line 5: models must be at least one model"),
        ('["efficientnet-lite0"]', "[7]", "kiosk.toml line 5: models must be names, or tables"),
        ("[[station]]", "[[stations]]", "kiosk.toml line 3: 'stations' is not a key of a kiosk file; did you mean"),
        ("[[station]]\ntitle = {", "explainer = 1\n[[station]]\ntitle = {", "kiosk.toml line 3: 'explainer' is not"),
        ("seconds = 12", "explainer = 'cam'", "kiosk.toml line 6: 'explainer' is not a key of a station"),
        ("languages", "idle_s = 1\nlanguages", "kiosk.toml line 1: idle_s must be a number from 2 to 86400, got 1"),
        ("languages", "size = '1280'\nlanguages", "kiosk.toml line 1: size must be WIDTHxHEIGHT"),
        ("languages", "rotate = 45\nlanguages", "kiosk.toml line 1: rotate must be one of 0, 90, 180, 270, got 45"),
        (
            "[[station]]",
            "[privacy]\nblurr = 'off'\n[[station]]",
            "kiosk.toml line 4: 'blurr' is not a key of [privacy]; did you mean blur?",
        ),
        ("[[station]]", "[privacy]\nblur = 'some'\n[[station]]", "kiosk.toml line 4: blur must be one of"),
        ("[[station]]", "attract = 3\n[[station]]", "kiosk.toml line 3: attract must be a section [attract], got 3"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, wanted: str) -> None:
    assert old in LEAST
    assert complaint(tmp_path, LEAST.replace(old, new, 1)).startswith(wanted)


def test_one_pair_of_brackets_around_station(tmp_path: Path) -> None:
    text = '[station]\ntitle = "x"\nmodels = ["y"]\n'
    assert (
        complaint(tmp_path, text)
        == "kiosk.toml line 1: write [[station]] with two brackets: there can be several"
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "from 1 to 100 sections [[station]], got 0"),
        ("a" * (1 << 20) + "b", "at most 1 MB"),
        ("[" * 20_000, "line 1: brackets are nested more than 32 deep"),
        ("x = " + "[" * 90_000, ""),
    ],
)
def test_what_is_no_kiosk_file_at_all(tmp_path: Path, text: str, wanted: str) -> None:
    assert wanted in complaint(tmp_path, text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no such kiosk file.*kiosk init"):
        load_programme(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_programme(tmp_path)
    (tmp_path / "kiosk.toml").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_programme(tmp_path / "kiosk.toml")


@pytest.mark.parametrize(
    "value",
    [
        '"2468"',
        "2468",
        '"scrypt$1$8$1$x$y"',
        '"scrypt$16777216$8$1$AAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAA"',
    ],
)
def test_a_pin_in_clear_is_refused_and_never_shown(tmp_path: Path, value: str) -> None:
    message = complaint(tmp_path, f"pin = {value}\n{LEAST}")
    assert message.startswith("kiosk.toml line 1: pin must be a hash that 'vision-app kiosk pin' makes")
    assert "2468" not in message


def test_files_beside_the_kiosk_file_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clip.mp4").touch()
    (tmp_path / "own.onnx").touch()
    text = 'source = "clip.mp4"\n' + LEAST.replace('"efficientnet-lite0"', '"own.onnx"')
    path = write(tmp_path, text)
    monkeypatch.chdir("/")
    programme = load_programme(path)
    assert programme.source == str(tmp_path / "clip.mp4")
    assert programme.stations[0].models[0].reference == str(tmp_path / "own.onnx")


@pytest.mark.parametrize("source", ["0", "HD Webcam", "rtsp://cam/x", "demo"])
def test_other_sources_stay_as_they_are(tmp_path: Path, source: str) -> None:
    assert load_programme(write(tmp_path, f'source = "{source}"\n{LEAST}')).source == source


def test_the_template_has_every_key_and_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "new" / "kiosk.toml"
    write_new(path, hash_pin("2468"))
    programme = load_programme(path)
    assert is_right("2468", programme.pin)
    assert path.stat().st_mode & 0o077 == 0
    assert {m.reference for s in programme.stations for m in s.models} == {
        "nanodet-g-int8",
        "sketch-yolo",
        "hands",
        "body",
        "efficientnet-lite0-int8",
    }
    from vision_app.kiosk import programme as module

    for keys in (module._PROGRAMME, module._STATION, module._ATTRACT, module._PRIVACY, module._MODEL):
        for key in keys:
            assert key in template(), f"{key} is not explained in the template"


def test_every_key_that_is_commented_out_is_right_as_it_stands(tmp_path: Path) -> None:
    lines = template().splitlines()
    tables = [line for line in lines if line.startswith("# [[station]]")]
    assert tables
    bare = [
        line.removeprefix("# ") if line.startswith("# ") and (" = " in line or line in tables) else line
        for line in lines
    ]
    text = "\n".join(bare).replace("A key with a # in front has its default value.", "# ")
    programme = load_programme(write(tmp_path, text))
    assert len(programme.stations) == 6
    assert programme.attract.title["ko"] == "가까이 와 보세요!"
    assert programme.stations[5].models[0].options.background == "blur"


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = write(tmp_path, LEAST)
    with pytest.raises(ConfigError, match="exists"):
        write_new(path, "")
    assert path.read_text(encoding="utf-8") == LEAST
    write_new(path, "", overwrite=True)
    assert path.read_text(encoding="utf-8") == template()


@pytest.mark.parametrize(
    "text",
    [
        LEAST,
        'pin = ""\n' + LEAST,
        "pin=''  # \"mine\"\r\n" + LEAST.replace("\n", "\r\n"),
        '# pin = "no"\n"pin" = "scrypt"\n' + LEAST,
    ],
    ids=["none", "empty", "comment", "quoted"],
)
def test_a_new_pin_changes_nothing_else(text: str) -> None:
    hashed = hash_pin("97531")
    fresh = with_pin(text, hashed)
    assert tomllib.loads(fresh) == {**tomllib.loads(text), "pin": hashed}
    assert fresh.count("\n") - text.count("\n") == (0 if "pin" in tomllib.loads(text) else 1)


def test_set_pin_replaces_the_old_one(tmp_path: Path) -> None:
    path = write(tmp_path, with_pin(LEAST, hash_pin("1357")))
    path.chmod(0o640)
    set_pin(path, hash_pin("8642"))
    hashed = load_programme(path).pin
    assert is_right("8642", hashed)
    assert not is_right("1357", hashed)
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["kiosk.toml"]


_keys = st.text(st.sampled_from("abc.-_ \"'#é["), min_size=1, max_size=5)
_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.integers(0, 99), st.booleans(), st.text(st.sampled_from("ab\"'#]}[{,=\\\n"), max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_keys, inner, max_size=3)),
    max_leaves=8,
)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, list):
        return "[\n" + "".join(f"  {_toml(item)}, # ]\n" for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    return str(value)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = set()
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found |= {(*path, key)} | _paths(inner, (*path, key))
    return found


@given(
    st.dictionaries(_keys, _values, max_size=4),
    st.lists(st.dictionaries(_keys, _values, max_size=3), max_size=3),
)
def test_every_key_that_tomllib_finds_has_a_line(top: dict[str, Any], tables: list[dict[str, Any]]) -> None:
    top.pop("t", None)
    lines = [f"{_toml(key)} = {_toml(value)}" for key, value in top.items()]
    for table in tables:
        lines += ["[[t]]", *(f"{_toml(key)} = {_toml(value)}" for key, value in table.items())]
    text = "\n".join(lines) + "\n"
    data = tomllib.loads(text)
    found = key_lines(text)
    assert set(found) == _paths(data)
    for path, number in found.items():
        last = path[-1]
        if isinstance(last, str):
            assert (
                _toml(last) in text.splitlines()[number - 1] or f"[[{last}]]" in text.splitlines()[number - 1]
            )


def test_lines_of_dotted_keys_and_headers() -> None:
    text = "a.b.c = 1\n\n['x y'.z]\nk = '''\n[[no]]\n'''\n[[l]]\nm = 1\n[l.n]\no = 2\n[[l]]\nm = 3\n"
    found = key_lines(text)
    assert set(found) == _paths(tomllib.loads(text))
    assert found["a", "b", "c"] == 1
    assert found["x y", "z", "k"] == 4
    assert (found["l", 0, "m"], found["l", 0, "n", "o"], found["l", 1, "m"]) == (8, 10, 12)
