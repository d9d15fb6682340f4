"""Limits on what a file may ask for: one place, moved by flag, variable and settings file."""

import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from vision_app import limits
from vision_app.cli import main
from vision_app.errors import ConfigError
from vision_app.headless.settings import load_settings
from vision_app.limits import Limits

DOCS = Path(__file__).parents[2] / "docs" / "limits.md"


@pytest.fixture(autouse=True)
def _default_limits(monkeypatch):
    monkeypatch.setenv(limits.VARIABLE, "")


def test_every_limit_stands_in_the_docs_with_its_value():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([0-9 ]+) \|", DOCS.read_text(encoding="utf-8"), re.M))
    assert {name: int(value.replace(" ", "")) for name, value in rows.items()} == {
        f.name.replace("_", "-"): f.default for f in fields(Limits)
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("picture-pixels=400M", 400_000_000), (" picture-pixels = 2k ", 2_000), ("picture-pixels=1G", 10**9)],
)
def test_values_have_units(text, wanted):
    assert limits.parse([text]).picture_pixels == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("picture-pixel=5M", "did you mean picture-pixels"),
        ("picture-pixels", "a whole number from 64"),
        ("picture-pixels=1e9", "a whole number"),
        ("picture-pixels=-1", "a whole number"),
        ("picture-pixels=2G", "from 64 to 1073741824"),
        ("picture-pixels=" + "9" * 400, "a whole number"),
        ("nonsense=1", "known: picture-pixels"),
    ],
)
def test_what_is_no_limit_is_refused_in_one_line(text, said):
    with pytest.raises(ConfigError, match=said) as caught:
        limits.parse([text])
    assert len(str(caught.value)) < 250


def test_the_advice_works():
    for amount in (100_000_001, 123_456_789, 529_000_000, 1 << 30):
        said = limits.excess("picture-pixels", amount)
        assert said is not None
        flag = re.search(r"--limit (\S+) allows", said)
        assert flag is not None
        limits.put_in_force([flag[1]])
        assert limits.excess("picture-pixels", amount) is None
        limits.put_in_force(["picture-pixels=100M"])
    assert "no limit allows more" in str(limits.excess("picture-pixels", 2**31))


def test_what_is_put_in_force_adds_up_and_reaches_other_processes(monkeypatch):
    limits.put_in_force(["picture-pixels=400M"])
    limits.put_in_force(["jpeg-scans=7"])
    assert (limits.current().picture_pixels, limits.current().jpeg_scans) == (400_000_000, 7)
    assert limits.parse(os.environ[limits.VARIABLE].split(",")) == limits.current()


def test_file_variable_and_flag_add_up(tmp_path):
    (tmp_path / "c.toml").write_text('limit = ["jpeg-scans=3", "picture-pixels=1M"]', encoding="utf-8")
    settings = load_settings(
        {"limit": ["picture-pixels=3M"]}, tmp_path / "c.toml", {limits.VARIABLE: "picture-pixels=2M"}
    )
    moved = limits.parse(settings.limit)
    assert (moved.jpeg_scans, moved.picture_pixels) == (3, 3_000_000)


@pytest.mark.parametrize("where", ["flag", "variable"])
def test_a_wrong_limit_ends_any_command_with_code_2(where, monkeypatch, capsys):
    if where == "variable":
        monkeypatch.setenv(limits.VARIABLE, "nonsense=1")
    given = ["--limit", "nonsense=1"] if where == "flag" else []
    assert main(["doctor", *given]) == 2
    assert "'nonsense' is not a limit" in capsys.readouterr().err
