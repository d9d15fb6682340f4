"""`vision-app train`: a model for the user's own classes, from samples and a pre-trained classifier."""

from __future__ import annotations

import argparse
from contextlib import nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from vision_app.messages import Message, told

if TYPE_CHECKING:
    from vision_app.learn.keeping import Decision
    from vision_app.learn.options import TrainingResult

_DESCRIPTION = Message("""\
Train a model for your own classes. A classifier of the catalogue is taken without its last layer and stays as it
is (frozen); a new last layer is trained on your samples, until samples that it has not seen are no longer judged
better (early stopping). The result is one ONNX file in your folder of models: --model NAME takes it at once.

  vision-app train --samples samples/ --name mine
  vision-app train --samples samples/ --base mobilenetv2-100 --head mlp --views 4 --name mine
""")


_EPILOG = Message("""\
With --over-time movements are learnt, from landmarks or embeddings over time (samples import --movement):

  vision-app train --over-time gru --samples moves/ --name my-gestures
""")
OVER_TIME = ("gru", "lstm", "cnn", "transformer", "mlp")
"""Heads that are offered; the plain recurrence is for the lesson alone."""


def register(commands: Commands[Parser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "train",
        help="train a model for your own classes",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--samples",
        metavar="DIR",
        required=True,
        type=Path,
        help="samples that were captured, or a folder with one folder a class; train/ and val/ above them are followed",
    )
    parser.add_argument(
        "--base",
        metavar="NAME",
        help="name or .onnx file of the classifier to start from (default: the shipped one); hands, body or face to "
        "learn from their landmarks: few samples of each do, wherever they are in the picture",
    )
    parser.add_argument(
        "--over-time",
        choices=OVER_TIME,
        help="learn movements: gru and lstm keep a state and cost a step a frame, cnn and transformer see a window, "
        "mlp averages the frames and knows no order; --base is what they were recorded for (default: the richest)",
    )
    parser.add_argument(
        "--name",
        metavar="NEW",
        required=True,
        help="name of the model; of one that was trained before, a new version",
    )
    parser.add_argument(
        "--title", metavar="TEXT", default="", help="what people are shown (default: the name)"
    )
    parser.add_argument(
        "--if-better",
        action="store_true",
        help="go back to the version before unless the new one is better on samples that neither has learnt from "
        "(McNemar's test at 5 %%)",
    )
    parser.add_argument(
        "--provider",
        metavar="P",
        default="auto",
        help="what ONNX Runtime computes on: auto, cpu, cuda (default: auto)",
    )
    parser.add_argument(
        "--json", action="store_true", help="what came of it, as one JSON object; nothing else is said"
    )
    add_debug_flag(parser)
    _add_head(parser.add_argument_group("the new layers"))
    _add_training(parser.add_argument_group("training"))
    parser.set_defaults(handler=_train)


def _add_head(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--head", choices=("linear", "mlp"), help="one layer, or a hidden layer before it (default: linear)"
    )
    group.add_argument("--width", metavar="N", type=int, help="units of the hidden layer (default: 128)")
    group.add_argument("--activation", choices=("relu", "gelu"), help="of the hidden layer (default: relu)")
    group.add_argument(
        "--dropout",
        metavar="X",
        type=float,
        help="share of what the last layer reads that is left out at random (default: 0)",
    )
    group.add_argument(
        "--unfreeze",
        metavar="K",
        type=int,
        help="afterwards train the last K blocks of the frozen part too (needs the extra 'train')",
    )


def _add_training(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--fit",
        choices=("crop", "squash", "letterbox"),
        help="how pictures are fitted into the input: cut the longer side off, ignore the aspect, or keep all of it "
        "between borders; the model keeps to it (default: the base's way)",
    )
    group.add_argument(
        "--epochs", metavar="N", type=int, help="at most so many passes over the samples (default: 100)"
    )
    group.add_argument(
        "--lr", metavar="X", type=float, dest="learning_rate", help="learning rate (default: 0.001)"
    )
    group.add_argument(
        "--schedule", choices=("cosine", "constant"), help="of the learning rate (default: cosine)"
    )
    group.add_argument(
        "--weight-decay", metavar="X", type=float, help="decoupled, of the weights (default: 0.1)"
    )
    group.add_argument(
        "--label-smoothing",
        metavar="X",
        type=float,
        help="share of the target spread over all classes (default: 0.05)",
    )
    group.add_argument(
        "--class-weights",
        choices=("balanced", "none"),
        help="whether a class with few samples counts as much as the others (default: balanced)",
    )
    group.add_argument("--batch-size", metavar="N", type=int, help="samples of one step (default: 32)")
    group.add_argument(
        "--views",
        metavar="N",
        type=int,
        help="pictures made of each sample: itself and slightly changed ones (default: 1)",
    )
    group.add_argument(
        "--no-flip",
        dest="flip",
        action="store_false",
        default=None,
        help="views are not mirrored: left and right differ",
    )
    group.add_argument(
        "--flip",
        action="store_true",
        default=None,
        help="views are mirrored (of pictures the default); of movements: with the other hand they mean the same",
    )
    group.add_argument("--seed", metavar="N", type=int, help="of all that is drawn at random (default: 0)")
    group.add_argument(
        "--validation-share",
        metavar="X",
        type=float,
        help="share of the samples that is held out (default: 0.2)",
    )
    group.add_argument(
        "--learn-from-all",
        choices=("auto", "always", "never"),
        help="whether the held-out samples are learnt from as well, in the end (default: auto, "
        "when a class has fewer than 10)",
    )
    group.add_argument(
        "--monitor",
        choices=("val_loss", "val_accuracy"),
        help="what decides which epoch is the best (default: val_loss)",
    )
    group.add_argument(
        "--patience",
        metavar="N",
        type=int,
        help="epochs without an improvement after which it stops (default: 8)",
    )
    group.add_argument(
        "--min-delta", metavar="X", type=float, help="by how much it must improve to count (default: 0.01)"
    )


def _given(parsed: argparse.Namespace) -> dict[str, Any]:
    """The options that were given."""
    from vision_app.learn.options import TrainingOptions

    return {
        field.name: getattr(parsed, field.name)
        for field in fields(TrainingOptions)
        if getattr(parsed, field.name) is not None
    }


def _train(parsed: argparse.Namespace) -> int:
    if parsed.over_time:
        return _train_over_time(parsed)
    from vision_app.cards.lookup import DEFAULT_CLASSIFIER
    from vision_app.cards.versions import current_version
    from vision_app.cli.train_progress import TrainingBar
    from vision_app.errors import VisionError
    from vision_app.learn.keeping import keep_if_better
    from vision_app.learn.landmarks import base_of, embedder_of
    from vision_app.learn.options import TrainingOptions
    from vision_app.learn.training import Trainer
    from vision_app.samples.dataset import open_samples

    options = TrainingOptions(**_given(parsed))
    samples = open_samples(parsed.samples)
    before = current_version(parsed.name) if parsed.if_better else None
    base = base_of(parsed.base or DEFAULT_CLASSIFIER)
    bar = None if parsed.json else TrainingBar()
    trainer = Trainer(
        samples, base, parsed.name, options, title=parsed.title, on_progress=bar.update if bar else None
    )
    trainer.check()
    trainer.embedder = embedder_of(base, parsed.provider, options.fit)
    try:
        with bar or nullcontext():
            result = trainer.run()
            decision = (
                None if before is None else keep_if_better(parsed.name, before, result.version, samples)
            )
    except VisionError as error:  # what can be found out before the start has been
        return failed(error, EXIT_FAILED, debug=parsed.debug)
    finally:
        trainer.embedder.close()
    return _said(result, decision, as_json=parsed.json)


def _train_over_time(parsed: argparse.Namespace) -> int:
    from vision_app.cli.train_progress import TrainingBar
    from vision_app.errors import ConfigError, VisionError
    from vision_app.samples.movements import open_movements
    from vision_app.temporal.options import TRAINING, TemporalOptions
    from vision_app.temporal.training import MovementTrainer, features_for

    given = _given(parsed)
    if parsed.if_better:
        raise ConfigError("--{flag} is for pictures; leave it out with --over-time", flag="if-better")
    for flag in ("head", "activation", "views", "unfreeze", "fit"):
        if flag in given:
            raise ConfigError("--{flag} is for pictures; leave it out with --over-time", flag=flag)
    options = TemporalOptions(head=parsed.over_time, training=replace(TRAINING, **given))
    movements = open_movements(parsed.samples)
    features = features_for(movements, parsed.base)
    bar = None if parsed.json else TrainingBar()
    told = bar.update if bar else None
    trainer = MovementTrainer(movements, features, parsed.name, options, title=parsed.title, on_progress=told)
    trainer.check()
    try:
        with bar or nullcontext():
            result = trainer.run()
    except VisionError as error:  # what can be found out before the start has been
        return failed(error, EXIT_FAILED, debug=parsed.debug)
    return _said(result, as_json=parsed.json)


def _said(result: TrainingResult, decision: Decision | None = None, *, as_json: bool) -> int:
    if as_json:
        more = {} if decision is None else {"kept": decision.kept, "kept_because": decision.reason}
        out_json({**result.to_json(), **more})
        return EXIT_OK
    for warning in result.warnings:
        say(Message("warning: {warning}", warning=warning))
    for line in _lines(result):
        out(line)
    if decision is not None:
        out(Message("  {reason}", reason=decision.reason))
    return EXIT_OK


def _lines(result: TrainingResult) -> list[str]:
    lines: list[str] = [
        Message(
            "{name}: version {version}, {count} classes on {base}, {train_samples} samples to learn "
            "from, {validation_samples} held out, {seconds:.1f} s",
            name=result.name,
            version=result.version,
            count=len(result.labels),
            base=result.base,
            train_samples=result.train_samples,
            validation_samples=result.validation_samples,
            seconds=result.seconds,
        ),
    ]
    if result.validation_accuracy is not None:
        lines.append(
            Message(
                "  {validation_accuracy:.1f} % of the {count} held-out samples are right",
                validation_accuracy=100 * result.validation_accuracy,
                count=result.validation_samples,
            )
        )
    if result.frozen_validation_accuracy is not None:
        lines.append(
            Message(
                "  {frozen_validation_accuracy:.1f} % before blocks were unfrozen",
                frozen_validation_accuracy=100 * result.frozen_validation_accuracy,
            )
        )
    if result.reject_below is not None:
        lines.append(
            Message(
                "  below a probability of {reject_below:.2f} a picture is called unknown",
                reject_below=result.reject_below,
            )
        )
    lines += [f"  {told(sentence)}" for sentence in result.advice]
    lines += [
        Message("  wrote {model_path}", model_path=result.model_path),
        Message("  try it: vision-app --source 0 --model {name}", name=result.name),
    ]
    return lines
