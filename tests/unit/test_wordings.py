"""No flag is ever printed in the window: each message of the core that names one has other words there."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import messages as tool
import pytest

from vision_app.cli import build_parser
from vision_app.errors import ModelError
from vision_app.messages import LANGUAGES, Message, catalogue, reword, told
from vision_app.wordings import IN_A_WINDOW

PACKAGE = tool.ROOT
COMMANDS = "|".join(
    name for action in build_parser()._subparsers._group_actions for name in action.choices or ()
)
FLAG = re.compile(rf"(?<![\w-])--[a-z]|vision-app (?:{COMMANDS})\b|(?<!\w)models add\b")


@pytest.fixture
def in_a_window() -> Iterator[None]:
    reword(IN_A_WINDOW)
    yield
    reword({})


@lru_cache(maxsize=1)
def behind_the_window() -> frozenset[Path]:
    """All modules that the window imports, wherever in a module, and what those import."""
    trees = tool.sources()
    names = {_name(path): path for path in trees}
    seen: set[str] = set()
    waiting = [name for name in names if name.startswith("vision_app.gui")]
    while waiting:
        name = waiting.pop()
        if name not in seen and name != "vision_app":  # its lazy names are all there are
            seen.add(name)
            waiting += [other for other in _imported(trees[names[name]]) if other in names]
    return frozenset(names[name] for name in seen)


def _name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def filled(text: str) -> Message:
    """The message of a template, with something in each field."""
    specs = {name: spec for _, name, spec, _ in string.Formatter().parse(text) if name}
    if not all(name.isidentifier() for name in specs):  # braces that are meant as such: it has no fields
        return Message(text)
    return Message(
        text, **{name: 7 if spec and spec[-1] in "defgox%" else "x" for name, spec in specs.items()}
    )


def reaching() -> list[tuple[str, str]]:
    """Templates that can reach the window, with their module."""
    behind = behind_the_window()
    found = tool.templates(tool.sources())
    return [(text, path.relative_to(PACKAGE).as_posix()) for path, _, text in found if path in behind]


def test_the_walk_knows_what_a_window_needs() -> None:
    names = {path.relative_to(PACKAGE).as_posix() for path in behind_the_window()}
    assert {"cards/overrides.py", "learn/matching.py", "site/confine.py"} <= names
    assert not [name for name in names if name.startswith(("cli/", "headless/"))]


def test_each_message_that_names_a_flag_has_other_words_in_a_window() -> None:
    bare = {text: module for text, module in reaching() if FLAG.search(text) and text not in IN_A_WINDOW}
    assert bare == {}, "say them without flags, or give them a sentence in vision_app/wordings.py"


@pytest.mark.usefixtures("in_a_window")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_flag_comes_out_of_any_message_in_a_window(language: str) -> None:
    said = {text: told(filled(text), language) for text, _ in reaching()}
    assert {text: out for text, out in said.items() if FLAG.search(out)} == {}


def test_the_words_of_a_window_fit_their_messages() -> None:
    known = {text for _, _, text in tool.templates(tool.sources())}
    assert [text for text in IN_A_WINDOW if text not in known] == []
    for text, words in IN_A_WINDOW.items():
        assert fields(words) <= fields(text), text
        assert FLAG.search(text), f"needs no other words: {text}"
        assert not FLAG.search(words), words
        assert words in catalogue("ko"), words


def test_a_message_inside_another_and_an_error_are_reworded_too() -> None:
    inner = Message("; choose another --name")
    error = ModelError("{name} is there{hint}", name="mine", hint=inner)
    outer = Message("{path}: {error}", path="a", error=error)
    assert told(outer) == "a: mine is there; choose another --name"
    reword(IN_A_WINDOW)
    try:
        assert told(outer) == "a: mine is there; choose another name"
        assert told(outer, "ko").endswith("다른 이름을 고르세요")
        assert told(Message("{path}: as it is", path="--lr")) == "--lr: as it is"
    finally:
        reword({})
    assert told(error) == "mine is there; choose another --name"
