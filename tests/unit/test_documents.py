"""What strangers send as JSON, JSON lines or TOML is read within limits, or refused in one line."""

import time
from pathlib import Path

import pytest

import vision_app
from vision_app.documents import (
    DEEPEST,
    MOST_KEY_PARTS,
    DocumentError,
    finite,
    json_lines,
    parse_json,
    parse_toml,
    read_json,
    read_text,
    read_toml,
)


def refused(parse, text, line=None) -> str:
    with pytest.raises(DocumentError) as caught:
        parse(text, "file.x")
    said = str(caught.value)
    assert "\n" not in said and len(said) < 200
    assert said.startswith(f"file.x line {line}: " if line else "file.x")
    assert caught.value.line == line
    return said


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('{"a":\n' + "9" * 400 + "}", 2, "a number of 400 digits"),
        ('{"a": -' + "9" * 20 + "}", 1, "a number of 20 digits"),
        ('{"a": ' + "9" * 5000 + "}", 1, "a number of 5000 digits"),
        ('\n{"size": Infinity}', 2, "size is not a finite number"),
        ('{"size": NaN}', 1, "size is not a finite number"),
        ('{"size":\n\n[1, -1e999]}', 3, "size is not a finite number"),
        ("[" * 100_000, 1, f"nested more than {DEEPEST} deep"),
        ('{"a":' * 900 + "1" + "}" * 900, 1, f"nested more than {DEEPEST} deep"),
        ('{"x": "\\ud83d\\ude00",\n "title": "\\ud800"}', 2, "title has half a character"),
        ('{"title": "\\udc00\\ud800"}', 1, "title has half a character"),
        ('{"\\udfff": 1}', 1, "a key has half a character"),
        ('{"a": "x\\u0000y"}', 1, "a has a NUL character"),
        ('{"a": 1}\n\0', 2, "a NUL character"),
        (b'{"a": 1,\n "b": "\xe9"}', 2, "not text in UTF-8 (the byte 0xe9)"),
        ('{"a": 1}'.encode("utf-16"), 1, "not text in UTF-8 (the byte 0xff)"),
        ("", 1, "not valid JSON: Expecting value"),
        ('{"a": 1,\n "b" 2}', 2, "not valid JSON: Expecting ':' delimiter"),
    ],
)
def test_json_that_is_refused(text, line, said) -> None:
    assert said in refused(parse_json, text, line)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\nb = " + "9" * 400, 2, "a number of 400 digits"),
        ("b = 1" + "_0" * 400, 1, "a number of 401 digits"),
        ("b = 0x" + "f" * 400, 1, "a number of 402 digits"),
        ("a = 1\nb = -inf", 2, "b is not a finite number"),
        ("a = { nan = 1, b = nan }\n", 1, "b is not a finite number"),
        ("[inf]\nb = [1.0,\n 1e999]", 3, "b is not a finite number"),
        ("\na = " + "[" * 3000 + "]" * 3000, 2, f"nested more than {DEEPEST} deep"),
        ("x = 1\n" + "a." * 20_000 + "b = 1", 2, f"a key of more than {MOST_KEY_PARTS} parts"),
        ('[ "a" . ' + "b . " * 20_000 + "b ]", 1, f"a key of more than {MOST_KEY_PARTS} parts"),
        ("a = { " + "b." * 100 + "c = 1 }", 1, f"a key of more than {MOST_KEY_PARTS} parts"),
        ('a = 1\nb = "\\u0000"', 2, "b has a NUL character"),
        ("a = 1\n\0", 2, "a NUL character"),
        ("a = 1\nb = ", 2, "not valid TOML: Invalid value"),
        ("a = 1\na = 2", 2, "not valid TOML: Cannot overwrite a value"),
        ("a = [\n1,\n", 2, "at its end"),
        ("." * 40_000, 1, f"a key of more than {MOST_KEY_PARTS} parts"),
    ],
)
def test_toml_that_is_refused(text, line, said) -> None:
    assert said in refused(parse_toml, text, line)


def test_nesting_by_headers_has_an_end_too() -> None:
    text = "".join(f"[{'.'.join('a' * 15)}{'.b' * n}]\n" for n in range(1))
    assert parse_toml(text, "x")
    deep = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o = " + "{a.b.c.d.e.f.g.h.i.j.k.l.m.n.o = " * 20 + "1" + "}" * 20
    assert "nested more than" in refused(parse_toml, deep)


