"""`vision-app site`: make a site file, check it, run it, show it, back it up."""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    out,
    say,
)
from vision_app.cli.values import DAY_S, seconds
from vision_app.errors import ConfigError, VisionError
from vision_app.messages import Message, told
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.site.plan import SitePlan
    from vision_app.site.run import SiteRun

_DEFAULT_FILE = "site.toml"
_END_IN_S = 25.0
_EXAMPLES = """\
examples:
  vision-app site init shop/site.toml --source rtsp://10.0.0.7/live --source door.mp4
  vision-app site check shop/site.toml
  vision-app site run shop/site.toml
  vision-app site run --source 0 --source rtsp://10.0.0.7/live      the same streams, without a file
  vision-app site show shop/site.toml                               a grid of all streams in a window
  vision-app site backup shop/site.toml --to shop.zip
"""


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "site",
        help="many cameras in one process, with zones, counts and events",
        description="Many cameras and clips in one process, with rules about what they show: docs/site.md.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="verb", metavar="COMMAND", title="commands", required=True)

    init = verbs.add_parser("init", help="write a site file that works at once")
    init.add_argument(
        "file", nargs="?", default=_DEFAULT_FILE, metavar="FILE", help=f"default: {_DEFAULT_FILE}"
    )
    init.add_argument("--source", action="append", default=[], metavar="S", help="a stream; may be repeated")
    init.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    init.add_argument(
        "--systemd",
        action="store_true",
        help="print the unit of a service that runs FILE, which must be there",
    )
    init.set_defaults(handler=_init)

    check = verbs.add_parser("check", help="look whether a site can run on this machine")
    check.add_argument("file", metavar="FILE", help="the site file")
    check.add_argument("--no-source", action="store_true", help="do not open the streams")
    check.set_defaults(handler=_check)

    run = verbs.add_parser("run", help="run a site until it is interrupted, or all of its clips have ended")
    run.add_argument("file", nargs="?", metavar="FILE", help="the site file")
    run.add_argument(
        "--source", action="append", default=[], metavar="S", help="a stream, in place of FILE; repeat"
    )
    run.add_argument(
        "--model", action="append", default=[], metavar="M", help="a model for each --source; repeat"
    )
    run.add_argument("--seconds", type=seconds(0.001, 366 * DAY_S), metavar="N", help="end after so long")
    run.add_argument(
        "--status",
        type=seconds(0.001, 366 * DAY_S),
        metavar="N",
        help="say every N seconds how the streams are doing",
    )
    run.add_argument("--quiet", action="store_true", help="print errors only")
    run.set_defaults(handler=_run)

    show = verbs.add_parser(
        "show", help="run a site and show it: a grid of all streams, zones drawn with the mouse"
    )
    show.add_argument("file", metavar="FILE", help="the site file")
    show.set_defaults(handler=_show)

    backup = verbs.add_parser("backup", help="write all of a site but its secrets and log into one file")
    backup.add_argument("file", metavar="FILE", help="the site file; the site may run")
    backup.add_argument("--to", required=True, metavar="ZIP", help="the backup")
    backup.add_argument("--no-media", action="store_true", help="without the pictures and clips of events")
    backup.set_defaults(handler=_backup)

    restore = verbs.add_parser("restore", help="make a site's folder of a backup")
    restore.add_argument("backup", metavar="ZIP", help="the backup")
    restore.add_argument("--to", required=True, metavar="FOLDER", help="a new folder")
    restore.set_defaults(handler=_restore)
    for verb in (check, run, show):
        verb.add_argument(
            "--trust",
            action="store_true",
            help="FILE is my own: it may name files outside of its folder, and streams may lead to any host",
        )
    for verb in (init, check, run, show, backup, restore):
        add_debug_flag(verb)


def _init(parsed: argparse.Namespace) -> int:
    from vision_app.site.reading import load_site
    from vision_app.site.service import unit_of
    from vision_app.site.writing import seen_from, write_first

    path = path_of(parsed.file)
    if parsed.systemd:
        load_site(path, trusted=True)
        for line in unit_of(path).splitlines():
            out(line)
        unit = f"vision-app-{path.stem}"
        say(
            Message(
                "vision-app: write this to /etc/systemd/system/{unit}.service; then: systemctl enable --now {unit}",
                unit=unit,
            )
        )
        return EXIT_OK
    write_first(path, parsed.source, overwrite=parsed.overwrite)
    outside = any(Path(seen_from(path, source)).is_absolute() for source in parsed.source)
    trust = " --trust" if outside else ""
    out(Message("wrote {path}; run it with: vision-app site run {path}{trust}", path=path, trust=trust))
    return EXIT_OK


