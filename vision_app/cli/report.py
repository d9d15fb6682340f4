"""`vision-app report`: what was seen when, as a page for a browser."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, say
from vision_app.cli.values import number, seconds, whole_number
from vision_app.errors import ConfigError
from vision_app.messages import Message, spoken
from vision_app.paths import path_of

if TYPE_CHECKING:
    from vision_app.timeline.page import PlayedVideo
    from vision_app.timeline.reading import Told

_SHOWN = 10
_PLAYABLE = (".mp4", ".m4v", ".webm", ".mov")


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "report",
        help="what was seen when, as a page for a browser",
        description="Make one HTML page of the results of a run or the events of a site: a strip for all that was "
        "seen, a table, and the video beside it where there is one. The page loads nothing from elsewhere.",
    )
    parser.add_argument("results", metavar="RESULTS.jsonl", help="what --json wrote, or the events of a site")
    parser.add_argument(
        "--out", metavar="FILE", help="the page (default: the name of the results with .html)"
    )
    parser.add_argument(
        "--video",
        metavar="FILE",
        help="video to play beside the strips (default: annotated.mp4 beside the results)",
    )
    parser.add_argument(
        "--least",
        metavar="P",
        type=number(0, 1),
        default=0.5,
        help="least probability of a class of the whole picture (default: 0.5)",
    )
    parser.add_argument(
        "--gap",
        metavar="S",
        type=seconds(0),
        default=1.0,
        help="what is away for less than S seconds has not been away (default: 1)",
    )
    parser.add_argument(
        "--most",
        metavar="N",
        type=whole_number(1, 1000),
        default=20,
        help="strips of each source (default: 20)",
    )
    parser.add_argument(
        "--lang",
        choices=("en", "ko"),
        help=Message("language of the page (default: that of the command line)"),
    )
    parser.add_argument("--overwrite", action="store_true", help="replace a page that exists")
    add_debug_flag(parser)
    parser.set_defaults(handler=_report)


def _report(parsed: argparse.Namespace) -> int:
    from vision_app.labels import label_names
    from vision_app.showing import shown
    from vision_app.sinks.atomic import PartFile, unwritable
    from vision_app.timeline.page import PageOptions, page_of
    from vision_app.timeline.reading import read_timeline

    language = parsed.lang or spoken()
    results = path_of(parsed.results)
    target = path_of(parsed.out) if parsed.out else results.with_suffix(".html")
    told = read_timeline(results, least=parsed.least, gap_s=parsed.gap)
    if told.truncated:
        say(
            Message(
                "vision-app: {shown} ends in the middle of a line, which was left out",
                shown=shown(results.name),
            )
        )
    options = PageOptions(
        title=results.stem if results.stem != "results" else f"{results.absolute().parent.name}",
        language=language,
        most=parsed.most,
        names=label_names(language),
        videos=_videos(told, results, target, parsed.video),
    )
    part = PartFile(target, overwrite=parsed.overwrite, source_id=str(results))
    try:
        part.path.write_text(page_of(told, options), encoding="utf-8")
    except OSError as error:
        raise unwritable(target, error) from error
    written = part.commit()
    for lane in told.timeline.lanes(most=_SHOWN):
        out(
            f"{lane.seconds:9.1f} s  {len(lane.spans):4d} x  {shown(lane.key.label)}  ({shown(lane.key.model)})"
        )
    out(Message("page: {written}", written=written))
    return EXIT_OK


def _videos(told: Told, results: Path, page: Path, wanted: str | None) -> dict[str, PlayedVideo]:
    """The video of each source: the one that was asked for, the annotated one beside the results, or the source itself.

    Raises:
        ConfigError: the one that was asked for is not there, or there are several sources.
    """
    from vision_app.headless.output_plan import file_stem

    sources = told.timeline.sources
    if wanted is not None:
        video = path_of(wanted)
        if len(sources) != 1:
            raise ConfigError("--video: the results are of {count} sources; leave it out", count=len(sources))
        if not video.is_file():
            raise ConfigError("--video: no such file: {path}", path=video)
        return {sources[0]: _played(video, page, told.timeline.bounds()[0])}
    found = {}
    for source in sources:
        name = "annotated.mp4" if len(sources) == 1 else f"annotated-{file_stem(source)}.mp4"
        for video in (results.parent / name, Path(source)):
            if video.suffix.lower() in _PLAYABLE and video.is_file():
                found[source] = _played(video, page, told.timeline.bounds(source)[0])
                break
    return found


def _played(video: Path, page: Path, first_s: float) -> PlayedVideo:
    """The address of a video as seen from the page. What was annotated begins with the first frame of the results."""
    from vision_app.timeline.page import PlayedVideo

    try:
        address = quote(Path(os.path.relpath(video.resolve(), page.resolve().parent)).as_posix())
    except ValueError:  # another drive
        address = video.resolve().as_uri()
    return PlayedVideo(address, first_s if video.name.startswith("annotated") else 0.0)
