"""`vision-app models export`: a network of torchvision, timm or ultralytics as a model of the catalogue."""

from __future__ import annotations

import argparse
from pathlib import Path

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
from vision_app.errors import DownloadError
from vision_app.messages import Message

_EXAMPLES = Message("""\
examples:
  vision-app models export torchvision:resnet50
  vision-app models export timm:vit_tiny_patch16_224
  vision-app models export ultralytics:yolo11n
  vision-app models export ultralytics:/home/me/best.pt --trust
  vision-app models export timm:coatnet_0 --random-weights

Needs: pip install 'vision-app[export]'. The file is registered only when ONNX Runtime gives what the library
gives on eight pictures.
""")


def register_export(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "export",
        help="make a model out of torchvision, timm or ultralytics",
        description="Export a network to ONNX with its card, and check that it gives what its library gives.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("reference", metavar="LIBRARY:MODEL", help="such as torchvision:resnet50")
    parser.add_argument("--name", metavar="NAME", help="name in the catalogue (default: the model's)")
    parser.add_argument("--output", metavar="FOLDER", type=Path, help="write there instead of registering")
    parser.add_argument("--overwrite", action="store_true", help="replace a model of that name")
    parser.add_argument(
        "--random-weights", action="store_true", help="the architecture alone; needs no connection"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the random weights (default: 0)")
    parser.add_argument("--trust", action="store_true", help="load a .pt file, which may run any code")
    parser.add_argument(
        "--photos", metavar="FOLDER", type=Path, help="compare on these pictures as well as on the demo clip"
    )
    parser.add_argument("--json", action="store_true", help="the outcome as JSON")
    parser.add_argument("--quiet", action="store_true", help="say nothing while working")
    add_debug_flag(parser)
    parser.set_defaults(handler=_export)


def _export(parsed: argparse.Namespace) -> int:
    from vision_app.exporting import ExportError, ExportRequest, export_model

    request = ExportRequest(
        reference=parsed.reference,
        random_weights=parsed.random_weights,
        seed=parsed.seed,
        trust=parsed.trust,
        name=parsed.name,
        folder=parsed.output,
        overwrite=parsed.overwrite,
        photos=parsed.photos,
    )
    try:
        done = export_model(request, _silent if parsed.quiet else _tell)
    except (ExportError, DownloadError) as error:
        return failed(error, EXIT_FAILED, debug=parsed.debug)
    record = done.as_record()
    if parsed.json:
        out_json(record, indent=None)
        return EXIT_OK
    out(
        Message(
            "{name}: {task}, {bytes:.1f} MB, {weights} weights, licence {licence}",
            name=record["name"],
            task=record["task"],
            bytes=record["bytes"] / 1e6,
            weights=record["weights"],
            licence=record["licence"],
        )
    )
    out(
        Message(
            "  largest difference from the library on {pictures} pictures: {max_difference:.2g}",
            pictures=record["pictures"],
            max_difference=record["max_difference"],
        )
    )
    out(Message("  wrote {path} in {seconds:.1f} s", path=record["path"], seconds=record["seconds"]))
    return EXIT_OK


def _tell(message: str) -> None:
    say(Message("vision-app: {message}", message=message))


def _silent(_: str) -> None:
    """Keep it to oneself."""
