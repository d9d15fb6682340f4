"""`vision-app models add`, `remove` and `verify`: the user's own models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import EXIT_FAILED, EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.cli.helping import padded
from vision_app.errors import ConfigError
from vision_app.messages import Message, told
from vision_app.paths import path_of
from vision_app.showing import shown

_ADD_HELP = Message("""\
The file is checked, run once on a picture, and copied together with its card. The card is the one given, or
the one beside the file, inside it, or of the catalogue when the file is one of its downloads; else the file's
metadata are read, and what it gives for one picture. What they leave open has to be said; --try shows
what each choice sees before one is kept:

  vision-app models add mine.onnx --try photo.jpg
  vision-app models add mine.onnx --recipe imagenet --labels names.txt \\
      --set input.resize=crop --set output.activation=softmax
  vision-app models add detector.onnx --set output.layout=yolox

layouts of detectors (--set output.layout=...):
  yolo-v8        (1, 4 + classes, anchors)
  yolo-v8-rows   (1, anchors, 4 + classes)
  yolo-v5        (1, anchors, 5 + classes)
  yolox          (1, anchors, 5 + classes)
  yolo-end2end   (1, boxes, 6)
  rtdetr         (1, queries, 4 + classes)
  rtdetr-topk    (1, queries, 6)
  boxes-scores   (1, places, 4) and (1, places, classes)
  final-tensors  boxes (1, K, 4), scores and classes (1, K)
  final-rows     (K, 6) or (K, 7) rows
  gfl            class scores and distributions of distances a scale
  ssd            offsets from priors and class scores
  scrfd          scores, distances and marks a scale
  yunet          scores, objectness, boxes and marks a scale
  yolo-anchors   raw heads with anchors, one a scale
  centernet      heat map, sizes and offsets
  fastestdet     (1, 5 + classes, h, w)
