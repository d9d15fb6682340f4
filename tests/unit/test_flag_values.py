"""Values of flags are read, or refused in a line that says what they must be."""

import argparse

import pytest

from vision_app.cli import main
from vision_app.cli.values import number, seconds, whole_number


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (whole_number(1), "7", 7),
        (whole_number(1, 9), "9", 9),
        (number(0, 1), "0.25", 0.25),
        (seconds(1), "86400", 86400.0),
    ],
)
def test_a_value_is_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "wanted"),
    [
        (whole_number(1), "0", "must be a whole number from 1, got '0'"),
        (whole_number(1, 9), "10", "must be a whole number from 1 to 9, got '10'"),
        (whole_number(1, 9), "1.5", "must be a whole number from 1 to 9, got '1.5'"),
        (number(0, 1), "nan", "must be a number from 0 to 1, got 'nan'"),
        (seconds(0.001), "0", "must be seconds from 0.001 to 86400, got '0'"),
        (seconds(0, 31_622_400), "soon", "must be seconds from 0 to 31622400, got 'soon'"),
    ],
)
def test_what_it_must_be_is_said(read, text, wanted):
    with pytest.raises(argparse.ArgumentTypeError) as caught:
        read(text)
    assert str(caught.value) == wanted


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ("samples capture --source 0 --class a --samples s --count x", "--count: must be a whole number"),
        ("samples capture --source 0 --class a --samples s --rate 0", "--rate: must be a number from 0.001"),
        ("samples capture --source 0 --class a --samples s --countdown -1", "--countdown: must be seconds"),
        ("samples import a --samples s --every 0", "--every: must be a whole number from 1"),
        ("samples import a --samples s --rate x", "--rate: must be a number"),
        ("models pull a --timeout 0", "--timeout: must be seconds"),
        ("batch a --out b --span 0", "--span: must be seconds"),
        ("report a --gap -1", "--gap: must be seconds"),
        ("report a --least 2", "--least: must be a number from 0 to 1"),
        ("report a --most 0", "--most: must be a whole number"),
        ("site run a --seconds -1", "--seconds: must be seconds"),
        ("explain --block 0", "--block: must be a whole number"),
        ("filters robustness a --values 1", "--values: must be a whole number from 2 to 1000"),
    ],
)
def test_each_flag_says_so(arguments: str, wanted: str, capfd: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert wanted in line
