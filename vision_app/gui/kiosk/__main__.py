"""`python -m vision_app.gui.kiosk show|curtain FILE`: the processes that the watchdog starts; and `monitors`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from vision_app.errors import VisionError
from vision_app.gui.immortal import keep_singletons
from vision_app.kiosk.heartbeat import EXIT_UNUSABLE
from vision_app.kiosk.monitors import parse_screen
from vision_app.messages import language_of_environment, speak, told


def main(argv: list[str] | None = None) -> int:
    """Run one of the two; gives the exit code."""
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    keep_singletons()
    speak(language_of_environment())
    parser = argparse.ArgumentParser(prog="vision_app.gui.kiosk")
    parser.add_argument("part", choices=("show", "curtain", "monitors"))
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--screen")
    parser.add_argument("--station", type=int, default=0)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("--behind", action="store_true")
    parsed = parser.parse_args(argv)
    screen = None if parsed.screen is None else parse_screen(parsed.screen)
    if parsed.part == "curtain":
        from vision_app.gui.kiosk.curtain import run_curtain

        return run_curtain(parsed.file, screen=screen, behind=parsed.behind)
    if (parsed.strict or parsed.part == "monitors") and (trouble := _trouble()):
        sys.stderr.write(f"{trouble}\n")
        return EXIT_UNUSABLE
    if parsed.part == "monitors":
        from vision_app.gui.kiosk.placing import told_monitors

        sys.stdout.write(told_monitors())
        sys.stdout.flush()
        return 0
    from vision_app.gui.kiosk.show import run_show

    return run_show(parsed.file, screen=screen, first_station=parsed.station, strict=parsed.strict)


def _trouble() -> str:
    """What the system lacks for a window, in one line; "" if it lacks nothing. Qt itself would only abort."""
    from vision_app.gui.system import check_system

    try:
        check_system()
    except VisionError as error:
        said = told(error)
        for here, there in (("the desktop", "the kiosk"), ("데스크톱 프로그램", "키오스크")):
            said = said.replace(here, there, 1)
        return said
    return ""


if __name__ == "__main__":
    exit_code = main()
    logging.shutdown()
    sys.stderr.flush()
    # no tidying up: what a library does at the end must not change the code by which the watchdog knows the PIN
    os._exit(exit_code)
