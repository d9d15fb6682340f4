"""`vision-app models quantize`: an INT8 version of a model, calibrated on the user's own frames."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from vision_app.cli.console import (
    EXIT_FAILED,
    EXIT_OK,
    Commands,
    Parser,
    add_debug_flag,
    failed,
    out,
    out_json,
    say,
)
from vision_app.messages import Message

if TYPE_CHECKING:
    from vision_app.quantise.writing import Made

_DESCRIPTION = Message("""\
Make a static INT8 version of a model: about a quarter of the size, and faster where the processor has 8-bit
instructions. It is calibrated on frames of your own camera, clip or folder and compared with the original on
other frames of it; layers that do not bear it stay in float. The result is a model of its own, in your folder.
""")


def register_quantize(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "quantize",
        help="make an INT8 version of a model",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="NAME", help="name or .onnx file of a float32 model")
    parser.add_argument(
        "--calibrate",
        metavar="SOURCE",
        required=True,
        help="camera, clip, folder or stream: whatever run --source takes, like what the model will see",
    )
    parser.add_argument(
        "--frames",
        metavar="N",
        type=int,
        help="frames to calibrate on, and as many others to compare on (default: 64)",
    )
    parser.add_argument(
        "--seconds",
        metavar="S",
        type=float,
        help="spread the frames of a camera or stream over that long (default: 20)",
    )
    parser.add_argument(
        "--provider",
        metavar="P",
        help="what the new model is for, cpu or openvino: each is fast with another kind (default: cpu)",
    )
    parser.add_argument("--name", metavar="NEW", help="name of the new model (default: NAME-int8)")
    parser.add_argument(
        "--agreement",
        "--min-agreement",
        dest="min_agreement",
        metavar="A",
        type=float,
        help="take the fastest version that agrees so much with the original, a share from 0 to 1: layers stay in "
        "float until it is reached (default: 0.95 to classify, 0.98 to detect; what reaches 0.9 is accepted)",
    )
    parser.add_argument(
        "--speed",
        dest="min_speed",
        metavar="R",
        type=float,
        help="take the version that agrees best of those that are R times as fast as the original",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a model of that name in your folder"
    )
    parser.add_argument("--json", action="store_true", help="what was made and measured, as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_quantize)


def _quantize(parsed: argparse.Namespace) -> int:
    from vision_app.quantise.choosing import DisagreementError
    from vision_app.quantise.searching import quantise_model
    from vision_app.quantise.watching import Watch
    from vision_app.quantise.writing import Request

    names = ("frames", "seconds", "min_agreement", "min_speed", "provider")
    given = {name: getattr(parsed, name) for name in names}
    request = Request(
        parsed.model,
        parsed.calibrate,
        name=parsed.name,
        overwrite=parsed.overwrite,
        **{key: value for key, value in given.items() if value is not None},
    )
    try:
        made = quantise_model(request, Watch() if parsed.json else Watch(say))
    except DisagreementError as error:
        return failed(error, EXIT_FAILED, debug=parsed.debug)
    if parsed.json:
        out_json(made.as_record())
    else:
        for line in _lines(made):
            out(line)
    return EXIT_OK


def _table(made: Made) -> list[str]:
    """What was tried, a line each."""
    from vision_app.quantise.watching import RANGE_WORDS

    rows = [Message("  tried: layers in float, speed, agreement, ranges")]
    rows += [
        Message(
            "  {mark} {in_float:>5}  {speed:>5.2f} x  {agreement:.3f}  {ranges}",
            mark=">" if one.taken else " ",
            in_float=one.in_float,
            speed=one.speed_ratio,
            agreement=one.agreement,
            ranges=RANGE_WORDS[one.ranges],
        )
        for one in made.tried
    ]
    return list(rows)


def _lines(made: Made) -> list[str]:
    lines: list[str] = [
        Message(
            "{name}: {bytes:.1f} MB, {size_ratio:.2f} x smaller than {made_from}",
            name=made.name,
            bytes=made.bytes / 1e6,
            size_ratio=made.size_ratio,
            made_from=made.made_from,
        ),
        Message(
            "  {measure}: {agreement:.3f} on {held_out_frames} held-out frames",
            measure=made.measure,
            agreement=made.agreement,
            held_out_frames=made.held_out_frames,
        ),
        Message(
            "  speed on one thread of {provider}: {speed_ratio:.2f} x ({fp32_ms:.1f} to {int8_ms:.1f} ms)",
            provider=made.provider,
            speed_ratio=made.speed_ratio,
            fp32_ms=made.fp32_ms,
            int8_ms=made.int8_ms,
        ),
        Message("  layers in float: {count} of {layers}", count=len(made.in_float), layers=made.layers),
        *_table(made),
        Message("  wrote {path}", path=made.path),
    ]
    if not made.worth_it:
        slower = (
            Message("it is slower")
            if made.speed_ratio < 1
            else Message("{speed_ratio:.2f} x is hardly faster", speed_ratio=made.speed_ratio)
        )
        lines.append(
            Message(
                "  not worth it for its speed: {slower} than the original on this processor; keep "
                "{made_from} here",
                slower=slower,
                made_from=made.made_from,
            )
        )
        if made.provider == "cpu":
            lines.append(Message("  provider openvino gains more on networks with SiLU: see docs/models.md"))
    return lines
