"""A classifier on labelled samples: what it says of each of them, and the figures that follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from vision_app.cancelling import CancelledError
from vision_app.cards.lookup import ModelFile
from vision_app.cards.parts import WHOLE
from vision_app.engine.points import TaughtPicture, landmarks_of
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ModelError, SampleError
from vision_app.learn.accounting import remarks_on
from vision_app.learn.matching import (
    HELD_OUT,
    LEARNT_FROM,
    Part,
    choose,
    known_before,
    leakage_notices,
    match_labels,
    renamed,
    training_summary,
)
from vision_app.learn.metrics import Interval, Metrics, PairedDifference, measure, paired_difference, wilson
from vision_app.messages import Message, listed, message_of
from vision_app.results.values import Classification, FloatArray
from vision_app.runtime import ThreadPolicy, cpu_count
from vision_app.samples.dataset import SampleSet
from vision_app.samples.pictures import read_picture
from vision_app.samples.sample import Sample
from vision_app.tasks import TaskOptions

OnEvaluated = Callable[[int, int], None]
"""Is told how many pictures are done, and of how many."""

_TOLD_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Judged:
    """One picture, and what the model says of it.

    Attributes:
        id: the sample's name, unique in its store or folder.
        path: the picture.
        target: id of its class; None for a picture of something else.
        predicted: id of the best class.
        confidence: its probability.
        target_probability: probability of the true class; None without one.
        unknown: whether the model says that it is none of its classes.
    """

    id: str
    path: Path
    target: int | None
    predicted: int
    confidence: float
    target_probability: float | None
    unknown: bool

    @property
    def right(self) -> bool:
        """Whether the best class is the true one."""
        return self.predicted == self.target


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """What came of an evaluation.

    Attributes:
        model: name of the model.
        model_path: its file.
        labels: its classes.
        judged: the samples of its classes, in their order.
        probabilities: (N, C) float32, one row a sample.
        metrics: all figures.
        others: pictures of other things; they should be unknown.
        reject_below: a best probability below it is unknown; None when the model never says so.
        part: which samples were taken.
        left_out: how many samples were not taken because the model has learnt from them.
        problems: why pictures could not be read, a line each.
        notices: what the user should know, a line each.
        remarks: what the figures count, and why the training told another one, a line each.
        learnt: ids of those of the samples that the model has learnt from.
        training: summary of the training inside the file; empty for other models.
        seconds: how long it took.
        sample_root: folder of the samples.
    """

    model: str
    model_path: Path
    labels: tuple[str, ...]
    judged: tuple[Judged, ...]
    probabilities: FloatArray
    metrics: Metrics
    others: tuple[Judged, ...] = ()
    reject_below: float | None = None
    part: Part = "all"
    left_out: int = 0
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    remarks: tuple[Message, ...] = ()
    learnt: frozenset[str] = frozenset()
    training: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    sample_root: Path = Path()

    @property
    def others_unknown(self) -> float | None:
        """Share of the pictures of other things that was called unknown; None without any."""
        if not self.others:
            return None
        return sum(j.unknown for j in self.others) / len(self.others)

    @property
    def others_interval(self) -> Interval:
        """Where the true share lies with 95 % confidence."""
        return wilson(sum(j.unknown for j in self.others), len(self.others))

    def mistakes(self, limit: int | None = None) -> tuple[Judged, ...]:
        """Samples whose best class is not theirs, the most confident first."""
        wrong = sorted((j for j in self.judged if not j.right), key=lambda j: (-j.confidence, j.id))
        return tuple(wrong if limit is None else wrong[:limit])

    def cell(self, target: int, predicted: int | None) -> tuple[Judged, ...]:
        """The samples behind one cell of the confusion matrix, the most confident first.

        Args:
            target: id of the true class.
            predicted: id of the best class; None for those that were called unknown.
        """
        found = [
            j
            for j in self.judged
            if j.target == target and (j.unknown if predicted is None else j.predicted == predicted)
        ]
        return tuple(sorted(found, key=lambda j: (-j.confidence, j.id)))

    def to_json(self) -> dict[str, Any]:
        """As the object that `vision-app evaluate --json` prints."""
        return {
            "model": self.model,
            "model_path": str(self.model_path),
            "samples_from": str(self.sample_root),
            "part": self.part,
            "left_out": self.left_out,
            **self.metrics.to_json(),
            "reject_below": self.reject_below,
            "others": len(self.others),
            "others_unknown": None if self.others_unknown is None else round(self.others_unknown, 6),
            "others_unknown_interval_95": self.others_interval.to_json() if self.others else None,
            "mistakes": [self._record(j) for j in self.mistakes()],
            "named_others": [self._record(j) for j in self.others if not j.unknown],
            "problems": list(self.problems),
            "notices": list(self.notices),
            "remarks": list(self.remarks),
            "seconds": round(self.seconds, 3),
        }

    def _record(self, j: Judged) -> dict[str, Any]:
        return {
            "id": j.id,
            "file": str(j.path),
            "label": None if j.target is None else self.labels[j.target],
            "predicted": self.labels[j.predicted],
            "confidence": round(j.confidence, 6),
            "unknown": j.unknown,
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same samples.

    Attributes:
        first: name of the first one.
        second: name of the second one.
        paired: how they differ.
        disagreed: ids of the samples that only one of them has right.
        learnt: how many of the samples the first one has learnt from, and the second one.
    """

    first: str
    second: str
    paired: PairedDifference
    disagreed: tuple[str, ...]
    learnt: tuple[int, int] = (0, 0)

    @property
    def basis(self) -> Message:
        """What was compared, as sentences."""
        p = self.paired
        return Message(
            "Of the same {count} samples {first} has {one} right and {second} {two}; the best class counts, called "
            "unknown or not. {learnt}",
            count=p.count,
            first=self.first,
            one=p.both + p.only_first,
            second=self.second,
            two=p.both + p.only_second,
            learnt=self._leaks(),
        )

    def _leaks(self) -> Message:
        told = [
            Message(
                "{name} has learnt from {seen} of them: it looks better than it is.", name=name, seen=seen
            )
            for name, seen in zip((self.first, self.second), self.learnt, strict=True)
            if seen
        ]
        return listed(told, " ") if told else Message("Neither has learnt from any of them.")

    @property
    def verdict(self) -> str:
        """The same as a sentence."""
        p = self.paired
        better, worse = (self.first, self.second) if p.difference >= 0 else (self.second, self.first)
        low, high = sorted((abs(p.interval.low), abs(p.interval.high)))
        if p.decided:
            return Message(
                "{better} is better than {worse}: {difference:.1f} points more right, with 95 % "
                "confidence {low:.1f} to {high:.1f} (McNemar p = {p_value:.3g})",
                better=better,
                worse=worse,
                difference=100 * abs(p.difference),
                low=100 * low,
                high=100 * high,
                p_value=p.p_value,
            )
        if not p.only_first + p.only_second:
            return Message(
                "{first} and {second} have the same {both} of {count} samples right",
                first=self.first,
                second=self.second,
                both=p.both,
                count=p.count,
            )
        return Message(
            "no difference that these {count} samples could show: {first} alone has {only_first} "
            "right, {second} alone {only_second} (McNemar p = {p_value:.3g})",
            count=p.count,
            first=self.first,
            only_first=p.only_first,
            second=self.second,
            only_second=p.only_second,
            p_value=p.p_value,
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "first": self.first,
            "second": self.second,
            **self.paired.to_json(),
            "verdict": self.verdict,
            "basis": self.basis,
            "learnt_from": list(self.learnt),
            "disagreed": list(self.disagreed),
        }


