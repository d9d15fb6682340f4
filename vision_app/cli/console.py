"""How the command line speaks: one line an error, exit codes, standard output that may be gone."""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn, Protocol, TextIO

from vision_app.cli.helping import translating
from vision_app.messages import Message, told
from vision_app.showing import data_without_secrets, safe_json, shown

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
_LONGEST_ERROR = 1500

Handler = Callable[[argparse.Namespace], int]
Commands = argparse._SubParsersAction


class Registers(Protocol):
    """A module of this package that adds one command."""

    def register(self, commands: Commands[Parser]) -> None:
        """Add the command's parser, with `set_defaults(handler=...)`. Imports nothing heavy."""
        ...


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line. Each command takes `--limit`, because each may read strangers' files."""

    def __init__(self, *args: Any, **more: Any) -> None:
        more["formatter_class"] = translating(more.get("formatter_class", argparse.HelpFormatter))
        super().__init__(*args, **more)
        self.add_argument(
            "--limit",
            metavar="NAME=VALUE",
            action="append",
            default=argparse.SUPPRESS,
            help="move a limit on what a file may ask for, such as picture-pixels=400M (docs/limits.md); repeatable",
        )

    def error(self, message: str) -> NoReturn:
        """Show the message and end with the code for bad input."""
        say(Message("{prog}: {message} (try: {prog} --help)", prog=self.prog, message=message))
        raise SystemExit(EXIT_BAD_INPUT)


def say(text: str) -> None:
    """A line on standard error."""
    _print(shown(told(text)), sys.stderr)


def counting(text: str) -> None:
    """Figures that rise, written over each other on standard error."""
    print(f"\r{shown(told(text))}", end="", file=sys.stderr, flush=True)  # noqa: T201


def out(text: str) -> None:
    """A line on standard output; tabs stand between columns."""
    _print("\t".join(shown(part) for part in told(text).split("\t")), sys.stdout)


def out_row(*cells: str) -> None:
    """A line of columns on standard output, for a program to read: tabs between them, none inside."""
    _print("\t".join(shown(cell) for cell in cells), sys.stdout)


def out_json(data: Any, *, indent: int | None = 2) -> None:
    """Plain values as JSON on standard output."""
    text = json.dumps(data_without_secrets(data), indent=indent, ensure_ascii=False)
    _print(safe_json(text), sys.stdout)


def out_table(table: Any) -> None:
    """A table of rich on standard output; its cells are made by `cell`."""
    from rich.console import Console

    Console().print(table)


def cell(text: str) -> Any:
    """A text in a table of rich, or beside one of its bars: it is no markup there."""
    from rich.text import Text

    return Text(shown(told(text)))


def _print(text: str, stream: TextIO) -> None:
    try:
        print(text, file=stream)
    except UnicodeEncodeError:  # a terminal that has not all letters
        encoding = stream.encoding or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def failed(error: BaseException, code: int, *, debug: bool) -> int:
    """Say what went wrong in one line, with the traceback before it when debugging; gives the code back."""
    if debug:
        say_traceback(error)
    text = " ".join(told(error).split())
    say(f"vision-app: {text if len(text) <= _LONGEST_ERROR else text[:_LONGEST_ERROR] + '...'}")
    return code


def say_traceback(error: BaseException) -> None:
    """A traceback on standard error."""
    for line in "".join(traceback.format_exception(error)).splitlines():
        say(line)


def add_debug_flag(parser: argparse._ActionsContainer, *, hidden: bool = False) -> None:
    """Every command has it."""
    text = argparse.SUPPRESS if hidden else "show the whole traceback of an error"
    parser.add_argument("--debug", action="store_true", help=text)


def close_broken_stdout() -> None:
    """Keep the interpreter from complaining at its exit that standard output is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
