"""Chains as texts and values."""

from __future__ import annotations

import re
import string
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.filter_examples import ALL
from vision_app.errors import ConfigError
from vision_app.filters.chain import LONGEST, FilterChain, Step, chain_of, parse_chain
from vision_app.filters.operation import Operation
from vision_app.filters.parameters import Choice, Corners, Matrix, PictureFile, Real, Switch, Whole
from vision_app.filters.table import GROUPS, OPERATIONS

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no failure."""


@st.composite
def steps(draw: st.DrawFn) -> Step:
    operation: Operation = draw(st.sampled_from(ALL))
    values = {}
    for p in operation.parameters:
        if isinstance(p, Whole):
            whole = st.integers(p.low, p.high)
            values[p.name] = draw(whole.filter(lambda n: n % 2 == 1) if p.odd else whole)
        elif isinstance(p, Real):
            values[p.name] = draw(st.floats(p.low, p.high))
        elif isinstance(p, Choice):
            values[p.name] = draw(st.sampled_from([name for name, _ in p.options]))
        elif isinstance(p, Switch):
            values[p.name] = draw(st.booleans())
        elif isinstance(p, PictureFile):
            values[p.name] = draw(st.text(string.printable[:-5] + "그림é犬"))
        elif isinstance(p, Matrix):
            side = draw(st.sampled_from([1, 3, 5]))
            row = st.lists(st.floats(-1e4, 1e4), min_size=side, max_size=side).map(tuple)
            values[p.name] = tuple(draw(st.lists(row, min_size=side, max_size=side)))
        else:
            assert isinstance(p, Corners)
            values[p.name] = draw(
                st.sampled_from([p.default, (-10.0, 5.5, 110.0, 0.0, 90.25, 80.0, 3.0, 120.0)])
            )
    return Step(operation, values, on=draw(st.booleans()))


@unhurried
@given(st.lists(steps(), max_size=5))
def test_what_is_written_is_read_again(made: list[Step]) -> None:
    chain = FilterChain(tuple(made))
    assert parse_chain(str(chain)) == chain
    assert chain_of(str(step) for step in made) == chain


@unhurried
@given(st.text(st.sampled_from('canyblur:,|"=\\!0123.- 가')))
def test_any_text_is_a_chain_or_refused_in_one_line(text: str) -> None:
    try:
        chain = parse_chain(text)
    except ConfigError as error:
        assert "\n" not in str(error)
    else:
        assert parse_chain(str(chain)) == chain


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("clahe:2.0,8|canny:80,160", "clahe|canny"),
        (" clahe : 3 , 4 | canny : high = 200 ", "clahe:3,4|canny:80,200"),
        ("!blur:9|grey", "!blur:9|grey"),
        ("kernel:0 1 0; 1 -4 1; 0 1 0,128", "kernel:0 1 0; 1 -4 1; 0 1 0,128"),
        ('orb:"C:\\\\held, a|b.png"', 'orb:"C:\\\\held, a|b.png"'),
        ("orb:C:/held.png", "orb:C:/held.png"),
        ("", ""),
    ],
)
def test_texts(text: str, meant: str) -> None:
    assert str(parse_chain(text)) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cany", "there is no filter 'cany'; did you mean canny?"),
        ("x", "there is no filter 'x'; vision-app filters list shows all"),
        ("canny:1,2,3,on,5", "canny takes 4 values (low, high, aperture, accurate), got '5' as well"),
        ("canny:3000", "canny: low must be a whole number from 0 to 1000, got '3000'"),
        ("canny:80.5", "canny: low must be a whole number from 0 to 1000, got '80.5'"),
        ("canny:lo=3", "canny has no parameter 'lo'; it has: low, high, aperture, accurate"),
        ("canny:3,low=4", "canny: low is given twice"),
        ("gaussian:4", "gaussian: size must be an odd number from 1 to 99 px, got '4'"),
        ("clahe:0", "clahe: clip must be a number from 0.1 to 40, got '0'"),
        ("clahe:,8", "clahe: clip must be a number from 0.1 to 40, got ''"),
        ("sobel:z", "sobel: direction must be one of both, x, y, got 'z'"),
        ("grey:1", "grey takes no value, got '1' as well"),
        (
            "blur||grey",
            "filter 'blur||grey': there is nothing between two bars; write NAME or NAME:VALUE,VALUE",
        ),
        ('orb:"a', "a double quote is opened and not closed"),
        ("kernel:1 2; 3 4", "kernel: numbers must be as many rows as columns, an odd number from 1 to 31"),
        (
            "perspective:0 0 100 100 100 0 0 100",
            "perspective: corners must be eight numbers from -100 to 200 %",
        ),
        ("|".join(["grey"] * (LONGEST + 1)), "a chain of filters must have at most 32 steps, got 33"),
    ],
)
def test_mistakes_are_named(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parse_chain(text)


def test_a_step_that_is_off_does_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    chain = parse_chain("!grey|invert|!blur:9")
    assert [step.operation.name for step in chain.active] == ["invert"]
    assert np.array_equal(chain.start().process(image), 255 - image)
    assert not parse_chain("!grey")
    assert parse_chain("!grey").start().process(image) is image


def test_what_a_chain_is_like() -> None:
    assert parse_chain("blur|flow").remembers
    assert not parse_chain("blur|!flow").remembers
    assert parse_chain("perspective").moves
    assert not parse_chain("flow|canny").moves


def test_stages_are_the_pictures_between() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    first, grey, blurred = parse_chain("grey|!canny|blur:3").start().stages(image)
    assert first is image
    assert grey.shape == blurred.shape == (20, 30)


def test_pictures_that_are_missing_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^template: picture must be the path of a picture, none was given"
    ):
        parse_chain("template").start()
    for path in (tmp_path / "none.png", tmp_path / "text.png"):
        if path.name == "text.png":
            path.write_text("no picture")
        with pytest.raises(
            ConfigError, match=rf"^orb: {re.escape(str(path))}: not a picture that can be read: "
        ):
            parse_chain(f"orb:{path}").start()
    import cv2

    even = tmp_path / "even.png"
    cv2.imwrite(str(even), np.full((20, 20, 3), 90, np.uint8))
    with pytest.raises(ConfigError, match="one even colour, by which nothing can be found"):
        parse_chain(f"template:{even}").start()


def test_the_table_has_each_module_once() -> None:
    import vision_app.filters.operations as package

    modules = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {"__init__"}
    assert modules == set(OPERATIONS)


def test_each_operation_is_offered_in_one_group() -> None:
    offered = [name for _, names in GROUPS for name in names]
    assert sorted(offered) == sorted(OPERATIONS)


def test_the_page_lists_every_operation_with_all_its_values() -> None:
    page = (Path(__file__).parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in page.splitlines() if row.startswith("| `")}
    assert set(OPERATIONS) <= set(rows)
    for operation in ALL:
        row = rows[operation.name]
        assert f"`{operation.call}`" in row
        assert row.endswith(f"| {operation.cost_ms:g} |")
        for parameter in operation.parameters:
            assert f"{parameter.name}: " in row
            if isinstance(parameter, Whole | Real):
                assert f"{parameter.name}: {parameter.low:g} to {parameter.high:g}" in row
