"""What movements are made of, frame by frame: landmarks of hands and bodies, or the embedding of a classifier."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from vision_app.cards.lookup import find_chain, find_model, sha256
from vision_app.engine.chain_cards import chain_of
from vision_app.engine.finding import Hands, OneBody, Part
from vision_app.engine.stages import Flow
from vision_app.errors import ModelError
from vision_app.results.values import FloatArray, Frame, ImageU8, Keypoints, Result, Timings
from vision_app.runtime import ThreadPolicy
from vision_app.sequences.features import FEATURE_SETS
from vision_app.sequences.layouts import NO_SIDES, body_row, hands_row
from vision_app.sequences.recorded import EMBEDDING, Recorded
from vision_app.tasks import TaskOptions


class Track(Protocol):
    """One thing that is looked at in every frame."""

    name: str
    """Of the track, as `Recorded` has it."""
    parts: tuple[Part, ...]

    def start(self) -> Any:
        """The state before the first frame."""
        ...

    def row(self, state: Any, flow: Flow) -> tuple[Any, FloatArray, Result | None]:
        """The numbers of the next frame, and what was found, to be drawn."""
        ...


class Landmarks:
    """Hands or a body.

    Args:
        chain: `hands` or `body`.
        part: gives the networks of the chain.
        asked: thresholds.

    Raises:
        ModelError: the chain is not there.
    """

    def __init__(self, chain: str, part: Callable[[str], Part], asked: TaskOptions | None = None) -> None:
        card = find_chain(chain)
        if card is None:
            raise ModelError(
                "the chain '{name}' is not on this disk; it is shipped with the program", name=chain
            )
        (step,) = chain_of(card, _no_model, asked, part=part).steps
        assert isinstance(step, Hands | OneBody)
        self.name, self.parts, self._finder = chain, step.parts, step

    def start(self) -> Any:
        """Nothing was seen."""
        return self._finder.start(), NO_SIDES

    def row(self, state: Any, flow: Flow) -> tuple[Any, FloatArray, Result | None]:
        """What is seen in the next frame."""
        memory, sides = state
        memory = self._finder.recall(memory, flow)
        found = flow.result
        assert isinstance(found, Keypoints)
        mirrored = flow.frame is not None and flow.frame.mirrored
        if self.name == "hands":
            sides, row = hands_row(sides, found, flow.frame_wh, mirrored=mirrored)
        else:
            row = body_row(found, flow.frame_wh, mirrored=mirrored)
        return (memory, sides), row, found


def _no_model(name: str, _: TaskOptions) -> Any:
    raise ModelError("a chain of landmarks has a model '{name}'; it cannot be recorded", name=name)


class EmbeddingPart(Part):
    """A classifier up to its embedding.

    Args:
        name: of the classifier.
        provider: wanted provider.
        threads: thread policy.

    Raises:
        ModelError: it is not on this disk, is no classifier, or cannot be used.
    """

    def __init__(self, name: str, provider: str = "auto", threads: ThreadPolicy | None = None) -> None:
        from vision_app.engine.loading import described, session_of
        from vision_app.graph import Backbone
        from vision_app.runtime import Session
        from vision_app.tasks.preprocess import Preprocessor

        self.of, file = name, find_model(name)
        card = file.card or described(session_of(file.path, "cpu"), file.name)
        if card.task != "classify":
            raise ModelError(
                "{name} is a model to {task}; movements are learnt from hands, body, hands+body or the embedding of a "
                "classifier: vision-app models list --task classify",
                name=card.name,
                task=card.task,
            )
        backbone = Backbone(file.path)
        self.features = f"{card.name}@{sha256(file.path)}"
        self.name = EMBEDDING + self.features
        self.session = Session(file.path, provider, threads, content=backbone.content())
        self._size_hw, self._preprocessor = card.input.size_hw, Preprocessor(card.input)

    def embed(self, image: ImageU8) -> FloatArray:
        """The embedding of a (H, W, 3) uint8 BGR picture, (width,) float32."""
        tensor, _ = self._preprocessor.prepare(image, self._size_hw)
        values: FloatArray = np.asarray(self.session.run_single(tensor), np.float32).reshape(-1)
        return values


class EmbeddingTrack:
    """The embedding of a classifier for each whole frame.

    Args:
        part: the classifier.
    """

    def __init__(self, part: EmbeddingPart) -> None:
        self.name, self.features, self._part = part.name, part.features, part
        self.parts: tuple[Part, ...] = (part,)

    def start(self) -> None:
        """It remembers nothing."""

    def row(self, state: Any, flow: Flow) -> tuple[Any, FloatArray, Result | None]:
        """The embedding of the next frame."""
        started = time.perf_counter()
        values = self._part.embed(flow.image)
        flow.timings = flow.timings + Timings(infer_s=time.perf_counter() - started)
        return None, values, None


@dataclass(frozen=True, slots=True)
class Networks:
    """Where the networks come from.

    Attributes:
        part: gives those of chains by name.
        embedded: gives a classifier up to its embedding by name.
    """

    part: Callable[[str], Part] = Part
    embedded: Callable[[str], EmbeddingPart] = EmbeddingPart


def tracks_of(
    base: str, networks: Networks | None = None, asked: TaskOptions | None = None
) -> tuple[Track, ...]:
    """What has to be looked at for a base.

    Args:
        base: `hands`, `body`, `hands+body`, or the name of a classifier.
        networks: where the networks come from; loaded anew when None.
        asked: thresholds of the chains.

    Raises:
        ModelError: it cannot be had.
    """
    networks = networks or Networks()
    made = FEATURE_SETS.get(base)
    if made is not None:
        return tuple(Landmarks(chain, networks.part, asked) for chain in made.tracks)
    return (EmbeddingTrack(networks.embedded(base)),)


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in one frame.

    Attributes:
        rows: track to its numbers.
        seen: what was found, to be drawn.
    """

    rows: Mapping[str, FloatArray]
    seen: tuple[Result, ...]


