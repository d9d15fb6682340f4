"""The one place that makes a predictor of a request: loads what is not there yet, and puts it together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vision_app.cards.lookup import ModelFile, find_chain, find_model
from vision_app.cards.parts import WHOLE
from vision_app.engine.chain import Chain, composed
from vision_app.engine.chain_cards import chain_of
from vision_app.engine.finding import Part
from vision_app.engine.loading import card_within
from vision_app.engine.movements import movement_chain
from vision_app.engine.options import BOXES, BY_NAME, CLASSIFY, SCENE
from vision_app.engine.points import LANDMARKS, landmarks_of, taught_chain
from vision_app.engine.predictors import LoadedModel, Predictor
from vision_app.engine.request import AskedModel, ModelRequest, has_option, knows_class
from vision_app.engine.rows import EmbeddingPart, Networks
from vision_app.errors import ConfigError
from vision_app.messages import Message, listed
from vision_app.runtime import ThreadPolicy
from vision_app.sequences.model import SEQUENCE, sequence_input
from vision_app.tasks import TaskOptions

_WANTED = {BOXES: Message("a detector"), CLASSIFY: Message("a classifier"), SCENE: Message("a classifier")}
"""Scope of an option to the model that has it, in words."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a predictor has to know besides the request.

    Attributes:
        threads: how the processor is shared out.
        frame_wh: size of the frames that it will see, pixels; it is warmed up on such a one. None for no warming up.
        fps: rate of the source; None where it is unknown.
    """

    threads: ThreadPolicy = field(default_factory=ThreadPolicy)
    frame_wh: tuple[int, int] | None = None
    fps: float | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A predictor, and the parts that a change of the request can use again.

    Attributes:
        request: what it is, without what its task does not have.
        model: the model that sees the picture, or the chain of a card.
        classifier: names what is in each box; None for none.
        predictor: all of them together.
        loaded: whether something had to be loaded for it.
    """

    request: ModelRequest
    model: LoadedModel | Chain
    classifier: LoadedModel | None
    predictor: Predictor
    loaded: bool


class Pool:
    """Loaded models by reference and provider: what is asked for once more shares its session.

    Args:
        threads: thread policy of what is loaded.
        known: models that are there already, by reference and provider.
    """

    def __init__(
        self,
        threads: ThreadPolicy | None = None,
        known: Mapping[tuple[str, str], LoadedModel | Part] | None = None,
    ) -> None:
        self._threads = threads or ThreadPolicy()
        self._known = dict(known or {})
        self.loads = 0

    def get(
        self, reference: str | ModelFile, provider: str, options: TaskOptions | None = None
    ) -> LoadedModel:
        """A model, asked with these options.

        Raises:
            ModelError: it cannot be found or used.
            ConfigError: an option does not fit it.
        """
        file = None if isinstance(reference, str) else reference
        key = (str(file.path) if file else str(reference), _variant(provider, options))
        known = self._known.get(key)
        if isinstance(known, LoadedModel):
            return known.with_options(options or TaskOptions())
        model = LoadedModel(file or find_model(str(reference)), options, provider, self._threads)
        self.loads += 1
        self._known[key] = model
        return model

    def get_any(
        self,
        reference: str | ModelFile,
        provider: str,
        options: TaskOptions | None = None,
        fps: float | None = None,
    ) -> LoadedModel | Chain:
        """A model, or a chain of models, asked with these options.

        Args:
            reference: as `get` has it, or the name or file of a chain's card.
            provider: wanted provider.
            options: of a chain, for its first model.
            fps: frames a second of the source; None where it is unknown.

        Raises:
            ModelError: it cannot be found or used.
            ConfigError: an option does not fit it.
        """
        card = find_chain(reference) if isinstance(reference, str) else None
        if card is None:
            return self._taught(reference, provider, options) or self.get(reference, provider, options)
        as_it_is = options is not None and options.no_rewrite
        chain = chain_of(
            card,
            lambda name, asked: self.get(
                name, provider, replace(asked or TaskOptions(), no_rewrite=as_it_is)
            ),
            options,
            fps,
            lambda name: self.part(name, provider),
        )
        if (
            options is not None
            and options.rectangle
            and not any(getattr(m, "free_hw", False) for m in chain.models)
        ):
            raise ConfigError(
                "{name}: the networks of this chain have inputs of one size; leave the option rectangle away",
                name=chain.name,
            )
        return chain

    def _taught(self, reference: str | ModelFile, provider: str, options: TaskOptions | None) -> Chain | None:
        """The chain of a classifier of landmarks, or of a model over time; None for every other model."""
        key = str(reference if isinstance(reference, str) else reference.path), provider
        if isinstance(self._known.get((key[0], _variant(provider, options))), LoadedModel):
            return None
        file = find_model(reference) if isinstance(reference, str) else reference
        if file.card is None:
            file = replace(file, card=card_within(file.path, LANDMARKS, SEQUENCE))
        chain, over_time = landmarks_of(file.card), sequence_input(file.card)
        if chain is None and over_time is None:
            return None
        # a new version has the name of the old one, and must not be taken for it
        own = self.part(f"{file.name} {file.path.stat().st_mtime_ns}", provider, file.path)
        if chain is None:
            networks = Networks(
                lambda name: self.part(name, provider), lambda name: self._embedded(name, provider)
            )
            return movement_chain(file, own, networks, options)
        return taught_chain(file, chain, lambda name: self.part(name, provider), own, options)

    def _embedded(self, name: str, provider: str) -> EmbeddingPart:
        """A classifier up to its embedding."""
        for (_, asked), part in self._known.items():
            if isinstance(part, EmbeddingPart) and asked == provider and part.of == name:
                return part
        part = EmbeddingPart(name, provider, self._threads)
        self.loads += 1
        self._known[part.name, provider] = part
        return part

    def part(self, name: str, provider: str, path: Path | None = None) -> Part:
        """A network of a chain.

        Raises:
            ModelError: it cannot be found or used.
        """
        known = self._known.get((name, provider))
        if isinstance(known, Part):
            return known
        part = Part(name, provider, self._threads, path)
        self.loads += 1
        self._known[name, provider] = part
        return part


