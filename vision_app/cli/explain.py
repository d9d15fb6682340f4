"""`vision-app explain`: where a model looks, as painted video or pictures; and the table of its layers."""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import (
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
from vision_app.cli.values import whole_number
from vision_app.errors import ConfigError
from vision_app.messages import Message, told

if TYPE_CHECKING:
    from vision_app.explaining.heatmap import Heatmap

_EPILOG = Message("""\
methods:
  cam         where a class is seen: exact where averages feed a dense layer, and for detectors; else Eigen-CAM
  eigen       where the network responds most, whatever the class
  recipro     how sure it stays of a class with one place left; for classifiers
  rollout     where a transformer's result comes from, all blocks together
  attention   where one block looks: --block, --head, --at
  features    what a layer responds to: --layer; --head for one channel
  occlusion   how much surer it is with each part of the picture than without
  rise        the same by random masks
  similarity  which places look like the one at --at
  routing     what a capsule network sends to a class

Without --save and --json the results go to runs/<source>-<n>/. docs/explain.md says more.
""")


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "explain",
        help="show where a model looks, and what its layers are",
        description="Paint where a model looks over every frame of a source, or list its layers.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--source", metavar="S", help="camera, video, image, folder or stream")
    parser.add_argument("--model", metavar="M", help="name or .onnx file (default: efficientnet-lite0)")
    parser.add_argument("--method", metavar="NAME", help="see below (default: the one that suits the model)")
    parser.add_argument("--list", metavar="M", dest="list_model", help="print the layers of a model, and end")
    parser.add_argument("--layer", metavar="L", default="", help="name or number of a layer (see --list)")
    parser.add_argument(
        "--block", metavar="N", type=whole_number(1), default=0, help="which attention, from 1"
    )
    parser.add_argument("--head", metavar="N", type=whole_number(1), default=0, help="which head, from 1")
    parser.add_argument("--class", metavar="C", dest="wanted_class", default="", help="label or number")
    parser.add_argument("--at", metavar="X,Y", type=_place, help="a place in pixels of the frame")
    parser.add_argument("--provider", metavar="P", default="auto", help="as for run (default: auto)")
    parser.add_argument(
        "--every", metavar="N", type=whole_number(1), default=1, help="take each N-th frame only"
    )
    parser.add_argument("--max-frames", metavar="N", type=whole_number(1), help="stop after that many frames")
    parser.add_argument("--save", metavar="PATH", help="painted video or images: a file or a folder")
    parser.add_argument(
        "--json", metavar="FILE", nargs="?", const="-", help="a JSON line a frame; - for standard output"
    )
    parser.add_argument("--no-save", action="store_true", help="write no files but those that are named")
    parser.add_argument("--overwrite", action="store_true", help="replace outputs that exist")
    parser.add_argument("--quiet", action="store_true", help="print errors only")
    add_debug_flag(parser)
    parser.set_defaults(handler=_explain)


def _place(text: str) -> tuple[float, float]:
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            told(Message("must be X,Y in pixels, got '{text}'", text=text))
        ) from None
    return x, y


def _explain(parsed: argparse.Namespace) -> int:
    if parsed.list_model is not None:
        return _list(parsed)
    if parsed.source is None:
        raise ConfigError(
            "no source was given: --source FILE, FOLDER, URL, camera number or name; or --list MODEL"
        )
    from vision_app.headless.explaining import ExplainSettings, explain_source

    names = (
        *("source", "layer", "block", "head", "wanted_class", "at", "provider", "every", "max_frames"),
        *("save", "json", "no_save", "overwrite"),
    )
    given: dict[str, Any] = {name: getattr(parsed, name) for name in names}
    settings = ExplainSettings(model=parsed.model or "", method=parsed.method or "", **given)
    shows = not parsed.quiet and sys.stderr.isatty()

    def progress(frames: int, _: Heatmap) -> None:
        if shows:
            counting(Message("{frames} frames", frames=frames))

    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        done = explain_source(settings, lambda text: say(Message("vision-app: {text}", text=text)), progress)
    except KeyboardInterrupt:
        say(Message("vision-app: interrupted; what was done is written"))
        return EXIT_INTERRUPTED
    finally:
        signal.signal(signal.SIGTERM, before)
        if shows:
            sys.stderr.write("\r")
    if not parsed.quiet:
        tell = say if parsed.json == "-" else out
        tell(
            Message(
                "{frames} frame{s} explained by {methods}",
                frames=done.frames,
                s="s" * (done.frames != 1),
                methods=", ".join(done.methods),
            )
        )
        if parsed.method and parsed.method not in done.methods:
            tell(
                Message(
                    "  {method} does not fit this model: its map was made by {methods}",
                    method=parsed.method,
                    methods=", ".join(done.methods),
                )
            )
        for path in done.outputs:
            tell(Message("  wrote {path}", path=path))
    return EXIT_OK


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _list(parsed: argparse.Namespace) -> int:
    from vision_app.explaining.listing import COLUMNS, record_of, rows_of
    from vision_app.headless.explaining import list_layers

    probe = list_layers(parsed.list_model)
    inside = probe.inside
    if parsed.json is not None:
        if parsed.json != "-":
            raise ConfigError("--list writes its JSON to standard output: give --json without a file")
        out_json([record_of(layer) for layer in inside.layers])
        return EXIT_OK
    rows = [COLUMNS, *rows_of(inside)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    right = {0, len(COLUMNS) - 1}
    for row in rows:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        out("  ".join(cells).rstrip())
    total = sum(layer.multiplications or 0 for layer in inside.layers)
    out("")
    out(
        Message(
            "{name}: {count} layers, {total:,} multiplications a picture",
            name=probe.name,
            count=len(inside.layers),
            total=total,
        )
    )
    for line in inside.closed_attention:
        out(f"  {told(line)}")
    return EXIT_OK
