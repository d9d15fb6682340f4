"""`vision-app kiosk`: make a kiosk file, check it, set its PIN, and run it."""

from __future__ import annotations

import argparse
import getpass
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import (
    EXIT_BAD_INPUT,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    failed,
    out,
    say,
)
from vision_app.errors import ConfigError, VisionError
from vision_app.messages import Message, message_of, told

if TYPE_CHECKING:
    from vision_app.kiosk.monitors import Wanted
    from vision_app.kiosk.programme import Programme

_DEFAULT_FILE = "kiosk.toml"
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "kiosk",
        help="show a programme on a stand, full screen",
        description="Show a programme on a stand, full screen, all day. docs/kiosk.md is the guide.",
    )
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", title="commands", required=True)

    init = verbs.add_parser("init", help="write a kiosk file that works at once")
    init.add_argument(
        "file", nargs="?", default=_DEFAULT_FILE, metavar="FILE", help=f"default: {_DEFAULT_FILE}"
    )
    init.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    init.add_argument(
        "--no-pin", action="store_true", help="without a PIN: it can be ended from outside only"
    )
    init.set_defaults(handler=_init)

    run = verbs.add_parser("run", help="start a kiosk; the same as vision-app --kiosk FILE")
    run.add_argument("file", metavar="FILE", help="the kiosk file")
    _add_screen(run)
    run.set_defaults(handler=run_kiosk)

    pin = verbs.add_parser("pin", help="set the PIN that ends a kiosk")
    pin.add_argument("file", nargs="?", metavar="FILE", help="the kiosk file; without it the line is printed")
    pin.set_defaults(handler=_pin)

    check = verbs.add_parser("check", help="look whether a kiosk file can be shown on this machine")
    check.add_argument("file", metavar="FILE", help="the kiosk file")
    _add_screen(check)
    check.add_argument("--no-source", action="store_true", help="do not open the camera")
    check.set_defaults(handler=_check)
    for verb in (init, run, pin, check):
        add_debug_flag(verb)


def _add_screen(parser: Parser) -> None:
    parser.add_argument(
        "--screen",
        metavar="N|NAME",
        help="the monitor instead of that of the file: its number from 1, its name, or 0 for the main one",
    )


def _init(parsed: argparse.Namespace) -> int:
    from vision_app.kiosk.pin import hash_pin
    from vision_app.kiosk.writing import write_new

    path = Path(parsed.file)
    if not parsed.overwrite and os.path.lexists(path):
        raise ConfigError("{path} exists; choose another name, or --overwrite to replace it", path=path)
    write_new(path, "" if parsed.no_pin else hash_pin(_asked_pin()), overwrite=parsed.overwrite)
    out(Message("wrote {path}; start it with: vision-app kiosk run {path}", path=path))
    if parsed.no_pin:
        out(Message("it has no PIN: Ctrl-C in this terminal ends it, nothing on its screen does"))
    else:
        out(
            Message(
                "to end it: hold a finger on a corner of the screen for 3 s, or press Ctrl+Alt+Shift+K, then the PIN"
            )
        )
    return EXIT_OK


def _pin(parsed: argparse.Namespace) -> int:
    from vision_app.kiosk.pin import hash_pin
    from vision_app.kiosk.programme import load_programme
    from vision_app.kiosk.writing import set_pin

    if parsed.file is not None:
        load_programme(Path(parsed.file))
    hashed = hash_pin(_asked_pin())
    if parsed.file is None:
        out(f'pin = "{hashed}"')
        return EXIT_OK
    set_pin(Path(parsed.file), hashed)
    out(Message("{file}: the new PIN is valid from the next start on", file=parsed.file))
    return EXIT_OK