def build(
    request: ModelRequest,
    around: Surroundings | None = None,
    *,
    pool: Pool | None = None,
    before: Built | None = None,
) -> Built:
    """Make what a request wants.

    Options that the task of the model does not have are left out: see `ModelRequest.misfits`.

    Args:
        request: what is wanted.
        around: threads, size and rate of the frames.
        pool: models that are loaded already; one of its own when None.
        before: what ran in its place until now: its parts are used again where they fit, so that nothing is loaded
            and no object loses its number by a change of a threshold.

    Raises:
        ModelError: a model cannot be found or used.
        ConfigError: an option does not fit.
    """
    around = around or Surroundings()
    pool = pool or Pool(around.threads, parts_of(before))
    loads = pool.loads
    model = pool.get_any(request.reference, request.provider, request.options, around.fps)
    request = request.fitted(model.task)
    if request.options.nearest_to is not None and isinstance(model, LoadedModel):
        from vision_app.engine.gallery import gallery

        model = model.knowing(*gallery(model, Path(request.options.nearest_to).expanduser()))
    classifier = None
    if request.classify_boxes is not None:
        classifier = pool.get(
            request.classify_boxes,
            request.provider,
            # a box is cut out already: the part of a frame that the classifier was taught on is none of a box's
            TaskOptions(
                top_k=request.options.top_k,
                fit=request.options.fit,
                region=WHOLE,
                no_rewrite=request.options.no_rewrite,
            ),
        )
    predictor = composed(
        model,
        request.options,
        sliced=request.sliced,
        slice_size=request.slice_size,
        slice_stride=request.slice_stride,
        classifier=classifier,
        track=request.track,
        detect_every=request.detect_every,
        fps=around.fps,
    )
    loaded = pool.loads > loads
    if around.frame_wh is not None and (
        before is None or loaded or _parts(request) != _parts(before.request)
    ):
        predictor.warm_up(around.frame_wh)
    if (
        isinstance(predictor, Chain)
        and before is not None
        and isinstance(before.predictor, Chain)
        and not loaded
    ):
        predictor = predictor.going_on_from(before.predictor)
    return Built(request, model, classifier, predictor, loaded)


