"""A whole training: samples in, a model in the catalogue out. Knows nothing of windows or terminals."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from vision_app.cards.card import ModelCard
from vision_app.cards.lookup import ModelFile
from vision_app.errors import ConfigError, VisionError
from vision_app.learn.advice import advise
from vision_app.learn.calibration import Calibration, calibrate
from vision_app.learn.course import Course
from vision_app.learn.embedding import Embedder
from vision_app.learn.head import Fit, Head, OnEpoch, fit_head, refit_head
from vision_app.learn.landmarks import BASES, LandmarkEmbedder, embedder_of
from vision_app.learn.matching import ADVICE_MESSAGES, HELD_OUT, LEARNT_FROM
from vision_app.learn.materials import Materials, gather
from vision_app.learn.options import (
    EpochRecord,
    OnProgress,
    TrainingOptions,
    TrainingResult,
)
from vision_app.learn.producing import (
    card_of,
    check_content,
    check_name,
    model_content,
    next_version,
    publish,
)
from vision_app.learn.splitting import check_classes, divide
from vision_app.learn.telling import PICTURES, UNFREEZING, Telling
from vision_app.messages import Message, as_record
from vision_app.samples.dataset import SampleSet
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample

if TYPE_CHECKING:
    from vision_app.learn.unfreezing import Unfrozen

_CHECKED_PICTURES = 3
_FEW_OF_A_CLASS = 10
_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class _Trained:
    """A head and what it needs to speak of probabilities.

    Attributes:
        fit: the training that was judged by the held-out samples.
        head: of the model: that of the fit, or one that has learnt from all samples.
        calibration: temperature and rejection.
        unfrozen: what came of unfreezing, where it was asked for.
    """

    fit: Fit
    head: Head
    calibration: Calibration
    unfrozen: Unfrozen | None = None


class Trainer(Course):
    """One training. `run` does the work in the thread that calls it; `stop` and `cancel` come from any other.

    Args:
        samples: what is learnt from.
        base: the classifier whose backbone is used.
        name: name of the new model; of a model that was trained before, a new version is made.
        options: how.
        on_progress: told of the progress, from the thread that runs.
        embedder: the base, loaded, where there is one already; else it is loaded and closed here.
        title: for people, any text; the name when empty.
    """

    def __init__(
        self,
        samples: SampleSet,
        base: ModelFile,
        name: str,
        options: TrainingOptions | None = None,
        *,
        on_progress: OnProgress | None = None,
        embedder: Embedder | None = None,
        title: str = "",
    ) -> None:
        self.samples = samples
        self.base = base
        self.name = name
        self.options = options or TrainingOptions()
        super().__init__(
            Telling(UNFREEZING if self.options.unfreeze else PICTURES, on_progress), self.options.epochs
        )
        self._title = title
        self.embedder = embedder
        self._warnings: list[str] = [*samples.notices, *samples.region_notices]

    def check(self) -> None:
        """Find out what would make the training fail before it has begun. Needs no model.

        Raises:
            ConfigError: the name cannot be a name.
            ModelError: the name is that of another model.
            TrainingError: nothing can be learnt from these samples.
        """
        check_name(self.name)
        if self.options.unfreeze and self.base.name in BASES:
            raise ConfigError(
                "--unfreeze trains layers of a network on pictures; {name} gives landmarks",
                name=self.base.name,
            )
        check_classes(self.samples.samples, self.samples.labels)
        divide(self.samples.samples, self.samples.labels, self.options.validation_share, self.options.seed)
        if self.options.unfreeze:
            from vision_app.learn.unfreezing import check_available

            check_available()

    def run(self) -> TrainingResult:
        """Do all of it.

        Raises:
            CancelledError: it was cancelled.
            TrainingError: nothing can be learnt from these samples, or the numbers became infinite.
            ModelError: the base cannot be used, or the new model cannot be written.
            ConfigError: the name cannot be a name.
        """
        self._telling.begin()
        self.check()
        with self._timed("load"):
            embedder = self.embedder or embedder_of(self.base, fit=self.options.fit)
        try:
            return self._run(embedder)
        finally:
            if self.embedder is None:
                embedder.close()

    def _run(self, embedder: Embedder) -> TrainingResult:
        with self._timed("embed"):
            materials = self._gather(embedder, self.options)
            self._warnings += materials.warnings
        self._go_to("training")
        with self._timed("train"):
            fit = fit_head(
                materials.train,
                materials.validation,
                len(materials.labels),
                self.options,
                self._on_epoch,
                one_unit=isinstance(embedder, LandmarkEmbedder),
            )
        self._check_cancelled()
        if self.options.unfreeze and not self._stop.is_set():
            return self._unfreeze(embedder, materials, fit)
        return self._with_head(embedder, materials, fit)

    def _gather(self, embedder: Embedder, options: TrainingOptions) -> Materials:
        return gather(self.samples, embedder, options, self._telling.tell, self._cancel.is_set)

    def _with_head(
        self, embedder: Embedder, materials: Materials, fit: Fit, unfrozen: Unfrozen | None = None
    ) -> TrainingResult:
        """What follows once all layers are trained."""
        with self._timed("calibrate"):
            calibration = self._calibrate(fit, materials)
        head = fit.head
        if self._learns_from_all(materials) and not (unfrozen and unfrozen.gained):
            with self._timed(Message("train again")):
                head = refit_head(
                    materials.everything(),
                    len(materials.labels),
                    self.options,
                    fit.best_epoch,
                    self._on_refit,
                    one_unit=isinstance(embedder, LandmarkEmbedder),
                )
        self._go_to("writing")
        return self._finish(embedder, materials, _Trained(fit, head, calibration, unfrozen))

    def _unfreeze(self, embedder: Embedder, materials: Materials, fit: Fit) -> TrainingResult:
        """Train the last blocks on; go on with them where that was better, else as if nothing had been."""
        from vision_app.learn.unfreezing import opened, unfreeze

        self._telling.frozen_epochs = len(fit.history)
        with self._timed("unfreeze"):
            unfrozen = unfreeze(
                embedder=embedder,
                fit=fit,
                train_samples=materials.train_samples,
                train_y=materials.train_y,
                validation_samples=materials.validation_samples,
                validation_y=materials.validation.y,
                options=self.options,
                on_epoch=self._on_tail_epoch(len(fit.history)),
                on_pictures=self._telling.of_stage("preparing", "unfreezing"),
                cancelled=self._cancel.is_set,
            )
        self._check_cancelled()
        if unfrozen.content is None:
            return self._with_head(embedder, materials, fit, unfrozen)
        with opened(unfrozen.content, embedder) as tuned:
            self._go_to("embedding again")
            with self._timed(Message("embed again")):
                materials = self._gather(tuned, replace(self.options, views=1))
            return self._with_head(tuned, materials, unfrozen.fit, unfrozen)

    # the head -------------------------------------------------------------------------------------------

    def _on_tail_epoch(self, before: int) -> OnEpoch:
        """Epochs of the blocks are told of behind those of the head."""
        from vision_app.learn.tail_training import tail_epochs

        def told(record: EpochRecord, best_epoch: int) -> bool:
            self._telling.history.append(replace(record, epoch=before + record.epoch))
            self._check_cancelled()
            best = before + best_epoch if best_epoch else None
            self._telling.tell(record.epoch, tail_epochs(self.options), best)
            return not self._stop.is_set()

        return told

    def _learns_from_all(self, materials: Materials) -> bool:
        choice = self.options.learn_from_all
        counts = Counter(s.label for s in (*materials.train_samples, *materials.validation_samples))
        given = self.samples.is_split  # who holds samples out in a folder of their own wants it so
        few = min(counts.values()) < _FEW_OF_A_CLASS and not given
        return bool(len(materials.validation)) and (choice == "always" or (choice == "auto" and few))

    def _background(self) -> int | None:
        background = self.samples.background
        return self.samples.labels.index(background) if background in self.samples.labels else None

    def _calibrate(self, fit: Fit, materials: Materials) -> Calibration:
        return calibrate(
            train_embeddings=materials.train_plain,
            train_targets=materials.train_y,
            val_embeddings=materials.validation.x,
            val_scores=np.asarray(fit.head.logits(materials.validation.x), np.float32),
            val_targets=materials.validation.y,
            classes=len(materials.labels),
            background=self._background(),
            val_views=materials.validation_views,
        )

    # the model ------------------------------------------------------------------------------------------

    def _finish(self, embedder: Embedder, materials: Materials, trained: _Trained) -> TrainingResult:
        fit, calibration = trained.fit, trained.calibration
        result = self._result(embedder, materials, trained)
        summary = {key: value for key, value in result.to_json().items() if key not in ("name", "model_path")}
        training = {
            key: summary[key]
            for key in (
                "version",
                "samples",
                "epochs",
                "best_epoch",
                "stopped_because",
                "validation_accuracy",
                "validation_samples",
            )
        }
        if trained.unfrozen and trained.unfrozen.gained:
            training["unfrozen_blocks"] = trained.unfrozen.blocks
        training |= {
            "head": self.options.head,
            "date": time.strftime("%Y-%m-%d"),
            "calibration": calibration.to_json(),
        }
        card = card_of(
            embedder.card,
            self.name,
            materials.labels,
            calibration=calibration,
            background=result.background,
            training=training,
            title=self._title,
            region=self.samples.region,
        )
        with self._timed("write"):
            summary["calibration"] = calibration.to_json()
            summary[ADVICE_MESSAGES] = [as_record(line) for line in result.advice]
            summary[LEARNT_FROM] = _learnt_from(materials, everything=trained.head is not fit.head)
            summary[HELD_OUT] = _hashes(materials.validation_samples)
            content = model_content(embedder.backbone, trained.head, calibration, card, summary)
        with self._timed("verify"):
            self._verify(content, card, embedder, materials, trained)
        self._check_cancelled()
        with self._timed("register"):
            installed = publish(content, card)
        self._telling.tell(1, 1, fit.best_epoch)
        return replace(
            result,
            model_path=installed.path,
            seconds=self._telling.elapsed_s,
            timings_s=dict(self._timings_s),
        )

    def _result(self, embedder: Embedder, materials: Materials, trained: _Trained) -> TrainingResult:
        fit, calibration, unfrozen = trained.fit, trained.calibration, trained.unfrozen
        validated = len(materials.validation) > 0
        counts = Counter(s.label for s in (*materials.train_samples, *materials.validation_samples))
        return TrainingResult(
            name=self.name,
            model_path=embedder.file.path,
            base=embedder.card.name,
            version=next_version(self.name),
            labels=materials.labels,
            counts={label: counts[label] for label in materials.labels},
            train_samples=len(materials.train_samples),
            validation_samples=len(materials.validation_samples),
            epochs=len(fit.history),
            best_epoch=fit.best_epoch,
            stopped_because=fit.stopped_because,
            advice=(
                *advise(
                    fit.history,
                    fit.best_epoch,
                    fit.stopped_because,
                    self.options,
                    learnt_from_all=trained.head is not fit.head,
                ),
                *(unfrozen.sentences if unfrozen else ()),
            ),
            validation_accuracy=fit.best.val_accuracy if validated else None,
            validation_loss=fit.best.val_loss if validated else None,
            train_accuracy=fit.best.train_accuracy,
            seconds=self._telling.elapsed_s,
            history=fit.history,
            options=self.options,
            warnings=tuple(dict.fromkeys(self._warnings)),
            frozen_validation_accuracy=unfrozen.before if unfrozen and unfrozen.gained else None,
            learnt_from_all=trained.head is not fit.head,
            reject_below=calibration.reject_below,
            temperature=calibration.temperature,
            frozen_epochs=self._telling.frozen_epochs if unfrozen and unfrozen.gained else None,
            background=self.samples.background if self._background() is not None else None,
        )

    def _verify(
        self, content: bytes, card: ModelCard, embedder: Embedder, materials: Materials, trained: _Trained
    ) -> None:
        """Compare the finished file with head and calibration on a few pictures that are still there."""
        pool = [*materials.validation_samples, *materials.train_samples]
        images = []
        for sample in pool[:: max(1, len(pool) // _CHECKED_PICTURES)][:_CHECKED_PICTURES]:
            try:
                images.append(read_picture(sample.path))
            except VisionError:
                continue  # deleted since: the others tell as much
        if not images:
            return
        embeddings = np.stack([embedder.embed_image(image) for image in images])
        scores = np.asarray(trained.head.logits(embeddings), np.float32)
        check_content(
            content,
            embedder.file,
            card,
            images,
            trained.calibration.probabilities(scores, embeddings),
            tensor_of=embedder.tensor if isinstance(embedder, LandmarkEmbedder) else None,
        )


def _learnt_from(materials: Materials, *, everything: bool) -> list[str]:
    """The beginnings of the hashes of the samples that the model has learnt from, so that it is not judged by them."""
    learnt = [*materials.train_samples, *(materials.validation_samples if everything else ())]
    return _hashes(learnt)


def _hashes(samples: Iterable[Sample]) -> list[str]:
    return sorted({sample.sha256[:_HASH_DIGITS] for sample in samples})