def _asked_pin() -> str:
    """The PIN: typed twice, unseen, or the first line of standard input when that is no terminal.

    Raises:
        ConfigError: there was none, or the two differ.
    """
    from vision_app.kiosk.pin import check_pin

    if not sys.stdin.isatty():
        pin = sys.stdin.readline().strip()
        if not pin:
            raise ConfigError("no PIN came on standard input; give one, or --no-pin to kiosk init")
        check_pin(pin)
        return pin
    pin = getpass.getpass(told(Message("PIN (4 to 12 digits): "))).strip()
    check_pin(pin)
    if getpass.getpass(told(Message("once more: "))).strip() != pin:
        raise ConfigError("the two PINs differ; nothing was written")
    return pin


def _check(parsed: argparse.Namespace) -> int:
    from vision_app.kiosk.checking import check_monitor, check_programme, check_source
    from vision_app.kiosk.programme import load_programme

    screen = _screen(parsed)
    programme = load_programme(Path(parsed.file), screen)
    findings = [*check_programme(programme), *check_monitor(programme, _where(programme, screen))]
    for finding in findings:
        (say if finding.forbids else out)(f"{'error' if finding.forbids else 'note'}: {finding.text}")
    if not parsed.no_source:
        try:
            out(Message("source: {check_source}", check_source=check_source(programme)))
        except VisionError as error:
            instead = (
                Message("the shipped clip is shown")
                if programme.fallback == "demo"
                else Message("a placeholder screen is shown")
            )
            out(Message("note: {error}; {instead} until it is there", error=error, instead=instead))
    if any(finding.forbids for finding in findings):
        return EXIT_BAD_INPUT
    count = len(programme.stations)
    seconds = sum(station.seconds for station in programme.stations)
    out(
        Message(
            "ok: {count} station{s}, {seconds:g} s a round, blur {blur}",
            count=count,
            s="s" * (count != 1),
            seconds=seconds,
            blur=programme.blur,
        )
    )
    return EXIT_OK


def run_kiosk(parsed: argparse.Namespace) -> int:
    """Run the kiosk of `parsed.file` until its PIN is given: 0, or until it is interrupted: 130."""
    from vision_app.kiosk.monitors import check_screen
    from vision_app.kiosk.places import log_path
    from vision_app.kiosk.programme import load_programme
    from vision_app.kiosk.running import run_watched

    screen = _screen(parsed)
    programme = load_programme(Path(parsed.file), screen)
    _check_window_is_possible()
    check_screen(programme.screen, _where(programme, screen))
    say(Message("vision-app: the log of this kiosk is {log_path}", log_path=log_path(programme.path)))
    before: dict[int, Any] = {}
    try:
        by_pin = run_watched(programme, lambda stop: before.update(_on_signals(stop)))
    except VisionError as error:
        return failed(error, EXIT_BAD_INPUT, debug=parsed.debug)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return EXIT_OK if by_pin else EXIT_INTERRUPTED


def _screen(parsed: argparse.Namespace) -> Wanted | None:
    """The monitor of the flag; None without it.

    Raises:
        ConfigError: it can be none.
    """
    from vision_app.kiosk.monitors import parse_screen

    if parsed.screen is None:
        return None
    try:
        return parse_screen(parsed.screen)
    except ValueError as error:
        raise ConfigError(
            "--screen must be {wanted}, got {came!r}", wanted=message_of(error), came=parsed.screen
        ) from None


def _where(programme: Programme, screen: Wanted | None) -> str:
    """Where the monitor was asked for: the flag, or file and line."""
    return programme.at("screen") if screen is None else "--screen"


def _on_signals(stop: Any) -> dict[int, Any]:
    """End on the signals that ask for it; gives back the handlers from before."""
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return {number: signal.signal(number, lambda *_: stop()) for number in numbers}


def _check_window_is_possible() -> None:
    import importlib.util

    if importlib.util.find_spec("PySide6") is None:
        raise ConfigError("the kiosk needs PySide6 for its window: pip install 'vision-app[gui]'")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _DISPLAYS):
        raise ConfigError(
            "the kiosk needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set: start it in a desktop "
            "session, or with a compositor of its own: cage -- vision-app kiosk run FILE"
        )
