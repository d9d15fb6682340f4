"""Settings from file, environment and flags."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.cli import build_parser
from vision_app.engine.options import RUN, of_front_end
from vision_app.errors import ConfigError
from vision_app.headless.settings import _PARSERS, RunSettings, load_settings, parse_time


@pytest.fixture
def config_file(tmp_path):
    return tmp_path / "config.toml"


def test_the_later_wins(config_file):
    config_file.write_text('provider = "cuda"\nconf = 0.5\ntop_k = 3\n', encoding="utf-8")
    environment = {"VISION_APP_CONF": "0.6", "VISION_APP_TOP_K": "4"}
    settings = load_settings({"top_k": "7"}, config_file, environment)
    assert settings.options == {"provider": "cuda", "conf": 0.6, "top_k": 7}
    assert settings.flags == {"top_k": "--top-k"}


def test_without_anything_there_are_defaults(tmp_path):
    assert load_settings({}, None, {"VISION_APP_CONFIG": str(_empty(tmp_path))}) == RunSettings()


def _empty(tmp_path):
    path = tmp_path / "empty.toml"
    path.touch()
    return path


def test_every_setting_can_be_parsed_and_is_a_flag():
    of_models = {option.name for option in of_front_end(RUN)}
    names = {f.name for f in fields(RunSettings)} - {"options", "flags"} | of_models
    assert names == set(_PARSERS)
    run = next(a for a in build_parser()._actions if a.dest == "command").choices["run"]
    flags = {option.removeprefix("--").replace("-", "_") for a in run._actions for option in a.option_strings}
    assert names <= flags


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("conf", "1.5", "--conf must be a number from 0 to 1, got '1.5'"),
        ("conf", "nan", "--conf must be a number from 0 to 1"),
        ("top_k", "0", "--top-k must be a whole number from 1 to 100000"),
        ("every", "1.5", "--every must be a whole number"),
        ("max_frames", "-3", "--max-frames must be a whole number"),
        ("start", "1:2:3:4", "--start must be seconds or HH:MM:SS"),
        ("size", "large", "--size must be WIDTHxHEIGHT"),
        ("policy", "sometimes", "--policy must be one of auto, every, latest"),
        ("classes", "person,,dog", "--classes must be one or more names"),
        ("sources", "0", "--sources is not a setting; did you mean source?"),
    ],
)
def test_a_wrong_value_is_named(key, value, said, config_file):
    config_file.touch()
    with pytest.raises(ConfigError) as caught:
        load_settings({key: value}, config_file, {})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"start": "5", "end": "5"}, "--end must be after --start"),
        ({"save": "x", "no_save": True}, "contradict"),
        ({"slice_size": "320"}, "--slice-size needs --sliced"),
        ({"json": "-", "csv": "-"}, "only one output can be '-'"),
    ],
)
def test_settings_that_contradict_each_other(flags, said, config_file):
    config_file.touch()
    with pytest.raises(ConfigError, match=said):
        load_settings(flags, config_file, {})


def test_a_typo_in_the_file_names_the_file_and_the_key(config_file):
    config_file.write_text("provder = 'cpu'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.toml: provder is not a setting; did you mean provider\?"):
        load_settings({}, config_file, {})
    config_file.write_text("provider = \n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.toml line 1: not valid TOML"):
        load_settings({}, config_file, {})


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match="no such settings file"):
        load_settings({}, tmp_path / "none.toml", {})


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1:30", 90), ("01:00:00.5", 3600.5), ("0.25", 0.25)]
)
def test_times(text, seconds):
    assert parse_time(text) == seconds


@given(st.text(max_size=12))
def test_any_text_is_a_time_or_refused(text):
    try:
        assert parse_time(text) >= 0
    except ValueError as error:
        assert "HH:MM:SS" in str(error)