others: classes; class-scores or class-ids (semantic); metres or inverse-depth; image-unit, image-255 or
image-signed; vector (embed).
""")

if TYPE_CHECKING:
    from vision_app.cards.lookup import ModelFile


def register_add(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "add",
        help="add an ONNX file of your own",
        description="Add an ONNX file to the catalogue.",
        epilog=_ADD_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="the .onnx file")
    parser.add_argument(
        "--name", metavar="N", help="name in the catalogue (default: the card's or the file's)"
    )
    parser.add_argument("--card", metavar="FILE", help="its card")
    parser.add_argument(
        "--labels", metavar="FILE|NAME", help="names of the classes: one a line, or imagenet-1k, coco-80"
    )
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help="how pixels become numbers: imagenet, unit (0 to 1), signed (-1 to 1), raw (0 to 255), negative",
    )
    parser.add_argument(
        "--try",
        metavar="PHOTO",
        dest="photo",
        help="add nothing: write a picture of what the model sees on a photo, a tile for each way to read the file",
    )
    parser.add_argument(
        "--set",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help="set a field of the card; repeat for more",
    )
    parser.add_argument("--overwrite", action="store_true", help="take the place of a model of that name")
    add_debug_flag(parser)
    parser.set_defaults(handler=_add)


def _add(parsed: argparse.Namespace) -> int:
    from vision_app.cards.overrides import parse_settings, read_labels
    from vision_app.catalogue.place import add

    settings: dict[str, Any] = parse_settings(parsed.set)
    if parsed.labels is not None:
        settings["labels"] = read_labels(parsed.labels)
    if parsed.recipe is not None:
        settings = {**_recipe(parsed.recipe), **settings}
    if parsed.photo is not None:
        return _try(parsed, settings)
    lines: list[str] = []
    model = add(
        path_of(parsed.file),
        name=parsed.name,
        card_file=path_of(parsed.card) if parsed.card else None,
        settings=settings,
        overwrite=parsed.overwrite,
        tell=lines.append,
    )
    card = model.card
    assert card is not None
    out(
        Message(
            "{name}: {task}, {count} classes, licence {licence}; ready at {path}",
            name=model.name,
            task=card.task,
            count=len(card.labels),
            licence=card.licence,
            path=model.path,
        )
    )
    for line in lines:
        out(Message("  {line}", line=line))
    if made := _rewritten(model):
        out(Message("  graph: {made}", made=made))
    return EXIT_OK


def _rewritten(model: ModelFile) -> str | Message:
    """What making its graph faster brought; "" for nothing, or where it cannot be kept: the file itself runs then."""
    from vision_app.cli.models_rewrite import summary
    from vision_app.engine.rewriting import rewrite
    from vision_app.errors import ModelError

    try:
        record = rewrite(model)
    except ModelError:
        return ""
    return summary(record) if record.path else ""


def _recipe(name: str) -> Mapping[str, Any]:
    from vision_app.cards.recipes import RECIPES

    if name not in RECIPES:
        raise ConfigError(
            "--recipe must be one of {recipes}, got '{name}'", recipes=", ".join(RECIPES), name=name
        )
    return RECIPES[name]


def _try(parsed: argparse.Namespace, settings: Mapping[str, Any]) -> int:
    from vision_app.catalogue.place import name_of
    from vision_app.catalogue.trial import candidates, contact_sheet
    from vision_app.engine.loading import session_of
    from vision_app.pictures.reading import UnreadableError, decode, read_file
    from vision_app.sinks.images import write_picture

    file, photo = path_of(parsed.file), path_of(parsed.photo)
    name = parsed.name or name_of(file)
    found = candidates(session_of(file, "cpu"), name, settings)
    try:
        picture = decode(read_file(photo)).image
    except (OSError, UnreadableError) as error:
        raise ConfigError("--try {photo}: {error}", photo=photo, error=error) from None
    sheet = contact_sheet(file, found, picture)
    target = Path(f"{name}-on-{photo.stem}.jpg")
    write_picture(target, sheet, overwrite=parsed.overwrite)
    for one in found:
        flags = " ".join(f"--recipe {v}" if k == "recipe" else f"--set {k}={v}" for k, v in one.said.items())
        out(f"{one.card.task}, {one.card.output.layout}, {len(one.card.labels)} classes  {flags}".rstrip())
    out(Message("wrote {target}; add it with the flags of the right tile", target=target))
    return EXIT_OK


def register_remove(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "remove",
        help="delete models of your own",
        description="Delete models from your folder. Shipped models stay.",
    )
    parser.add_argument("names", metavar="NAME", nargs="+", help="names as vision-app models list shows them")
    parser.add_argument(
        "--versions",
        action="store_true",
        help="delete older versions too (without it you are asked in a terminal)",
    )
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_remove)


def _remove(parsed: argparse.Namespace) -> int:
    from vision_app.cards.lookup import weights_path
    from vision_app.catalogue.place import remove
    from vision_app.learn.versions import forget, kept

    for name in dict.fromkeys(parsed.names):
        older = kept(name)
        if not (parsed.versions and older.count and weights_path(name) is None):
            for path in remove(name):
                out(Message("{name}: deleted {path}", name=name, path=path))
        if not older.count:
            continue
        what = Message(
            "{count} older version{s} ({bytes:.1f} MB)",
            count=older.count,
            s="s" * (older.count != 1),
            bytes=older.bytes / 1e6,
        )
        if parsed.versions or _agreed(Message("{name}: delete {what} as well? [y/N] ", name=name, what=what)):
            forget(name)
            out(Message("{name}: deleted {what}", name=name, what=what))
        else:
            out(
                Message(
                    "{name}: {what} stay; vision-app models remove --versions {name} deletes them",
                    name=name,
                    what=what,
                )
            )
    return EXIT_OK


def _agreed(question: str) -> bool:
    """Whether the user says yes; nobody is asked where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    try:
        return input(shown(told(question))).strip().lower() in ("y", "yes")
    except EOFError:
        return False


def register_verify(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "verify",
        help="check the weights against their cards",
        description=(
            "Check size and SHA-256 of weights against what their cards say. Ends with code 1 when one differs."
        ),
    )
    parser.add_argument(
        "names", metavar="NAME", nargs="*", help="models to check (default: all on this disk)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_verify)


_WORDS = {
    "ok": Message("ok"),
    "differs": Message("DIFFERS"),
    "unstated": Message("not stated"),
    "unreadable": Message("UNREADABLE"),
}


def _verify(parsed: argparse.Namespace) -> int:
    from vision_app.catalogue.place import verify

    results = []
    for result in verify(list(dict.fromkeys(parsed.names))):
        results.append(result)
        if not parsed.json:
            detail = f": {told(result.detail)}" if result.detail else ""
            out(f"{padded(told(_WORDS[result.state]), 10)}  {result.name}  {result.path}{detail}")
    if parsed.json:
        out_json([r.as_record() for r in results])
    return EXIT_OK if all(r.good for r in results) else EXIT_FAILED
