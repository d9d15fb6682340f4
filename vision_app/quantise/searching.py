"""From a float model and a source to an INT8 model in the user's folder, with all that was measured."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vision_app.cards.card import ModelCard
from vision_app.cards.lookup import find_model, user_models_dir
from vision_app.catalogue.place import NameTakenError, install
from vision_app.engine.build import Pool
from vision_app.engine.predictors import LoadedModel
from vision_app.graph.timing import seconds_a_run
from vision_app.messages import Message
from vision_app.quantise.agreement import measure_of
from vision_app.quantise.choosing import Attempts, DisagreementError, best_version
from vision_app.quantise.frames import Samples, collect
from vision_app.quantise.network import placement_for
from vision_app.quantise.preparing import check_quantisable
from vision_app.quantise.watching import Version, Watch
from vision_app.quantise.writing import SUFFIX, Made, Request, card_of, checked_name
from vision_app.scratch import scratch_folder
from vision_app.sources.urls import source_id


class Search:
    """Versions of a model that were made and compared; any of them can be registered.

    Attributes:
        best: the one that is as was asked for; None when there is none.
        problem: why there is none.
    """

    def __init__(
        self, original: LoadedModel, request: Request, card: ModelCard, samples: Samples, attempts: Attempts
    ) -> None:
        self._original, self._request, self._card = original, request, card
        self._samples, self._attempts = samples, attempts
        self.best: Version | None = None
        self.problem: DisagreementError | None = None
        try:
            self.best = best_version(attempts, request.min_agreement, request.min_speed)
        except DisagreementError as error:
            self.problem = error

    @property
    def versions(self) -> tuple[Version, ...]:
        """All that were made, in that order."""
        return tuple(self._attempts.made)

    @property
    def layers(self) -> int:
        """How many layers with weights there are."""
        return len(self._attempts.layers)

    def register(self, version: Version) -> Made:
        """Make one of the versions a model of the user's, in place of one that this search registered before.

        Its speed is measured once more, and longer.

        Raises:
            ModelError: it cannot be registered.
            CancelledError: it was called off; what was there is there still.
        """
        float_path, provider = self._original.session.path, self._request.provider
        pair = (float_path, version.path)
        fp32_s, int8_s = seconds_a_run(pair, self._attempts.tensor, provider)
        int8_bytes = version.path.stat().st_size
        made = Made(
            name=self._card.name,
            path=_target(self._card),
            made_from=self._original.name,
            provider=provider,
            size_ratio=round(float_path.stat().st_size / int8_bytes, 3),
            speed_ratio=round(fp32_s / int8_s, 3),
            agreement=round(version.agreement, 4),
            measure=self._attempts.measure.title,
            layers=self.layers,
            in_float=version.in_float,
            calibration_frames=len(self._samples.calibration),
            held_out_frames=len(self._samples.held_out),
            bytes=int8_bytes,
            fp32_ms=round(fp32_s * 1e3, 3),
            int8_ms=round(int8_s * 1e3, 3),
            tried=self._attempts.tried(version),
        )
        card = card_of(self._card, self._original.card, made, self._samples.source_id)
        # a model of the user's with that name was refused before, or may be replaced; a shipped one is hidden
        install(version.path, card, overwrite=True)
        return made


def _target(card: ModelCard) -> Path:
    return user_models_dir() / f"{card.name}.onnx"


@contextmanager
def searched(request: Request, watch: Watch) -> Iterator[Search]:
    """Make versions of a model and compare them with it; their files are there while the block runs.

    Args:
        request: what to do.
        watch: told how it goes.

    Raises:
        ModelError: the model cannot be quantised.
        SourceError: the source cannot be read, or has too few frames.
        CancelledError: it was called off; nothing is left of it.
    """
    file = find_model(request.model)
    placement_for(request.provider)
    check_quantisable(file.path)
    original = Pool().get(file, request.provider)
    measure_of(original.task, original.name)
    card = checked_name(original.card, request.name or original.name + SUFFIX)
    if _target(card).exists() and not request.overwrite:
        raise NameTakenError(
            "there is a model '{name}' already: {there}{flags}",
            name=card.name,
            there=_target(card),
            flags=Message("; give the new one another name with --name, or replace it with --overwrite"),
        )
    samples = _samples(request, watch)
    with scratch_folder(Path(tempfile.gettempdir()), "int8") as folder:
        attempts = Attempts(original, samples, request.provider, folder, watch)
        yield Search(original, request, card, samples, attempts)


def _samples(request: Request, watch: Watch) -> Samples:
    if isinstance(request.source, Samples):
        return request.source
    watch.say(Message("taking frames from {source}", source=source_id(request.source)))
    return collect(request.source, request.frames, request.seconds, watch.say)


def quantise_model(request: Request, watch: Watch) -> Made:
    """Make the INT8 version, compare it with the original and register it as a model of the user's.

    Nothing is registered unless all is done.

    Args:
        request: what to do.
        watch: told how it goes.

    Raises:
        ModelError: the model cannot be quantised, or the new one cannot be registered.
        DisagreementError: no version agreed as much as was wanted.
        SourceError: the source cannot be read, or has too few frames.
        CancelledError: it was called off; nothing is left of it.
    """
    with searched(request, watch) as search:
        if search.best is None:
            assert search.problem is not None
            raise search.problem
        return search.register(search.best)