@pytest.mark.parametrize(
    "text",
    [
        '{"hash": "' + "1" * 64 + '", "x": 0.12345678901234567890123}',
        '{"a": "\\ud83d\\ude00 é 사람", "b": [1e300, -9223372036854775808, true, null]}',
        '{"path": "' + "a." * 400 + '", "b": "[[[["}',
        '\ufeff{"a": 1}'.encode(),
    ],
)
def test_json_that_is_fine(text) -> None:
    assert parse_json(text, "x")


@pytest.mark.parametrize(
    "text",
    [
        f'path = "{"a." * 400}"\nhash = "{"1" * 64}"\nx = 0.12345678901234567890123',
        "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o = 1979-05-27T07:32:00Z",
        "# " + "." * 1000 + "9" * 400 + "[" * 100 + "\na = '''\n[[[[\n'''",
        'a = """' + "x.\n" * 100 + '"""',
        "ips = [" + '"10.0.0.1", ' * 50 + "1.5, 2.5]",
    ],
)
def test_toml_that_is_fine(text) -> None:
    assert parse_toml(text, "x")


@pytest.mark.parametrize(
    "piece", ['"\\', '"', "'''", '"""', "#", "a=[", "'", "\\", "{", "a.", "[[a]]\n", "0x"]
)
def test_no_text_takes_the_square_of_its_length(piece) -> None:
    text = piece * (200_000 // len(piece))
    for parse in (parse_json, parse_toml):
        began = time.perf_counter()
        try:
            parse(text, "x")
        except DocumentError as error:
            assert len(str(error)) < 200
        assert time.perf_counter() - began < 5


def test_a_wrong_line_does_not_hide_the_others() -> None:
    lines = list(json_lines(b'{"a": 1}\n\n{"a": \xff}\n[1e999]\n[2]', "log.jsonl"))
    assert [number for number, _ in lines] == [1, 3, 4, 5]
    assert lines[0][1] == {"a": 1} and lines[3][1] == [2]
    assert str(lines[1][1]).startswith("log.jsonl line 3: cannot be read: not text in UTF-8")
    assert str(lines[2][1]) == "log.jsonl line 4: the value is not a finite number"


def test_files(tmp_path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(FileNotFoundError):
        read_json(path)
    path.write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_toml(path) == ({"a": 1}, "a = 1")
    assert read_text(path) == "a = 1"
    with pytest.raises(FileNotFoundError):
        read_json(path / "below")
    with pytest.raises(DocumentError, match="cannot be read: Is a directory"):
        read_json(tmp_path)
    path.write_bytes(b" " * 2000)
    with pytest.raises(DocumentError, match="at most 1 KB; is this another file"):
        read_json(path, 1024)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_json(tmp_path / "a\0b")
    with pytest.raises(DocumentError, match="cannot be read"):
        read_json(tmp_path / ("x" * 5000))


def test_an_endless_file_is_not_read_to_its_end(tmp_path) -> None:
    (tmp_path / "zero").symlink_to("/dev/zero")
    with pytest.raises(DocumentError, match="at most 8 MB"):
        read_json(tmp_path / "zero")


@pytest.mark.parametrize("value", [10**400, float("inf"), float("nan"), True, None, "1", [1]])
def test_what_is_no_finite_number(value) -> None:
    assert finite(value) is None


def test_there_is_one_reader() -> None:
    """What strangers write is parsed in `documents` alone; elsewhere only what this program has just written itself."""
    own = {
        "bench/worker.py",
        "bench/running.py",
        "cards/overrides.py",
        "catalogue/place.py",
        "cli/models_info.py",
        "kiosk/monitors.py",
    }
    for path in Path(vision_app.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(Path(vision_app.__file__).parent).as_posix()
        if name != "documents.py" and name not in own:
            assert "json.loads(" not in text and "json.load(" not in text, (
                f"{name} reads JSON: take vision_app.documents"
            )
            assert "tomllib." not in text.replace("`tomllib", ""), (
                f"{name} reads TOML: take vision_app.documents"
            )
