"""`vision-app models info`: everything that is known about one model."""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from vision_app.cards.words import told_card
from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.cli.helping import padded, width_of, wrapped
from vision_app.messages import Message, listed, told

if TYPE_CHECKING:
    from vision_app.cards.card import ModelCard, Published
    from vision_app.cards.chain import ChainCard
    from vision_app.sequences.model import SequenceInput

_LABELS_SHOWN = 5


def register_info(commands: Commands[Parser]) -> None:
    """Add the subcommand."""
    parser = commands.add_parser(
        "info",
        help="show everything about a model",
        description="Show the whole card of a model, and where its weights are or how to get them.",
    )
    parser.add_argument("model", metavar="NAME|FILE", help="name of the catalogue, or an .onnx file")
    parser.add_argument("--json", action="store_true", help="as JSON, with the whole card")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_info)


def _info(parsed: argparse.Namespace) -> int:
    from vision_app.cards.card import card_as_json
    from vision_app.cards.lookup import find_chain, how_to_get, known_weights, sha256, shown_url

    chain = find_chain(parsed.model)
    if chain is not None:
        return _chain(chain, as_json=parsed.json)
    card, path = _find(parsed.model)
    facts = (path.stat().st_size, sha256(path)) if path else known_weights(card)
    if parsed.json:
        record: dict[str, Any] = {
            "name": card.name,
            "installed": path is not None,
            "path": str(path) if path else None,
            "bytes": facts[0] if facts else None,
            "sha256": facts[1] if facts else None,
            "how_to_get": None if path else how_to_get(card),
            "rewritten": _rewritten(path, as_json=True),
            "card": json.loads(card_as_json(card)),
        }
        if card.download is not None:
            record["card"]["download"]["url"] = shown_url(card.download.url)
        out_json(record)
        return EXIT_OK
    rows = [*_identity(card), *_published(card.published), *_recipe(card)]
    rows.append(("here", str(path) if path else Message("no; {advice}", advice=how_to_get(card))))
    if facts:
        rows += [
            ("size", Message("{count} bytes ({size_mb:.1f} MB)", count=facts[0], size_mb=facts[0] / 1e6)),
            ("SHA-256", facts[1]),
        ]
    rows += _rewritten(path, as_json=False)
    if card.download is not None:
        rows.append(("download", shown_url(card.download.url)))
    if card.notes:
        rows.append(("notes", told_card(card.notes)))
    _show(rows)
    return EXIT_OK


@overload
def _rewritten(path: Path | None, *, as_json: Literal[True]) -> dict[str, Any] | None: ...


@overload
def _rewritten(path: Path | None, *, as_json: Literal[False]) -> list[tuple[str, str]]: ...


def _rewritten(path: Path | None, *, as_json: bool) -> Any:
    """What rewriting the graph brought, and whether it takes rectangles, where either was tried."""
    from vision_app.cli.models_rewrite import steps, summary
    from vision_app.engine.rewritten import find

    graph, rectangle = (find(path) if path else None), (find(path, "rectangle") if path else None)
    if as_json:
        return {
            "graph": graph.as_json() if graph else None,
            "rectangle": rectangle.as_json() if rectangle else None,
        }
    rows = []
    if graph is not None:
        rows.append((Message("graph"), listed([summary(graph), *steps(graph)], "; ")))
    if rectangle is not None:
        said = Message("yes, with the option rectangle: {path}", path=rectangle.path)
        rows.append((Message("rectangles"), Message(rectangle.refused) if rectangle.refused else said))
    return rows


def _chain(chain: ChainCard, *, as_json: bool) -> int:
    """A chain of models: what it is, and its steps."""
    from vision_app.cards.lookup import how_to_get_chain, weights_path

    installed = all(weights_path(name) is not None for name in chain.models)
    if as_json:
        record = {f.name: getattr(chain, f.name) for f in dataclasses.fields(chain)}
        advice = None if installed else how_to_get_chain(chain)
        models = list(chain.models)
        out_json(
            {
                "name": chain.name,
                "installed": installed,
                "models": models,
                "how_to_get": advice,
                "card": record,
            }
        )
        return EXIT_OK
    rows: list[tuple[str, str]] = [
        ("name", chain.name),
        ("title", told_card(chain.title)),
        ("task", chain.task),
        ("family", chain.family),
    ]
    if chain.year is not None:
        rows.append(("year", str(chain.year)))
    rows += [("licence", chain.licence), ("models", ", ".join(chain.models))]
    rows += [
        (Message("step {number}", number=i), json.dumps(step, ensure_ascii=False))
        for i, step in enumerate(chain.steps, 1)
    ]
    rows.append(
        ("here", Message("yes") if installed else Message("no; {advice}", advice=how_to_get_chain(chain)))
    )
    if chain.notes:
        rows.append(("notes", told_card(chain.notes)))
    _show(rows)
    return EXIT_OK