def _check(parsed: argparse.Namespace) -> int:
    from vision_app.site.reading import load_site
    from vision_app.site.run import check

    plan = load_site(path_of(parsed.file), trusted=parsed.trust)
    checked = check(plan)
    failed = 0
    if not parsed.no_source:
        for stream in plan.streams:
            try:
                out(Message("{stream}: {what}", stream=stream.name, what=checked.probe(stream)))
            except VisionError as error:
                failed += 1
                why = checked.secrets.hide(told(error))
                said = Message(
                    "{stream}: {why}; it will be tried again and again", stream=stream.name, why=why
                )
                out(said)
    rules = sum(len(stream.rules) for stream in plan.streams)
    out(
        Message(
            "ok: {streams} streams, {rules} rules, {failed} not reached now",
            streams=len(plan.streams),
            rules=rules,
            failed=failed,
        )
    )
    return EXIT_OK


def _plan(parsed: argparse.Namespace) -> SitePlan:
    from vision_app.engine.request import parse_model
    from vision_app.site.reading import load_site, site_of_sources

    if parsed.file is not None and (parsed.source or parsed.model):
        raise ConfigError("give either a site file or --source and --model, not both")
    if parsed.file is not None:
        return load_site(path_of(parsed.file), trusted=parsed.trust)
    if not parsed.source:
        raise ConfigError("give a site file, or --source for each stream")
    models = [parse_model(text) for text in parsed.model]
    return site_of_sources(parsed.source, models, Path.cwd() / "site")


def _run(parsed: argparse.Namespace) -> int:
    from vision_app.site.run import SiteRun, check, status_lines

    run = SiteRun(check(_plan(parsed)), _notice)
    stopped: list[int] = []
    before: dict[int, Any] = {}

    def stop(number: int, frame: object) -> None:
        stopped.append(number)
        run.stop()

    for asked in (signal.SIGINT, signal.SIGTERM):
        before[asked] = signal.signal(asked, stop)
    try:
        run.start()
        if not parsed.quiet:
            say(
                Message(
                    "vision-app: site {name} runs, its folder is {folder}",
                    name=run.plan.name,
                    folder=run.plan.folder,
                )
            )
        ended = _wait(run, parsed, stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if not parsed.quiet:
        for line in status_lines(run.facts()):
            out(line)
        out(Message("{count} events", count=run.events))
    if not ended:
        say(Message("vision-app: a stream did not end in time"))
        return EXIT_FAILED
    return EXIT_INTERRUPTED if stopped else EXIT_OK


def _wait(run: SiteRun, parsed: argparse.Namespace, stopped: list[int]) -> bool:
    """Until all streams have ended, or the site was asked to end; gives whether it did in time."""
    from vision_app.site.run import status_lines

    began_s = time.monotonic()
    next_s = began_s + (parsed.status or 0.0)
    ask_s: float | None = None
    while not run.join(0.2):
        now_s = time.monotonic()
        if parsed.seconds is not None and now_s - began_s >= parsed.seconds and ask_s is None:
            run.stop()
        if ask_s is None and (stopped or (parsed.seconds is not None and now_s - began_s >= parsed.seconds)):
            ask_s = now_s
        if ask_s is not None and now_s - ask_s > _END_IN_S:
            return False
        if parsed.status is not None and now_s >= next_s:
            next_s = now_s + parsed.status
            for line in status_lines(run.facts()):
                say(line)
    return True


def _show(parsed: argparse.Namespace) -> int:
    from vision_app.gui.system import check_system

    check_system()
    from vision_app.gui.site.app import show_site

    return show_site(path_of(parsed.file), trusted=parsed.trust)


def _backup(parsed: argparse.Namespace) -> int:
    from vision_app.site.backup import backup
    from vision_app.site.reading import load_site

    plan = load_site(path_of(parsed.file), trusted=True)
    copied = backup(plan.folder, path_of(parsed.to).absolute(), media=not parsed.no_media)
    out(
        Message(
            "wrote {path}: {files} files, {size_mb:.1f} MB; secrets are not in it",
            path=parsed.to,
            files=copied.files,
            size_mb=copied.bytes / 1e6,
        )
    )
    return EXIT_OK


def _restore(parsed: argparse.Namespace) -> int:
    from vision_app.site.backup import restore

    copied = restore(path_of(parsed.backup), path_of(parsed.to))
    out(
        Message(
            "restored {files} files, {size_mb:.1f} MB, to {path}; give it its secrets again",
            files=copied.files,
            size_mb=copied.bytes / 1e6,
            path=parsed.to,
        )
    )
    return EXIT_OK


def _notice(message: str) -> None:
    say(Message("vision-app: {message}", message=message))