def _parts(request: ModelRequest) -> tuple[object, ...]:
    """What a request puts together, as against what it asks of it."""
    return request.sliced, request.slice_size, request.slice_stride, request.classify_boxes


def parts_of(before: Built | None) -> dict[tuple[str, str], LoadedModel | Part]:
    """The loaded models of what was built before, as a pool knows them."""
    if before is None:
        return {}
    asked = before.request
    plain = _variant(asked.provider, replace(asked.options, rectangle=False))
    parts: dict[tuple[str, str], LoadedModel | Part] = {}
    if isinstance(before.model, Chain):
        parts = {(model.name, plain): model for model in before.model.models}
    else:
        parts[asked.reference, _variant(asked.provider, asked.options)] = before.model
    if before.classifier is not None and asked.classify_boxes is not None:
        parts[asked.classify_boxes, plain] = before.classifier
    return parts


def _variant(provider: str, options: TaskOptions | None) -> str:
    """The provider, and with it what of the options decides which graph is loaded."""
    asked = options or TaskOptions()
    return " ".join(
        [provider, *(["as it is"] if asked.no_rewrite else []), *(["rectangle"] if asked.rectangle else [])]
    )


def resolve(
    asked: Sequence[AskedModel], plain: Mapping[str, Any], pool: Pool, *, must_fit: Mapping[str, str]
) -> tuple[tuple[ModelRequest, ...], tuple[str, ...]]:
    """Requests from what was asked of single models and of all of them.

    An option that is asked of all goes to those that have it, and of the classes each takes those that it knows.

    Args:
        asked: the models.
        plain: options that are asked of all of them.
        pool: where they are loaded.
        must_fit: options of `plain` that at least one model has to have, and how each is called for the user.

    Returns:
        The requests, and names of options of `plain` that no model has.

    Raises:
        ModelError: a model cannot be found or used.
        ConfigError: no model has an option of `must_fit`, or knows a class.
    """
    models = [
        pool.get_any(one.reference, one.own.get("provider", plain.get("provider", "auto"))) for one in asked
    ]
    requests = [one.request(plain, model.task) for one, model in zip(asked, models, strict=True)]
    both = list(zip(requests, models, strict=True))
    unused = tuple(
        name
        for name, value in plain.items()
        if value != BY_NAME[name].default
        and not any(has_option(BY_NAME[name], model.task, request) for request, model in both)
    )
    for name in unused:
        if name in must_fit:
            wanted = _WANTED.get(
                BY_NAME[name].scope, Message("a model to {scope}", scope=BY_NAME[name].scope)
            )
            names = listed(Message("{name} to {task}", name=model.name, task=model.task) for model in models)
            raise ConfigError(
                "{must_fit} needs {wanted}; add one with --model (given: {names})",
                must_fit=must_fit[name],
                wanted=wanted,
                names=names,
            )
    if plain.get("classes"):
        takers = [
            i
            for i, (one, model) in enumerate(zip(asked, models, strict=True))
            if "classes" not in one.own and BY_NAME["classes"].suits(model.task)
        ]
        if len(takers) > 1:  # else the model's own error names the class, and what is like it
            _check_somebody_knows(plain["classes"], [models[i] for i in takers])
            for i in takers:
                requests[i] = requests[i].changed({"shared_classes": True})
    return tuple(requests), unused


def _check_somebody_knows(classes: Iterable[str], models: Sequence[LoadedModel | Chain]) -> None:
    """A class that none of these models has is a mistake.

    Raises:
        ConfigError: there is one.
    """
    for name in classes:
        if any(knows_class(model.labels, name) for model in models):
            continue
        labels = sorted({label for model in models for label in model.labels})
        near = difflib.get_close_matches(name.lower(), [label.lower() for label in labels], n=3)
        hint = (
            Message("did you mean {near}?", near=", ".join(near))
            if near
            else Message("they have {count} classes", count=len(labels))
        )
        raise ConfigError(
            "none of the models {models} has a class '{name}'; {hint}",
            models=", ".join(model.name for model in models),
            name=name,
            hint=hint,
        )