class Looker:
    """Looks at the frames of a stream in order. It keeps no state of its own.

    Args:
        tracks: what it looks at.
    """

    def __init__(self, tracks: Sequence[Track]) -> None:
        self.tracks = tuple(tracks)
        self.parts = tuple(part for track in self.tracks for part in track.parts)

    def start(self) -> tuple[Any, ...]:
        """The state before the first frame."""
        return tuple(track.start() for track in self.tracks)

    def look(self, state: tuple[Any, ...], flow: Flow) -> tuple[tuple[Any, ...], Looked]:
        """Look at the next frame; the flow's result is used up."""
        states, rows, seen = [], {}, []
        for track, before in zip(self.tracks, state, strict=True):
            after, row, found = track.row(before, flow)
            states.append(after)
            rows[track.name] = row
            if found is not None:
                seen.append(found)
        return tuple(states), Looked(rows, tuple(seen))

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run everything once on a picture of that size."""
        noise = np.random.default_rng(0).integers(64, 192, (frame_wh[1], frame_wh[0], 3), np.uint8)
        self.look(self.start(), Flow(noise))


def recorded(
    looker: Looker,
    frames: Iterable[Frame],
    *,
    keep: Callable[[ImageU8], bytes] | None = None,
    told: Callable[[float], None] = lambda _: None,
) -> Recorded | None:
    """What is seen in the frames of a clip.

    Args:
        looker: looks at them.
        frames: in order.
        keep: encodes a picture that is to be kept; None to keep none.
        told: told the time of each frame that was looked at, seconds; ends the work by raising.

    Returns:
        All of it; None where there was no frame.
    """
    state = looker.start()
    times: list[float] = []
    rows: dict[str, list[FloatArray]] = {track.name: [] for track in looker.tracks}
    jpegs = []
    for frame in frames:
        flow = Flow(frame.for_models, frame)
        time_s = flow.time_s
        if times and time_s <= times[-1]:  # a broken clip: what has no time of its own is no frame
            continue
        state, looked = looker.look(state, flow)
        times.append(time_s)
        for name, row in looked.rows.items():
            rows[name].append(row)
        if keep is not None:
            jpegs.append(keep(frame.image))
        told(time_s)
    if not times:
        return None
    return Recorded(
        np.array(times, np.float64), {name: np.stack(r) for name, r in rows.items()}, tuple(jpegs)
    )
