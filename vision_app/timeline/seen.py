"""What a result says is in a frame: of results as they flow, and of their records in a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vision_app.results.maps import ClassMap
from vision_app.results.values import BoxResult, Classification, Result
from vision_app.timeline.lanes import Seen

DEFAULT_LEAST = 0.5
"""A classifier's best class counts from this probability on."""
_LEAST_SHARE = 0.02
"""A class of a map counts from this share of the picture on."""
_BACKGROUND = "background"
"""What maps call what is nothing in particular."""


def seen_in(result: Result, least: float = DEFAULT_LEAST) -> Iterator[Seen]:
    """What a result says is there.

    Args:
        result: of any kind; of a kind that names nothing, nothing is seen.
        least: least probability of a class of the whole picture. Objects have passed the detector's threshold.
    """
    if isinstance(result, Classification):
        _, label, probability = result.top(1)[0]
        if probability >= least and not result.unknown:
            yield Seen(result.model, label, probability)
    elif isinstance(result, BoxResult):
        found = result.detections
        for i in range(len(found)):
            track_id = -1 if found.track_ids is None else int(found.track_ids[i])
            track = None if track_id < 0 else track_id
            yield Seen(result.model, found.label(i), float(found.scores[i]), track)
            for more in found.attached[i] if found.attached is not None else ():
                yield from seen_in(more, least)
    elif isinstance(result, ClassMap):
        for class_id, label, share in result.shares:
            if class_id != result.background and label != _BACKGROUND and share >= _LEAST_SHARE:
                yield Seen(result.model, label, share)


def seen_in_record(record: Mapping[str, Any], least: float = DEFAULT_LEAST) -> Iterator[Seen]:
    """The same of a result as it stands in `results.jsonl`.

    Raises:
        KeyError, TypeError, ValueError: it is no such record.
    """
    model = str(record["model"])
    for found in record.get("detections", ()):
        track = found.get("track_id")
        yield Seen(model, str(found["label"]), float(found["score"]), None if track is None else int(track))
        yield from _classes_of({**found, "model": found.get("classes_model", model)}, least)
        for more in found.get("attached", ()):
            yield from seen_in_record(more, least)
    if "detections" not in record:
        yield from _classes_of(record, least)


def _classes_of(record: Mapping[str, Any], least: float) -> Iterator[Seen]:
    """The best class of a classification, or every class of a map that has its share."""
    model, classes = str(record["model"]), record.get("classes") or ()
    if record.get("unknown"):
        return
    for one in classes:
        if "share" in one and one["label"] != _BACKGROUND and float(one["share"]) >= _LEAST_SHARE:
            yield Seen(model, str(one["label"]), float(one["share"]))
    if classes and "probability" in classes[0] and float(classes[0]["probability"]) >= least:
        yield Seen(model, str(classes[0]["label"]), float(classes[0]["probability"]))
