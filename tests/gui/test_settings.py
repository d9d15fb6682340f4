"""What is remembered comes back; a damaged file costs what is damaged, and is kept."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from vision_app.engine.request import ModelRequest
from vision_app.gui.settings import Settings
from vision_app.gui.settings_file import SourceChoice, Values, as_json, read_values
from vision_app.tasks import TaskOptions

FULL = Values(
    language="ko",
    scheme="dark",
    geometry="abc=",
    source=SourceChoice(spec="Front", device_path="/dev/video2", size_wh=(1280, 720), fps=30.0, mirror=True),
    recent=("/films/one.mp4", "photos"),
    models=(
        ModelRequest("yolox-nano", TaskOptions(conf=0.4, classes=("person",)), provider="cpu", track=True),
        ModelRequest("own.onnx", shown=False, classify_boxes="efficientnet-lite0"),
    ),
    draw=False,
    text_scale=1.5,
    picture_folder="/pictures",
    picture_format="jpg",
    gate=True,
)


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "config" / "desktop.json"
    settings = Settings(path)
    assert settings.values == Values()
    settings.update(**{field.name: getattr(FULL, field.name) for field in fields(Values)})
    settings.close()
    again = Settings(path)
    assert again.values == FULL
    assert again.trouble == ""


def test_it_is_written_by_itself_and_readable_by_its_owner_alone(tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "desktop.json"
    settings = Settings(path)
    settings.update(language="ko")
    qtbot.waitUntil(path.is_file, timeout=20_000)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_values(path)[0].language == "ko"
    settings.close()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "JSON"),
        ("[]", "object"),
        ("", "JSON"),
        ("\xff\x00", "UTF-8"),
        ("[" * 100_000, "nested"),
        ('{"version": 99}', "version"),
        ('{"version": 1, "text_scale": 1e400}', "text_scale"),
        ('{"version": 1, "language": "tlh"}', "language"),
        ('{"version": 1, "models": [{"reference": ""}]}', "models"),
        ('{"version": 1, "models": [{"reference": "a", "options": {"conf": 7}}]}', "models"),
        ('{"version": 1, "source": {"mirror": true}}', "source"),
        ('{"version": 1, "draw": 1}', "draw"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_damaged_file_is_kept_aside_and_said_once(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "desktop.json"
    path.write_text(text, encoding="latin-1")
    settings = Settings(path)
    assert settings.values == Values()
    assert why in settings.trouble
    assert str(path) + ".broken" in settings.trouble
    assert path.with_name("desktop.json.broken").read_text(encoding="latin-1") == text
    settings.close()
    assert Settings(path).trouble == ""


def test_one_wrong_value_does_not_cost_the_others(tmp_path: Path) -> None:
    path = tmp_path / "desktop.json"
    data = json.loads(as_json(FULL)) | {"scheme": "mauve", "of_a_later_version": 1}
    path.write_text(json.dumps(data), encoding="utf-8")
    values = Settings(path).values
    assert values.scheme == "system"
    assert values.models == FULL.models


def test_a_password_never_reaches_the_disk_and_is_known_to_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "desktop.json"
    settings = Settings(path)
    secret = "rtsp://admin:hunter2@10.0.0.7/live?token=abc"
    settings.remember(secret)
    settings.update(source=SourceChoice(spec=secret))
    assert settings.values.source is not None
    assert not settings.values.source.lacks_password
    settings.close()
    text = path.read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert "abc" not in text
    again = Settings(path).values
    assert again.source is not None
    assert again.source.lacks_password
    assert len(again.recent) == 1


def test_what_was_opened_again_moves_to_the_front_and_the_list_stays_short(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "desktop.json")
    for number in range(15):
        settings.remember(f"{number}.mp4")
    settings.remember("7.mp4")
    assert settings.values.recent[:2] == ("7.mp4", "14.mp4")
    assert len(settings.values.recent) == len(set(settings.values.recent)) == 10
    settings.close()


def test_only_what_changed_is_told(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "desktop.json")
    told: list[tuple[str, ...]] = []
    settings.changed.connect(told.append)
    settings.update(language="ko", scheme="system")
    settings.update(language="ko")
    assert told == [("language",)]
    with pytest.raises(TypeError):
        settings.update(langauge="en")
    settings.close()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions of a Unix system")
def test_a_folder_that_takes_nothing_is_said_once(tmp_path: Path, qtbot: QtBot) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    settings = Settings(blocked / "desktop.json")
    said: list[str] = []
    settings.failed.connect(said.append)
    for language in ("ko", "en"):
        settings.update(language=language)
        settings._write()
    settings.close()
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    qtbot.wait(20)
    assert len(said) == 1
    assert str(blocked) in said[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(data=st.dictionaries(st.sampled_from([field.name for field in fields(Values)]), JSON))
@hypothesis_settings(max_examples=150, deadline=None)
def test_no_file_however_strange_stops_the_program(data: dict[str, Any], tmp_path_factory: Any) -> None:
    path = tmp_path_factory.mktemp("strange") / "desktop.json"
    path.write_text(json.dumps({"version": 1, **data}), encoding="utf-8")
    values, _ = read_values(path)
    assert isinstance(values, Values)
    again = path.with_name("again.json")
    again.write_text(as_json(values), encoding="utf-8")
    assert read_values(again)[1] == ""
