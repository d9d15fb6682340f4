"""`vision-app filters`: the OpenCV operations, their lessons, the code of a chain, and what it does to a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.cli.console import EXIT_OK, Commands, Parser, add_debug_flag, out, out_json
from vision_app.cli.values import whole_number
from vision_app.messages import Message, spoken

if TYPE_CHECKING:
    from vision_app.filters.operation import Operation
    from vision_app.filters.robustness import Point

_CHAIN = Message("NAME:VALUE,VALUE|NAME|..., such as 'clahe:2.0,8|canny:80,160'")


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "filters",
        help="OpenCV operations to put before a model, and their code",
        description="OpenCV operations to put before a model with --filter: what there is, and the code of a chain.",
    )
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=lambda _: _show_help(parser))
    subcommands = parser.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", title="subcommands")
    _register_list(subcommands)
    _register_show(subcommands)
    _register_code(subcommands)
    _register_robustness(subcommands)


def _register_list(commands: Commands[Parser]) -> None:
    parser = commands.add_parser(
        "list",
        help="list all operations",
        description="List all operations with their values and what they cost for 1280 x 720 pixels on one core.",
    )
    parser.add_argument("--json", action="store_true", help="as JSON, with ranges, units, words and lessons")
    _add_language(parser)
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_list)


def _register_show(commands: Commands[Parser]) -> None:
    parser = commands.add_parser(
        "show", help="one operation: its values and its lesson", description="One operation in words."
    )
    parser.add_argument("name", metavar="NAME", help="an operation of vision-app filters list")
    _add_language(parser)
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_show)


def _register_code(commands: Commands[Parser]) -> None:
    parser = commands.add_parser(
        "code",
        help="the Python script of a chain",
        description="Print the shortest Python script that does what a chain does, in plain OpenCV.",
    )
    parser.add_argument("chain", metavar="CHAIN", help=_CHAIN)
    parser.add_argument(
        "--source", metavar="S", default="0", help="camera number, video, address or picture (default: 0)"
    )
    parser.add_argument(
        "--save", metavar="FILE", help="write a picture, or with a pattern such as out_%%04d.png one a frame"
    )
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_code)


def _register_robustness(commands: Commands[Parser]) -> None:
    parser = commands.add_parser(
        "robustness",
        help="a classifier's probability along one value of a chain",
        description="Classify one picture again and again while one value of a chain goes from end to end.",
    )
    parser.add_argument("chain", metavar="CHAIN", help=_CHAIN)
    parser.add_argument(
        "--along", metavar="N.PARAMETER", required=True, help="such as gaussian.size or 2.high"
    )
    parser.add_argument("--source", metavar="PICTURE", required=True, help="the picture")
    parser.add_argument("--model", metavar="M", help="a classifier (default: efficientnet-lite0)")
    parser.add_argument("--label", metavar="L", help="the class to follow (default: the one of the picture)")
    parser.add_argument(
        "--values", metavar="N", type=whole_number(2, 1000), default=21, help="how many values (default: 21)"
    )
    parser.add_argument(
        "--plot", metavar="FILE", help="draw it too: .png, .svg or .pdf (needs the extra plot)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    add_debug_flag(parser, hidden=True)
    parser.set_defaults(handler=_robustness)


def _add_language(parser: Parser) -> None:
    parser.add_argument(
        "--lang", choices=("en", "ko"), default=None, help="language of the words (default: that of the help)"
    )


def _show_help(parser: argparse.ArgumentParser) -> int:
    out(parser.format_help().rstrip())
    return EXIT_OK


def _list(parsed: argparse.Namespace) -> int:
    from vision_app.filters.table import OPERATIONS

    if parsed.json:
        rows = [_record(operation) for operation in OPERATIONS.values()]
        out_json(rows)
        return EXIT_OK
    for operation in OPERATIONS.values():
        values = ",".join(f"{p.name}={p.format(p.default)}" for p in operation.parameters)
        text = operation.name + (f":{values}" if values else "")
        out(text)
        out(f"    {operation.line.of(parsed.lang or spoken())} ({operation.cost_ms:g} ms)")
    return EXIT_OK


def _record(operation: Operation) -> dict[str, Any]:
    return {
        "name": operation.name,
        "title": {"en": operation.title.en, "ko": operation.title.ko},
        "line": {"en": operation.line.en, "ko": operation.line.ko},
        "lesson": {"en": operation.lesson.en, "ko": operation.lesson.ko},
        "call": operation.call,
        "cost_ms": operation.cost_ms,
        "remembers": operation.remembers,
        "parameters": [
            {
                "name": p.name,
                "title": {"en": p.words.en, "ko": p.words.ko},
                "default": p.format(p.default),
                "takes": p.takes,
                "unit": p.unit,
            }
            for p in operation.parameters
        ],
    }


def _show(parsed: argparse.Namespace) -> int:
    from vision_app.filters.table import find_operation

    operation, language = find_operation(parsed.name), parsed.lang or spoken()
    out(
        Message(
            "{name}: {of} ({call}, {cost_ms:g} ms)",
            name=operation.name,
            of=operation.title.of(language),
            call=operation.call,
            cost_ms=operation.cost_ms,
        )
    )
    out(operation.lesson.of(language))
    for p in operation.parameters:
        out(
            Message(
                "  {name}: {of}; {takes}; default {format}",
                name=p.name,
                of=p.words.of(language),
                takes=p.takes,
                format=p.format(p.default) or "none",
            )
        )
    return EXIT_OK


def _code(parsed: argparse.Namespace) -> int:
    from vision_app.filters.chain import parse_chain
    from vision_app.filters.script import script

    for line in script(parse_chain(parsed.chain), parsed.source, parsed.save).splitlines():
        out(line)
    return EXIT_OK


def _robustness(parsed: argparse.Namespace) -> int:
    from vision_app.bench.plot import check_can_plot
    from vision_app.bench.robustness_plot import plot_robustness
    from vision_app.cards.lookup import DEFAULT_CLASSIFIER
    from vision_app.engine.build import build
    from vision_app.engine.request import requested
    from vision_app.errors import ConfigError
    from vision_app.filters.chain import parse_chain
    from vision_app.filters.robustness import Robustness, robustness
    from vision_app.results.values import Classification, ImageU8
    from vision_app.sources import open_source

    chain = parse_chain(parsed.chain)
    step, name = _along(parsed.along, [s.operation.name for s in chain.steps])
    if parsed.plot:
        check_can_plot(Path(parsed.plot))
    model = build(requested(parsed.model or DEFAULT_CLASSIFIER)).predictor
    if model.task != "classify":
        raise ConfigError(
            "probabilities come from a classifier, {name} is a model to {task}",
            name=model.name,
            task=model.task,
        )

    def classify(image: ImageU8) -> Classification:
        result = model.predict(image)[0]
        assert isinstance(result, Classification)
        return result

    with open_source(parsed.source) as source:
        frame = source.read()
    if frame is None:
        raise ConfigError("{source} has no picture", source=parsed.source)
    found = list(
        robustness(chain, step, name, frame.image, classify, label=parsed.label, count=parsed.values)
    )
    whole = Robustness(step, name, found[0][0], tuple(point for _, point in found))
    if parsed.json:
        points = _records(whole.points)
        out_json({"label": whole.label, "parameter": parsed.along, "points": points})
    else:
        out(
            Message(
                "{operation_name}.{name}  probability of {label}  best class",
                operation_name=chain.steps[step].operation.name,
                name=name,
                label=whole.label,
            )
        )
        for point in whole.points:
            out(f"{point.value!s:>10}  {point.probability:6.3f}  {point.best} {point.best_probability:.3f}")
    if parsed.plot:
        out(plot_robustness(whole, str(chain), Path(parsed.plot)))
    return EXIT_OK


def _records(points: tuple[Point, ...]) -> list[dict[str, Any]]:
    return [
        {
            "value": point.value,
            "probability": round(point.probability, 6),
            "best": point.best,
            "best_probability": round(point.best_probability, 6),
        }
        for point in points
    ]


def _along(text: str, names: list[str]) -> tuple[int, str]:
    from vision_app.errors import ConfigError

    which, dot, parameter = text.rpartition(".")
    if which.isdecimal():
        return int(which) - 1, parameter
    if not dot or names.count(which) != 1:
        raise ConfigError(
            "--along must be NAME.PARAMETER with a name that stands once in the chain ({names}), or "
            "NUMBER.PARAMETER with the number of a step, got {text!r}",
            names=", ".join(names),
            text=text,
        )
    return names.index(which), parameter