def evaluate(
    file: ModelFile,
    samples: SampleSet,
    *,
    part: Part = "held-out",
    mapping: Mapping[str, str] | None = None,
    earlier: Mapping[str, Sequence[str]] | None = None,
    others: Sequence[Path] = (),
    provider: str = "auto",
    threads: int | None = None,
    on_evaluated: OnEvaluated | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Evaluation:
    """Run a classifier on samples and measure it.

    Args:
        file: the classifier.
        samples: labelled pictures. Those of their background class are other things for a model without one.
        part: which of them.
        mapping: label of the samples to label of the model, where they differ; "" leaves a class out.
        earlier: labels that classes of the samples had before: a model that learnt then knows them by these.
        others: pictures of other things.
        provider: wanted provider of ONNX Runtime.
        threads: pictures at once; as many as there are cores when None.
        on_evaluated: told of the progress, from this thread.
        cancelled: asked between pictures.

    Raises:
        ModelError: the model cannot be used, is no classifier, or does not know the samples' classes.
        SampleError: there is nothing to evaluate on.
        CancelledError: it was cancelled.
    """
    started_s = time.perf_counter()
    workers = threads or cpu_count()
    # samples are what the model looks at, cut out already
    model = _asked(file, provider, workers)
    if model.task != "classify":
        raise ModelError(
            "{name} is a model to {task}: only classifiers can be evaluated on labelled pictures; "
            "vision-app models list --task classify",
            name=model.name,
            task=model.task,
        )
    training = training_summary(model.session.metadata)
    chosen, taken, left_out = choose(samples, part, training)
    known, extra = _assign(
        samples, chosen, model, {**renamed(earlier or {}, model.card.labels, chosen), **(mapping or {})}
    )
    strange = [*extra, *(_Task(str(path), path, None) for path in others)]
    outcomes, problems = _judge(model, [*known, *strange], workers, on_evaluated, cancelled)
    judged = [(j, p) for j, p in outcomes if j.target is not None]
    if not judged:
        raise SampleError(
            Message(
                "samples {root}: none of {count} pictures can be read: {problem}",
                root=samples.root,
                count=len(known),
                problem=problems[0],
            )
            if problems
            else Message(
                "samples {root}: no sample of a class that {name} knows is left",
                root=samples.root,
                name=model.name,
            )
        )
    output = model.card.output
    probabilities = np.stack([p for _, p in judged])
    before = known_before(chosen, training, HELD_OUT)
    metrics = measure(
        probabilities,
        np.array([j.target for j, _ in judged], np.int64),
        model.card.labels,
        unknown=np.array([j.unknown for j, _ in judged], np.bool_),
        background=None if output.background is None else model.card.labels.index(output.background),
    )
    return Evaluation(
        model=model.name,
        model_path=file.path,
        labels=model.card.labels,
        judged=tuple(j for j, _ in judged),
        probabilities=probabilities,
        metrics=metrics,
        others=tuple(j for j, _ in outcomes if j.target is None),
        reject_below=output.reject_below,
        part=taken,
        left_out=left_out,
        problems=tuple(problems),
        notices=(*samples.notices, *_about_region(model, samples), *leakage_notices(chosen, training)),
        remarks=remarks_on(
            metrics,
            training,
            [(j.id in before, j.right) for j, _ in judged],
            says_unknown=output.reject_below is not None or output.background is not None,
        ),
        learnt=known_before(chosen, training, LEARNT_FROM),
        training=training,
        seconds=time.perf_counter() - started_s,
        sample_root=samples.root,
    )


def _asked(file: ModelFile, provider: str, workers: int) -> LoadedModel | TaughtPicture:
    if landmarks_of(file.card) is not None:
        return TaughtPicture(file, provider)
    return LoadedModel(file, TaskOptions(region=WHOLE), provider, ThreadPolicy.for_files(workers))


def compare(first: Evaluation, second: Evaluation, names: tuple[str, str] | None = None) -> Comparison:
    """Compare two models by the samples that both were evaluated on.

    Args:
        first: one evaluation.
        second: another one, on the same samples.
        names: what to call the two; their models' names when None.

    Raises:
        SampleError: no sample is in both.
    """
    of_second = {j.id: j.right for j in second.judged}
    shared = [j for j in first.judged if j.id in of_second]
    if not shared:
        raise SampleError(
            "{model} and {second_model} have no sample in common to be compared by",
            model=first.model,
            second_model=second.model,
        )
    one = np.array([j.right for j in shared], np.bool_)
    two = np.array([of_second[j.id] for j in shared], np.bool_)
    disagreed = tuple(j.id for j, a, b in zip(shared, one, two, strict=True) if a != b)
    learnt = tuple(sum(j.id in of.learnt for j in shared) for of in (first, second))
    return Comparison(
        *(names or (first.model, second.model)),
        paired_difference(one, two),
        disagreed,
        (learnt[0], learnt[1]),
    )


def _about_region(model: LoadedModel | TaughtPicture, samples: SampleSet) -> tuple[str, ...]:
    """Whether pictures of a plain folder are cut-outs is not known."""
    if model.task != "classify" or model.card.input.region is None or samples.kind == "store":
        return ()
    return (
        Message(
            "{name} looks at a part of a frame when it runs; here each picture is taken for such a "
            "part, as its samples were",
            name=model.name,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Task:
    id: str
    path: Path
    target: int | None


def _assign(
    samples: SampleSet,
    chosen: Sequence[Sample],
    model: LoadedModel | TaughtPicture,
    mapping: Mapping[str, str],
) -> tuple[list[_Task], list[_Task]]:
    """The samples of the model's classes, and those of none of them."""
    wanted = [label for label in samples.labels if any(s.label == label for s in chosen)]
    background = samples.background
    strange = None
    if background in wanted and background not in mapping:
        own = model.card.output.background
        if own is not None:
            mapping = {**mapping, background: own}
        elif background not in model.card.labels:
            strange = background
            wanted.remove(background)
    if not wanted:
        raise SampleError("samples {root}: no samples of real classes to evaluate on", root=samples.root)
    targets = match_labels(wanted, model.card.labels, mapping, model.name)
    known = [_Task(s.id, s.path, targets[s.label]) for s in chosen if targets.get(s.label) is not None]
    return known, [_Task(s.id, s.path, None) for s in chosen if s.label == strange]


def _judge(
    model: LoadedModel | TaughtPicture,
    tasks: Sequence[_Task],
    workers: int,
    on_evaluated: OnEvaluated | None,
    cancelled: Callable[[], bool],
) -> tuple[list[tuple[Judged, FloatArray]], list[str]]:
    """What the model says of each picture that can be read, and why the others cannot."""
    failed = threading.Event()

    def work(task: _Task) -> tuple[Judged, FloatArray] | str | None:
        if failed.is_set() or cancelled():
            return None
        try:
            image = read_picture(task.path)
        except SampleError as error:
            return message_of(error)
        try:
            result, _ = model.predict(image)
        except BaseException:
            failed.set()
            raise
        assert isinstance(result, Classification)
        return _judged(task, result), result.probabilities

    outcomes: list[tuple[Judged, FloatArray]] = []
    problems: list[str] = []
    told_s = time.monotonic()
    with ThreadPoolExecutor(workers, "evaluating") as pool:
        try:
            for done, outcome in enumerate(pool.map(work, tasks), start=1):
                if isinstance(outcome, str):
                    problems.append(outcome)
                elif outcome is not None:
                    outcomes.append(outcome)
                now_s = time.monotonic()
                if on_evaluated is not None and (now_s - told_s > _TOLD_EVERY_S or done == len(tasks)):
                    told_s = now_s
                    on_evaluated(done, len(tasks))
        except BaseException:
            failed.set()  # so that what is queued ends at once
            raise
    if cancelled():
        raise CancelledError("the evaluation was cancelled")
    return outcomes, problems


def _judged(task: _Task, result: Classification) -> Judged:
    best = int(np.argmax(result.probabilities))
    return Judged(
        task.id,
        task.path,
        task.target,
        best,
        float(result.probabilities[best]),
        None if task.target is None else float(result.probabilities[task.target]),
        result.unknown,
    )
