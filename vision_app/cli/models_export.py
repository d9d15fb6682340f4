"""`vision-app models export`: a network of a library into the catalogue, or a model of the catalogue out of it."""

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
from vision_app.errors import ConfigError, DownloadError
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

With --to a model of the catalogue, one that was taught here for instance, is taken elsewhere, as a folder:

  vision-app models export mine --to page       a page for a browser: opened by a double click, camera or file
  vision-app models export mine --to python     a short script; needs onnxruntime, opencv-python and numpy
  vision-app models export mine --to kiosk      a station: vision-app kiosk run mine-kiosk/kiosk.toml
  vision-app models export mine --to onnx       the file, its card inside and beside it

The first page fetches ONNX Runtime Web from the npm registry, 33 MB, once; its SHA-256 is checked. Where there is no
network, bring that file by hand and name it with --runtime. The finished page needs no network.
""")
_ONLY_INTO = ("random_weights", "trust", "seed", "photos", "name")
"""What is said of a library's network and not of a model that is there."""


def register_export(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "export",
        help="make a model out of torchvision, timm or ultralytics; or take one elsewhere: page, script, kiosk",
        description=(
            "Export a network of a library to ONNX with its card, and check that it gives what its library gives; "
            "or, with --to, take a model of the catalogue elsewhere."
        ),
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "reference",
        metavar="LIBRARY:MODEL|NAME",
        help="such as torchvision:resnet50; with --to, such as mine",
    )
    parser.add_argument(
        "--to", choices=("onnx", "page", "python", "kiosk"), help="take a model of the catalogue elsewhere"
    )
    parser.add_argument(
        "--runtime", metavar="FILE", type=Path, help="for --to page: onnxruntime-web-*.tgz, brought by hand"
    )
    parser.add_argument("--name", metavar="NAME", help="name in the catalogue (default: the model's)")
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        type=Path,
        help="write there instead of registering; with --to, where (default: ./NAME-page and so on)",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a model of that name, or those files"
    )
    parser.add_argument(
        "--random-weights", action="store_true", help="the architecture alone; needs no connection"
    )
    parser.add_argument("--seed", metavar="N", type=int, help="of the random weights (default: 0)")
    parser.add_argument("--trust", action="store_true", help="load a .pt file, which may run any code")
    parser.add_argument(
        "--photos", metavar="FOLDER", type=Path, help="compare on these pictures as well as on the demo clip"
    )
    parser.add_argument("--json", action="store_true", help="the outcome as JSON")
    parser.add_argument("--quiet", action="store_true", help="say nothing while working")
    add_debug_flag(parser)
    parser.set_defaults(handler=_export)


def _export(parsed: argparse.Namespace) -> int:
    if parsed.to is not None:
        return _take_elsewhere(parsed)
    if parsed.runtime is not None:
        raise ConfigError("--runtime is for a page: --to page")
    _check_not_here(parsed.reference)
    return _export_library(parsed)


def _check_not_here(reference: str) -> None:
    from vision_app.cards.card import CARD_NAME
    from vision_app.cards.lookup import weights_path

    if CARD_NAME.fullmatch(reference) and weights_path(reference) is not None:
        raise ConfigError(
            "{name} is in the catalogue already; to take it elsewhere, say what as: --to page, python, kiosk or onnx",
            name=reference,
        )


def _take_elsewhere(parsed: argparse.Namespace) -> int:
    from vision_app.bundles.bundle import bundle, usual_folder
    from vision_app.cards.lookup import find_model

    for name in _ONLY_INTO:
        if getattr(parsed, name) is not None and getattr(parsed, name) is not False:
            raise ConfigError(
                "--{option} belongs to the network of a library; with --to a model is taken as it is",
                option=name.replace("_", "-"),
            )
    if parsed.runtime is not None and parsed.to != "page":
        raise ConfigError("--runtime is for a page: --to page")
    file = find_model(parsed.reference)
    folder = parsed.output or usual_folder(file.name, parsed.to)
    progress = None if parsed.quiet else _Fetching()
    try:
        done = bundle(
            file, parsed.to, folder, overwrite=parsed.overwrite, runtime=parsed.runtime, progress=progress
        )
    except DownloadError as error:
        return failed(error, EXIT_FAILED, debug=parsed.debug)
    if parsed.json:
        out_json(done.to_json(), indent=None)
        return EXIT_OK
    out(
        Message(
            "{name}: wrote {folder}, {count} files, {megabytes:.1f} MB",
            name=done.name,
            folder=done.folder,
            count=len(done.files),
            megabytes=done.bytes / 1e6,
        )
    )
    out(Message("  {next}", next=_next(parsed.to, done.start)))
    return EXIT_OK


def _next(target: str, start: Path) -> Message:
    """What is to be done with it."""
    if target == "page":
        return Message("open {start} with a browser", start=start)
    if target == "onnx":
        return Message("its card is inside {start}, and beside it", start=start)
    return Message(f"python {start} PICTURE" if target == "python" else f"vision-app kiosk run {start}")


class _Fetching:
    """Says once what is being fetched, and when half of it has come."""

    def __init__(self) -> None:
        self._told = -1

    def __call__(self, done: int, total: int) -> None:
        half = 2 * done // total
        if half > self._told:
            self._told = half
            say(
                Message(
                    "vision-app: ONNX Runtime Web, {done:.0f} of {total:.0f} MB",
                    done=done / 1e6,
                    total=total / 1e6,
                )
            )


def _export_library(parsed: argparse.Namespace) -> int:
    from vision_app.exporting import ExportError, ExportRequest, export_model

    request = ExportRequest(
        reference=parsed.reference,
        random_weights=parsed.random_weights,
        seed=parsed.seed or 0,
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
