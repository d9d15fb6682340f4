"""A whole training over time: movements in, a model in the catalogue out. Knows nothing of windows or terminals."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vision_app.cards.card import METADATA_KEY, ModelCard, card_as_json
from vision_app.errors import TrainingError
from vision_app.learn.advice import advise
from vision_app.learn.calibration import fit_temperature
from vision_app.learn.course import Course
from vision_app.learn.matching import HELD_OUT, LEARNT_FROM
from vision_app.learn.options import OnProgress, TrainingResult
from vision_app.learn.producing import TRAINING_KEY, check_name, next_version, publish
from vision_app.learn.telling import MOVEMENTS, Telling
from vision_app.messages import Message
from vision_app.samples.movements import MovementSet
from vision_app.temporal.exporting import file_of
from vision_app.temporal.fitting import TemporalFit, fit, refit
from vision_app.temporal.heads import TemporalHead
from vision_app.temporal.materials import Materials, gather
from vision_app.temporal.options import TemporalOptions
from vision_app.temporal.producing import card_of, check_content

_CHECKED_SEQUENCES = 5
_FEW_OF_A_CLASS = 10
_FEWEST_FOR_TEMPERATURE = 10
_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementResult(TrainingResult):
    """What came of a training over time.

    Attributes:
        over_time: what was asked for.
        parameters: how many numbers were learnt.
        rows: of the longest movement, at the rate of the model.
    """

    over_time: TemporalOptions
    parameters: int
    rows: int

    def to_json(self) -> dict[str, Any]:
        """As the object that `vision-app train --over-time --json` prints."""
        return TrainingResult.to_json(self) | {
            "over_time": self.over_time.head,
            "parameters": self.parameters,
            "rows": self.rows,
            "options": self.over_time.to_json(),
        }


class MovementTrainer(Course):
    """One training over time. `run` works in the thread that calls it; `stop` and `cancel` come from any other.

    Args:
        movements: what is learnt from.
        features: what a row is, such as `hands`: one of `movements.features()`.
        name: of the new model; of one that was trained before, a new version is made.
        options: how.
        on_progress: told of the progress, from the thread that runs.
        title: for people; the name when empty.
    """

    def __init__(
        self,
        movements: MovementSet,
        features: str,
        name: str,
        options: TemporalOptions | None = None,
        *,
        on_progress: OnProgress | None = None,
        title: str = "",
    ) -> None:
        self.movements, self.features, self.name = movements, features, name
        self.options = options or TemporalOptions()
        super().__init__(Telling(MOVEMENTS, on_progress), self.options.training.epochs)
        self._title = title
        self._materials: Materials | None = None

    def check(self) -> Materials:
        """Find out what would make the training fail before it has begun.

        Raises:
            ConfigError: the name cannot be a name.
            ModelError: the name is that of another model.
            SampleError: a movement cannot be read, or was recorded without what the features are made of.
            TrainingError: nothing can be learnt from these movements.
        """
        check_name(self.name)
        if self._materials is None:
            self._materials = gather(self.movements, self.features, self.options)
        return self._materials

    def run(self) -> MovementResult:
        """Do all of it.

        Raises:
            CancelledError: it was cancelled.
            TrainingError: nothing can be learnt from these movements, or the numbers became infinite.
            SampleError: a movement cannot be read.
            ModelError: the new model cannot be written.
            ConfigError: the name cannot be a name.
        """
        self._telling.begin()
        with self._timed("read"):
            materials = self.check()
        self._go_to("training")
        labels = materials.usable.labels
        classes = len(labels)
        idle = labels.index(self.movements.idle) if self.movements.idle in labels else None
        with self._timed("train"):
            made = fit(
                materials.train, materials.validation, classes, self.options, self._on_epoch, idle=idle
            )
        head = replace(made.head, temperature=self._temperature(made.head, materials))
        learnt_from_all = self._learns_from_all(materials)
        if learnt_from_all:
            with self._timed("train again"):
                again = refit(
                    materials.everything, classes, self.options, made.best_epoch, self._on_refit, idle=idle
                )
            head = replace(again, temperature=head.temperature)
        self._go_to("writing")
        return self._finish(materials, made, head, learnt_from_all=learnt_from_all)

    # the head -------------------------------------------------------------------------------------------

    def _learns_from_all(self, materials: Materials) -> bool:
        choice = self.options.training.learn_from_all
        counts = Counter(one.label for one in materials.usable.sequences)
        few = min(counts.values()) < _FEW_OF_A_CLASS and not self.movements.is_split
        return bool(len(materials.validation)) and (choice == "always" or (choice == "auto" and few))

    @staticmethod
    def _temperature(head: TemporalHead, materials: Materials) -> float:
        """So that probabilities mean what they say; 1 where too few sequences were held out to tell."""
        if len(materials.validation) < _FEWEST_FOR_TEMPERATURE:
            return 1.0
        scores = np.asarray(head.logits(materials.validation), np.float32)
        return fit_temperature(scores, materials.validation.y)

    # the model ------------------------------------------------------------------------------------------

    def _finish(
        self, materials: Materials, made: TemporalFit, head: TemporalHead, *, learnt_from_all: bool
    ) -> MovementResult:
        result = self._result(materials, made, head, learnt_from_all=learnt_from_all)
        summary = {key: value for key, value in result.to_json().items() if key not in ("name", "model_path")}
        told = ("version", "samples", "epochs", "best_epoch", "stopped_because")
        judged = ("validation_accuracy", "validation_samples")
        training = {key: summary[key] for key in (*told, *judged)} | {
            "head": self.options.head,
            "date": time.strftime("%Y-%m-%d"),
        }
        card = self._card(materials, head, result, training)
        everything = range(len(materials.usable.samples))
        learnt = everything if learnt_from_all else materials.division.train.tolist()
        summary[LEARNT_FROM] = _hashes(materials, learnt)
        summary[HELD_OUT] = _hashes(materials, materials.division.validation.tolist())
        with self._timed("write"):
            metadata = {
                METADATA_KEY: card_as_json(card),
                TRAINING_KEY: json.dumps(summary, ensure_ascii=False),
            }
            content = file_of(head, metadata)
        with self._timed("verify"):
            every = max(1, len(materials.usable.sequences) // _CHECKED_SEQUENCES)
            check_content(content, card, head, materials.usable.sequences[::every])
        self._check_cancelled()
        with self._timed("register"):
            installed = publish(content, card)
        self._telling.tell(1, 1, made.best_epoch)
        return replace(
            result,
            model_path=installed.path,
            seconds=self._telling.elapsed_s,
            timings_s=dict(self._timings_s),
        )

    def _card(
        self, materials: Materials, head: TemporalHead, result: MovementResult, training: dict[str, Any]
    ) -> ModelCard:
        return card_of(
            name=self.name,
            title=self._title,
            labels=materials.usable.labels,
            head=head,
            features=self.features,
            rate_hz=self.options.rate_hz,
            background=result.background,
            training=training,
        )

    def _result(
        self, materials: Materials, made: TemporalFit, head: TemporalHead, *, learnt_from_all: bool
    ) -> MovementResult:
        usable, training = materials.usable, self.options.training
        counts = Counter(one.label for one in usable.sequences)
        validated = len(materials.validation) > 0
        idle = self.movements.idle
        return MovementResult(
            name=self.name,
            model_path=self.movements.root,
            base=self.features.partition("@")[0],
            version=next_version(self.name),
            labels=usable.labels,
            counts={label: counts[label] for label in usable.labels},
            train_samples=len(materials.division.train),
            validation_samples=len(materials.division.validation),
            epochs=len(made.history),
            best_epoch=made.best_epoch,
            stopped_because=made.stopped_because,
            advice=advise(
                made.history,
                made.best_epoch,
                made.stopped_because,
                training,
                learnt_from_all=learnt_from_all,
            ),
            validation_accuracy=made.best.val_accuracy if validated else None,
            validation_loss=made.best.val_loss if validated else None,
            train_accuracy=made.best.train_accuracy,
            seconds=self._telling.elapsed_s,
            history=made.history,
            options=training,
            warnings=tuple(
                dict.fromkeys([*self.movements.notices, *materials.warnings, *self._about_idle()])
            ),
            temperature=head.temperature,
            background=idle if idle in usable.labels else None,
            learnt_from_all=learnt_from_all,
            over_time=self.options,
            parameters=head.parameters,
            rows=usable.rows,
        )

    def _about_idle(self) -> Iterator[Message]:
        if self.movements.idle is None:
            yield Message(
                "there is no idle class: live, whatever lies between the movements will be taken for one of them"
            )


def _hashes(materials: Materials, which: Iterable[int]) -> list[str]:
    """The beginnings of the hashes of some movements: the model is not judged by what it has learnt from."""
    return sorted({materials.usable.samples[i].sha256[:_HASH_DIGITS] for i in which})


def features_for(movements: MovementSet, base: str | None) -> str:
    """The features that a base means: its name, the embedding of a classifier, or the richest there are.

    Args:
        movements: what is learnt from.
        base: `hands`, `body`, `hands+body`, name of a classifier whose embeddings were recorded, `table`, or None.

    Raises:
        TrainingError: the movements were recorded without it.
    """
    known = movements.features()
    for features in known:
        if base is None or base in (features, features.partition("@")[0], features.partition(":")[0]):
            return features
    raise TrainingError(
        "the movements of {root} were recorded for {known}; '{base}' cannot be made of them: bring the clips in once "
        "more with: vision-app samples import --movement --base {base}",
        root=movements.root,
        known=", ".join(f.partition("@")[0] for f in known) or "different things",
        base=base or "",
    )
