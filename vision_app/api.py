"""What a notebook needs: load a model, open a source, look at packets, draw, run a pipeline, train.

`import vision_app` offers all of it by name and imports it when it is first used. `docs/api.md` shows it at work.
What is not offered there is private: it may change without notice.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from vision_app import overlay
from vision_app import sources as _sources
from vision_app.cards.lookup import find_model
from vision_app.engine.build import Surroundings, build
from vision_app.engine.chain import Chain
from vision_app.engine.options import BY_NAME, nearest
from vision_app.engine.predictors import Follower, LoadedModel, Predictor
from vision_app.engine.request import ModelRequest, parse_model
from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, parse_chain
from vision_app.filters.filtered import FilteredSource
from vision_app.filters.script import script
from vision_app.learn.options import TrainingOptions, TrainingProgress, TrainingResult
from vision_app.results.values import Frame, ImageU8, Packet, Result, Timings
from vision_app.runtime import ThreadPolicy
from vision_app.sources.base import Source, SourceOptions

PathLike = str | os.PathLike[str]


def load_model(reference: PathLike, *, threads: int = 0, **options: Any) -> LoadedModel | Chain:
    """Load a model, or a chain of models.

    Args:
        reference: a name of the catalogue, `name@version`, an .onnx file, or the name or file of a chain.
        threads: threads inside one run; 0 for all cores.
        options: what is asked of it, by the names of the command line with underscores: `conf`, `iou`, `classes`,
            `max_det`, `top_k`, `sliced`, `track`, `classify_boxes`, `provider` and the rest. An option that models
            of its task do not have is an error.

    Returns:
        A predictor: `predict(image)` gives a result and the seconds that it took.

    Raises:
        ModelError: it cannot be found or used.
        ConfigError: an option is unknown, wrong, or none of its task's.
    """
    asked = parse_model(os.fspath(reference))
    request = ModelRequest.of(asked.reference, {**asked.own, **_checked(options)})
    built = build(request, Surroundings(ThreadPolicy(intra_op=threads)))
    if lost := request.misfits(built.model.task):
        raise ConfigError(
            "{name} is a model to {task}: it has no {lost_name}",
            name=built.model.name,
            task=built.model.task,
            lost_name=lost[0].name,
        )
    predictor = built.predictor
    assert isinstance(predictor, LoadedModel | Chain)
    return predictor


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    checked = {}
    for name, value in options.items():
        if name not in BY_NAME:
            raise ConfigError(
                "'{name}' is not an option of a model; {hint}", name=name, hint=nearest(name, BY_NAME)
            )
        try:
            checked[name] = BY_NAME[name].from_either(list(value) if isinstance(value, tuple) else value)
        except ValueError as error:
            raise ConfigError(
                "{name} must be {error}, got {value!r}", name=name, error=error, value=value
            ) from None
    return checked


def filter_chain(text: str) -> FilterChain:
    """OpenCV operations one after the other, from their text: `clahe:2.0,8|canny:80,160`.

    `chain.start().process(image)` does them; `open_source` and `run` put them before the models.

    Raises:
        ConfigError: a name or a value is wrong; the line says what would be right.
    """
    return parse_chain(text)


def filter_code(chain: FilterChain | str, source: str = "0", target: str | None = None) -> str:
    """The shortest Python script that does what a chain does, in plain OpenCV.

    Args:
        chain: a chain or its text.
        source: number of a camera, path of a video or picture, address.
        target: where to write, `out_%04d.png` for one picture a frame; None to show it.

    Raises:
        ConfigError: the chain is wrong, or compares pictures and the source is a single one.
    """
    return script(parse_chain(chain) if isinstance(chain, str) else chain, source, target)


def open_source(
    spec: PathLike | int,
    *,
    filter: FilterChain | str | None = None,
    report: Callable[[str], None] = lambda line: None,
    **options: Any,
) -> Source:
    """Open a camera, file, folder or stream.

    Args:
        spec: what `--source` takes; a number is a camera.
        filter: operations that are done to each picture; see `filter_chain`.
        report: told in one line of what the user should know, from any thread.
        options: fields of `SourceOptions`: `start_s`, `end_s`, `every`, `size_wh`, `fps` and the rest.

    Raises:
        SourceError: it cannot be opened; the message shows no credentials.
        ConfigError: the filter is wrong.
        TypeError: an option is unknown.
    """
    chain = filter_chain(filter) if isinstance(filter, str) else filter
    if chain:
        chain.start()  # says what is wrong before a camera is opened
    opened = _sources.open_source(
        str(os.fspath(spec) if not isinstance(spec, int) else spec), SourceOptions(**options), report
    )
    return FilteredSource(opened, chain) if chain else opened


def packets(source: Source | PathLike | int, *models: Predictor | PathLike) -> Iterator[Packet]:
    """Every frame of a source with what the models say about it, one after the other, in order.

    Models that remember (tracking, chains) remember along the source. For the speed of several frames at once, and
    for files, see `run`.

    Args:
        source: an open source, which is closed at the end, or what `open_source` takes.
        models: loaded models, or what `load_model` takes.

    Raises:
        VisionError: the source or a model cannot be used, or failed on the way.
    """
    loaded = [m if not isinstance(m, str | os.PathLike) else load_model(m) for m in models]
    opened = open_source(source) if isinstance(source, str | os.PathLike | int) else source
    # a loaded chain may be used with several sources: each has a memory of its own
    own = [m.for_stream() if isinstance(m, Chain) else m for m in loaded]
    try:
        while (frame := opened.read()) is not None:
            answers = [_ask(model, frame) for model in own]
            timings = Timings(read_s=frame.read_s)
            for _, spent in answers:
                timings = timings + spent
            yield Packet(frame, tuple(result for result, _ in answers), timings)
    finally:
        opened.close()


def _ask(model: Predictor, frame: Frame) -> tuple[Result, Timings]:
    if isinstance(model, Follower):
        return model.follow(model.begin(frame), frame)
    return model.predict(frame.for_models)


def draw(picture: Packet | ImageU8, results: Sequence[Result] | Result = ()) -> ImageU8:
    """A picture with results on it; the picture itself stays as it is.

    Args:
        picture: a packet, or (H, W, 3) uint8 BGR.
        results: what is drawn on a picture; a packet brings its own.

    Returns:
        (H, W, 3) uint8 BGR.
    """
    if isinstance(picture, Packet):
        return overlay.render(picture.frame.image, picture.results)
    return overlay.render(picture, results if isinstance(results, Sequence) else (results,))


def run(
    source: PathLike | int | Sequence[PathLike | int],
    *,
    model: PathLike | Sequence[PathLike] = (),
    report: Callable[[str], None] = lambda line: None,
    **settings: Any,
) -> dict[str, Any]:
    """Run a whole pipeline as `vision-app run` does, on all cores, and wait for its end.

    Args:
        source: what `--source` takes, one or several.
        model: what `--model` takes, one or several; none for the program's default.
        report: told in one line of what the user should know, from any thread.
        settings: flags of `vision-app run` with underscores: `save`, `json`, `csv`, `log`, `max_frames`, `overwrite`,
            `conf`, `track` and the rest. Without an output nothing is written but the summary that is returned.

    Returns:
        The summary, as `--summary` writes it.

    Raises:
        VisionError: something cannot be had, or failed on the way.
    """
    from vision_app.headless.run import HeadlessRun
    from vision_app.headless.settings import load_settings

    outputs = ("save", "json", "csv", "log")
    values: dict[str, Any] = {"no_save": True} if not any(settings.get(name) for name in outputs) else {}
    values |= {name: os.fspath(v) if isinstance(v, os.PathLike) else v for name, v in settings.items()}
    values["source"] = _texts(source)
    if model:
        values["model"] = _texts(model)
    made = HeadlessRun(load_settings(values, environment={"VISION_APP_CONFIG": os.devnull}), report)
    made.start()
    made.join()
    return made.summary()


def _texts(value: Any) -> list[str]:
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return [_text(v) for v in (value if several else (value,))]


def _text(value: PathLike | int) -> str:
    return str(value) if isinstance(value, int) else os.fspath(value)


def train(
    samples: PathLike,
    name: str,
    *,
    base: PathLike = "efficientnet-lite0",
    on_progress: Callable[[TrainingProgress], None] | None = None,
    **options: Any,
) -> TrainingResult:
    """Train a head on a classifier's backbone, and put the model into the catalogue.

    Args:
        samples: a sample store, or a folder with one folder a class.
        name: name of the new model; of a model that was trained before, a new version is made.
        base: the classifier whose backbone is used.
        on_progress: told of the progress, from this thread.
        options: fields of `TrainingOptions`: `head`, `epochs`, `patience` and the rest.

    Raises:
        VisionError: the samples or the base cannot be used, or nothing can be learnt from them.
        TypeError: an option is unknown.
    """
    from vision_app.learn.training import Trainer
    from vision_app.samples.dataset import open_samples

    trainer = Trainer(
        open_samples(Path(samples)),
        find_model(os.fspath(base)),
        name,
        TrainingOptions(**options),
        on_progress=on_progress,
    )
    trainer.check()
    return trainer.run()
