"""`vision-app samples capture`: samples from a camera, a clip or any other source."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    counting,
    out,
    out_json,
    say,
)
from vision_app.cli.samples_interrupts import Interrupts
from vision_app.cli.values import number, seconds, whole_number
from vision_app.messages import Message, message_of, told

if TYPE_CHECKING:
    from vision_app.engine.predictors import Predictor
    from vision_app.samples.capture import CaptureProgress, CaptureSession
    from vision_app.samples.sample import Sample
    from vision_app.samples.store import SampleStore
    from vision_app.sources import Source, SourceInfo

_FILE_WAIT_S = 60.0

_DESCRIPTION = Message("""\
Take samples of a class from a source. A sample is counted once it is on the disk: what is counted is not lost,
whatever happens then. Ctrl-C ends it and keeps all.
""")


def register_capture(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "capture",
        help="take samples from a camera or clip",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--source", metavar="S", required=True, help=Message("whatever run --source takes"))
    add(
        "--samples",
        metavar="DIR",
        type=Path,
        required=True,
        help=Message("the sample store; made when there is none"),
    )
    add(
        "--class",
        metavar="NAME",
        dest="labels",
        action="append",
        default=[],
        help=Message("label; repeat it for several classes in turn, each after a countdown"),
    )
    add(
        "--background",
        action="store_true",
        help=Message(
            'take samples of the class that stands for "none of these": of whatever is no class of yours'
        ),
    )
    add(
        "--count",
        metavar="N",
        type=whole_number(1, 1_000_000),
        help=Message("so many of each class (default: until the source ends or Ctrl-C)"),
    )
    add(
        "--rate",
        metavar="R",
        type=number(0.001, 1000),
        help=Message("at most so many a second (default: 10 live, 2 of a clip, every picture of a folder)"),
    )
    add(
        "--crop",
        metavar="PART",
        default="whole",
        help=Message(
            "whole, centre, box[:LABEL], surest[:LABEL] or region:LEFT,TOP,RIGHT,BOTTOM from 0 to 1 (default: whole)"
        ),
    )
    add("--model", metavar="M", help=Message("detector whose boxes --crop box and surest take"))
    add(
        "--countdown",
        metavar="S",
        type=seconds(0, 600),
        help=Message("seconds before each turn (default: 3, 0 for one class)"),
    )
    add(
        "--json",
        action="store_true",
        help=Message("a JSON line for each batch that is on the disk, and one at the end"),
    )
    add("--quiet", action="store_true", help=Message("print errors only"))
    add_debug_flag(parser)
    parser.set_defaults(handler=_capture)


def _capture(parsed: argparse.Namespace) -> int:
    from vision_app.errors import VisionError
    from vision_app.samples.capture import CaptureSession
    from vision_app.samples.crops import parse_crop
    from vision_app.samples.store import SampleStore
    from vision_app.sources import open_source

    labels = _labels(parsed)
    crop = parse_crop(parsed.crop)
    predictor = _detector(parsed, crop.kind)
    tell = _Telling(parsed)
    started_s = time.perf_counter()
    with open_source(parsed.source, report=_notice) as source, SampleStore.open(parsed.samples) as store:
        for notice in store.notices:
            _notice(notice)
        if parsed.background:
            store.add_class(labels[0], background=True)
        rate_hz = parsed.rate or _default_rate(source.info)
        with CaptureSession(
            store, crop=crop, rate_hz=rate_hz, on_progress=tell.progress, on_saved=tell.saved
        ) as session:
            _begin(session, labels, parsed)
            failure: VisionError | None = None
            with Interrupts() as interrupts:
                try:
                    _read(source, session, predictor, interrupts)
                except KeyboardInterrupt:
                    pass
                except VisionError as error:
                    failure = error
                session.stop()
                session.flush()
        return tell.end(session.progress, failure, interrupts.asked, time.perf_counter() - started_s, store)


def _labels(parsed: argparse.Namespace) -> list[str]:
    from vision_app.errors import ConfigError
    from vision_app.samples.labels import BACKGROUND_LABEL

    labels = list(dict.fromkeys(parsed.labels))
    if parsed.background:
        if len(labels) > 1:
            raise ConfigError("--background takes one --class at most: there is one background class")
        return labels or [BACKGROUND_LABEL]
    if not labels:
        raise ConfigError("which class is it? --class NAME, or --background for none of your classes")
    if len(labels) > 1 and parsed.count is None:
        raise ConfigError("several classes in turn need --count N: how many samples each turn takes")
    return labels


def _detector(parsed: argparse.Namespace, kind: str) -> Predictor | None:
    from vision_app.errors import ConfigError

    if kind != "box":
        if parsed.model is not None:
            raise ConfigError("--model is for --crop box or surest, whose boxes a detector finds")
        return None
    if parsed.model is None:
        raise ConfigError(
            "--crop {crop} needs a detector: --model NAME (vision-app models list shows them)",
            crop=parsed.crop,
        )
    from vision_app.engine.build import build
    from vision_app.engine.request import requested
    from vision_app.tasks import TASKS

    model = build(requested(parsed.model)).predictor
    if not TASKS[model.task].finds_boxes:
        raise ConfigError(
            "--crop {crop} needs a detector; {name} does not find boxes ({task})",
            crop=parsed.crop,
            name=model.name,
            task=model.task,
        )
    return model


def _default_rate(info: SourceInfo) -> float | None:
    from vision_app.samples.capture import DEFAULT_RATE_HZ
    from vision_app.samples.importing import CLIP_RATE_HZ

    return {"images": None, "video": CLIP_RATE_HZ}.get(info.kind, DEFAULT_RATE_HZ)


def _begin(session: CaptureSession, labels: Sequence[str], parsed: argparse.Namespace) -> None:
    from vision_app.samples.capture import LEAD_S

    lead_s = parsed.countdown
    if lead_s is None:
        lead_s = LEAD_S if len(labels) > 1 else 0.0
    if parsed.count is not None and (lead_s > 0 or len(labels) > 1):
        session.start_turns(labels, parsed.count, lead_s)
    else:
        session.start_burst(labels[0], parsed.count)


def _read(
    source: Source, session: CaptureSession, predictor: Predictor | None, interrupts: Interrupts
) -> None:
    wait_s = 0.0 if source.info.live else _FILE_WAIT_S
    while session.progress.phase != "idle":
        with interrupts.breaking():
            frame = source.read()
        if frame is None:
            return
        if not session.wants(frame):
            continue
        results = () if predictor is None else (predictor.predict(frame.image)[0],)
        session.offer(frame, results, wait_s=wait_s)


class _Telling:
    """Says how the capture goes, to a person or to a program."""

    def __init__(self, parsed: argparse.Namespace) -> None:
        self._json = parsed.json
        self._people = not (parsed.json or parsed.quiet)
        self._bar = self._people and sys.stderr.isatty()
        self._wanted = parsed.count
        self._by_label: Counter[str] = Counter()
        self._phase: tuple[Any, ...] = ()
        self._dropped = self._without_part = 0

    def progress(self, now: CaptureProgress) -> None:
        """Say the countdown and, in a terminal, the count."""
        self._dropped, self._without_part = (
            max(self._dropped, now.dropped),
            max(self._without_part, now.without_part),
        )
        if not self._people:
            return
        if now.phase == "countdown" and (now.turn, now.left_s) != self._phase:
            self._phase = now.turn, now.left_s
            say(
                Message(
                    "{label} ({turn} of {turns}) in {left_s}",
                    label=now.label,
                    turn=now.turn,
                    turns=now.turns,
                    left_s=now.left_s,
                )
            )
        elif self._bar and now.phase in ("recording", "saving"):
            of = "" if now.wanted is None else Message(" of {wanted}", wanted=now.wanted)
            counting(f"{now.label}: {now.counted}{told(of)} ")

    def saved(self, samples: Sequence[Sample], _: object) -> None:
        """Acknowledge samples that are on the disk."""
        self._by_label.update(s.label for s in samples)
        if self._json:
            out(saved_line(samples, self._by_label.total()))
            sys.stdout.flush()

    def end(
        self,
        last: CaptureProgress,
        failure: Exception | None,
        interrupted: bool,
        seconds: float,
        store: SampleStore,
    ) -> int:
        """Say what came of it; gives the exit code."""
        if self._bar:
            say("")
        counted = self._by_label.total()
        problem = last.problem or (message_of(failure) if failure is not None else None)
        if self._json:
            record = {
                "event": "done",
                "counted": counted,
                "by_class": dict(self._by_label),
                "dropped": self._dropped,
                "without_part": self._without_part,
                "seconds": round(seconds, 3),
                "samples": str(store.folder),
                "interrupted": interrupted,
                "problem": problem,
            }
            out_json(record, indent=None)
        elif self._people:
            for label, count in self._by_label.items():
                out(
                    Message(
                        "{label}: {count} sample{s} more, {ids_count} now",
                        label=label,
                        count=count,
                        s="s" * (count != 1),
                        ids_count=len(store.ids(label)),
                    )
                )
            if self._without_part:
                out(
                    Message("  {without_part} frames had nothing to crop to", without_part=self._without_part)
                )
            if self._dropped:
                out(Message("  {dropped} frames were dropped: the disk was too slow", dropped=self._dropped))
        if problem is not None:
            say(Message("vision-app: {message}", message=problem))
            return EXIT_FAILED
        if interrupted:
            return EXIT_INTERRUPTED
        if counted == 0:
            say(Message("vision-app: the source ended before a sample was taken"))
            return EXIT_FAILED
        if self._wanted is not None and min(self._by_label.values()) < self._wanted:
            say(Message("vision-app: the source ended before there were {wanted}", wanted=self._wanted))
        return EXIT_OK


def saved_line(samples: Sequence[Sample], counted: int) -> str:
    """The JSON line that acknowledges samples: they are on the disk."""
    return json.dumps(
        {
            "event": "counted",
            "counted": counted,
            "samples": [
                {"id": s.id, "class": s.label, "sha256": s.sha256, "path": str(s.path)} for s in samples
            ],
        },
    )


def _notice(message: str) -> None:
    say(Message("vision-app: {message}", message=message))