def _find(reference: str) -> tuple[ModelCard, Path | None]:
    """The card, and the weights where they are on this disk."""
    from vision_app.cards.lookup import card_paths, find_card, find_model, weights_path
    from vision_app.engine.loading import described, session_of

    if reference in card_paths():
        return find_card(reference), weights_path(reference)
    file = find_model(reference)
    return file.card or described(session_of(file.path, "cpu"), file.name), file.path


def _identity(card: ModelCard) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = [
        ("name", card.name),
        ("title", card.title),
        ("task", card.task),
        ("family", card.family),
    ]
    if card.year is not None:
        rows.append(("year", str(card.year)))
    rows.append(("licence", card.licence))
    if card.origin_url:
        rows.append(("origin", card.origin_url))
    return rows


def _published(published: Published | None) -> list[tuple[str, str]]:
    if published is None:
        return []
    rows: list[tuple[str, str]] = []
    if published.top1 is not None:
        rows.append(("top-1", Message("{top1:g} % (ImageNet, published)", top1=published.top1)))
    if published.ap is not None:
        rows.append(("AP", Message("{ap:g} % (COCO AP@[.5:.95], published)", ap=published.ap)))
    if published.params is not None:
        rows.append(("parameters", Message("{count:.4g} million", count=published.params / 1e6)))
    if published.macs is not None:
        rows.append(
            (
                "MACs",
                Message("{macs:.4g} billion multiply-adds a picture", macs=published.macs / 1e9),
            )
        )
    if published.depth is not None:
        rows.append(("depth", Message("{depth} layers with weights", depth=published.depth)))
    return [*rows, (Message("figures from"), told_card(published.source))]


def _recipe(card: ModelCard) -> list[tuple[str, str]]:
    spec, output = card.input, card.output
    kernel = spec.interpolation + (Message(", antialiased") if spec.antialias else "")
    if spec.resize == "crop":
        kernel += Message(", centre {crop_pct:g} kept", crop_pct=spec.crop_pct)
    thresholds = [f"{n} {v:g}" for n, v in (("conf", output.conf), ("iou", output.iou)) if v is not None]
    first = ", ".join(card.labels[:_LABELS_SHOWN]) + (", ..." if len(card.labels) > _LABELS_SHOWN else "")
    classes = ("classes", f"{len(card.labels)}: {first}")
    from vision_app.sequences.model import sequence_input

    sequence = sequence_input(card)
    if sequence is not None:
        return [*_of_sequence(sequence), classes]
    return [
        (
            "input",
            Message(
                "{height} x {width} (height x width), {layout}, {colour}",
                height=spec.size_hw[0],
                width=spec.size_hw[1],
                layout=spec.layout,
                colour=spec.colour,
            ),
        ),
        ("resize", Message("{resize} ({kernel})", resize=spec.resize, kernel=kernel)),
        ("values", f"(pixel * {spec.scale:.6g} - {_triple(spec.mean)}) / {_triple(spec.std)}"),
        (
            "output",
            output.layout
            if output.activation == "none"
            else Message("{layout}, then {activation}", layout=output.layout, activation=output.activation),
        ),
        *([("thresholds", ", ".join(thresholds))] if thresholds else []),
        classes,
    ]


def _of_sequence(spec: SequenceInput) -> list[tuple[str, str]]:
    """What a model over time takes."""
    rows = Message(
        "rows of {width} numbers ({features}), {rate_hz:g} a second",
        width=spec.width,
        features=spec.features.partition("@")[0],
        rate_hz=spec.rate_hz,
    )
    form = (
        Message("a row and a state of {state} numbers", state=spec.state)
        if spec.form == "step"
        else Message("a window of at most {rows} rows", rows=spec.rows)
    )
    return [("input", rows), ("form", form)]


def _triple(values: tuple[float, float, float]) -> str:
    return Message("[{values}]", values=", ".join(f"{v:g}" for v in values))


_WORDS = {
    str(word): word
    for word in (
        Message("name"),
        Message("title"),
        Message("task"),
        Message("family"),
        Message("year"),
        Message("licence"),
        Message("models"),
        Message("origin"),
        Message("parameters"),
        Message("depth"),
        Message("input"),
        Message("resize"),
        Message("values"),
        Message("output"),
        Message("thresholds"),
        Message("classes"),
        Message("here"),
        Message("size"),
        Message("download"),
        Message("notes"),
    )
}


def _show(rows: list[tuple[str, str]]) -> None:
    rows = [(told(_WORDS.get(key, key)), told(text)) for key, text in rows]
    margin = max(width_of(key) for key, _ in rows) + 2
    if not sys.stdout.isatty():
        for key, text in rows:
            out(f"{padded(key, margin)}{text}")
        return
    width = max(shutil.get_terminal_size().columns, margin + 40)
    for key, text in rows:
        for i, line in enumerate(wrapped(text, width - margin) or [""]):
            out(f"{padded(key if i == 0 else '', margin)}{line}".rstrip())
