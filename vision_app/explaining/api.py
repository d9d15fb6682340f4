"""Explaining one picture from Python: `vision_app.explain`."""

from __future__ import annotations

import os
import threading
import weakref

from vision_app.cards.lookup import DEFAULT_CLASSIFIER
from vision_app.engine.chain import Chain
from vision_app.engine.predictors import LoadedModel, load_model
from vision_app.errors import ConfigError, ModelError
from vision_app.explaining.base import Choice
from vision_app.explaining.heatmap import Heatmap
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import maps_of, usual_method
from vision_app.messages import Message
from vision_app.results.values import ImageU8

_probes: weakref.WeakKeyDictionary[LoadedModel, Probe] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def explain(
    image: ImageU8,
    model: LoadedModel | Chain | str | os.PathLike[str] = DEFAULT_CLASSIFIER,
    method: str = "",
    *,
    layer: str = "",
    block: int = 0,
    head: int = 0,
    wanted_class: str | int | None = None,
    box: tuple[float, float, float, float] | None = None,
    at: tuple[float, float] | None = None,
) -> Heatmap:
    """Where a model looks in a picture.

    A loaded model is looked into once, however many pictures are explained.

    Args:
        image: (H, W, 3) uint8 BGR.
        model: a loaded model, or what `load_model` takes.
        method: `cam`, `eigen`, `recipro`, `rollout`, `attention`, `features`, `occlusion`, `rise`, `similarity` or
            `routing`; "" for the one that suits the model.
        layer: name or number of a layer; "" for the one that fits.
        block: which attention, from 1; 0 for the last one.
        head: which head of it, or which channel of a layer, from 1; 0 for the average.
        wanted_class: label or number; None for what the model says.
        box: left, top, right, bottom in pixels of the picture of the found object that is explained.
        at: x and y in pixels of the picture of the place that is asked about.

    Returns:
        The map, in pixels of the picture; its `method` is what was really computed.

    Raises:
        ModelError: the model has nothing of the kind inside, or failed to run.
        ConfigError: the method or the choice is wrong.
    """
    probe = probe_of(model)
    number = class_of(probe, "" if wanted_class is None else str(wanted_class))
    choice = Choice(layer, block, head, number, box, at)
    *_, found = maps_of(probe, image, method or usual_method(probe), choice)
    return found


def probe_of(model: LoadedModel | Chain | str | os.PathLike[str]) -> Probe:
    """What looks into a model.

    Raises:
        ModelError: it cannot be loaded, or sees parts of a picture only.
    """
    loaded: LoadedModel | Chain | None = (
        model if isinstance(model, LoadedModel | Chain) else load_model(os.fspath(model))
    )
    if isinstance(loaded, Chain):
        name, loaded = loaded.name, loaded.of_whole_frames
        if loaded is None:
            raise ModelError("{name}: sees parts of the picture only: no map covers all of it", name=name)
    assert isinstance(loaded, LoadedModel)
    with _lock:
        probe = _probes.get(loaded)
        if probe is None:
            probe = Probe(loaded)
            _probes[loaded] = probe
        return probe


def class_of(probe: Probe, wanted: str) -> int | None:
    """The number of a class given by label or number; None for "".

    Raises:
        ConfigError: the model has no such class.
    """
    labels = probe.model.labels
    if not wanted:
        return None
    if wanted in labels:
        return labels.index(wanted)
    lowered = [i for i, label in enumerate(labels) if label.lower() == wanted.lower()]
    if lowered:
        return lowered[0]
    if wanted.isdecimal() and int(wanted) < len(labels):
        return int(wanted)
    near = [label for label in labels if wanted.lower() in label.lower()][:5]
    hint = Message("; perhaps {near}", near=", ".join(near)) if near else ""
    raise ConfigError(
        "{name} has no class '{wanted}' among its {count}{hint}",
        name=probe.name,
        wanted=wanted,
        count=len(labels),
        hint=hint,
    )
