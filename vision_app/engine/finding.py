"""Steps of chains that find faces, hands, bodies and outlines: pipelines of `vision_app.people` with networks.

Their networks are parts, no models: they answer in terms of a crop that only the step knows. A part is loaded once a
provider, whatever chains use it.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from vision_app.cards.lookup import weights_path
from vision_app.engine.loading import session_of
from vision_app.engine.stages import Flow
from vision_app.errors import ConfigError, ModelError
from vision_app.people.body import BodyFinder, BodyMemory
from vision_app.people.detecting import detect
from vision_app.people.faces import FaceFinder, FaceMemory
from vision_app.people.geometry import bounds
from vision_app.people.hands import Hand, HandFinder, HandMemory
from vision_app.people.outline import outline
from vision_app.people.ssd import FACE_FULL, FACE_SHORT
from vision_app.results.affine import Affine
from vision_app.results.maps import ClassMap
from vision_app.results.masks import BoxMask
from vision_app.results.skeletons import Skeleton, named_skeleton
from vision_app.results.values import Detections, FloatArray, Keypoints, Timings
from vision_app.runtime import ThreadPolicy
from vision_app.tasks import TaskOptions
from vision_app.tasks.backgrounds import wanted_background

_LEAST_VISIBLE = 0.5
_EDGE_OF_STILLS = 0.5


class Part:
    """One network of a chain, as it is: tensors in, tensors out.

    Args:
        name: where it lies under the folders of models, without `.onnx`.
        provider: wanted provider.
        threads: thread policy of the CPU provider.
        path: its file, where it does not lie there.

    Raises:
        ModelError: it is not on this disk, or cannot be used.
    """

    def __init__(
        self,
        name: str,
        provider: str = "auto",
        threads: ThreadPolicy | None = None,
        path: Path | None = None,
    ) -> None:
        path = path or weights_path(name)
        if path is None:
            raise ModelError(
                "the network '{name}' of a chain is not on this disk: no folder of models has a file {name}.onnx",
                name=name,
            )
        self.name = name
        self.session = session_of(path, provider, threads)

    @property
    def provider(self) -> str:
        """The provider that ONNX Runtime really uses."""
        return self.session.provider

    @property
    def fell_back_from(self) -> str | None:
        """The provider that was wanted and could not be had."""
        return self.session.fell_back_from

    def spatial(self) -> tuple[int, int]:
        """Width and height of its input, pixels."""
        height, width = self.session.inputs[0].shape[2:]
        if height is None or width is None:
            raise ModelError("{name}: the network of a chain has an input of a fixed size", name=self.name)
        return width, height


class Clocked:
    """A part for one frame: adds up the seconds of its runs.

    Args:
        part: the network.
        wanted: its outputs, in the order in which they are wanted; None for all.
    """

    def __init__(self, part: Part, wanted: Sequence[str] | None = None) -> None:
        self._part, self._wanted = part, wanted
        self.spent_s = 0.0

    def __call__(self, tensor: FloatArray) -> list[FloatArray]:
        """Run it."""
        started = time.perf_counter()
        outputs = self._part.session.run({self._part.session.inputs[0].name: tensor}, self._wanted)
        self.spent_s += time.perf_counter() - started
        return list(outputs.values())


@runtime_checkable
class HasParts(Protocol):
    """A step with networks of its own."""

    parts: tuple[Part, ...]


@runtime_checkable
class Finding(Protocol):
    """A step that finds something by itself: it stands where a model would."""

    parts: tuple[Part, ...]
    task: ClassVar[str]
    labels: tuple[str, ...]
    finds_boxes: ClassVar[bool]

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run every part once."""
        ...


class _Step:
    """What the steps have in common.

    Args:
        name: of the chain, which its results bear.
        parts: role of each network, and the network.
        options: what is asked.
        most: no more objects than this.
        least: score below which nothing is kept, where nothing else is asked.

    Raises:
        ConfigError: a wanted class is not one of the chain's.
    """

    task: ClassVar[str] = "pose"
    finds_boxes: ClassVar[bool] = True
    labels: tuple[str, ...] = ("person",)
    roles: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, name: str, parts: dict[str, Part], options: TaskOptions, most: int, least: float
    ) -> None:
        self.chain, self.by_role = name, parts
        self.parts = tuple(parts.values())
        self.most = min(most, options.max_det)
        self.least = least if options.conf is None else options.conf
        self._wanted = _wanted(name, self.labels, options)

    def warm_up(self, frame_wh: tuple[int, int]) -> None:
        """Run every part once."""
        for part in self.parts:
            width, height = part.spatial()
            Clocked(part)(np.zeros((1, 3, height, width), np.float32))

    def _close(self, flow: Flow, result: Any, started: float, *clocked: Clocked) -> None:
        """Leave the result in the flow, with the seconds that it took."""
        if self._wanted is not None and isinstance(result, Keypoints):
            result = result.take(np.flatnonzero(np.isin(result.detections.class_ids, self._wanted)))
        ran = sum(one.spent_s for one in clocked)
        spent = time.perf_counter() - started
        flow.result, flow.regions = result, None
        flow.timings = flow.timings + Timings(infer_s=ran, decode_s=spent - ran)

    def _keypoints(
        self,
        flow: Flow,
        points: Sequence[FloatArray],
        sure: Sequence[FloatArray],
        scores: Sequence[float],
        skeleton: Skeleton,
        *,
        class_ids: Sequence[int] | None = None,
        tracks: Sequence[int] | None = None,
        boxes: Sequence[FloatArray] | None = None,
        world: Sequence[FloatArray] | None = None,
        masks: Sequence[BoxMask] | None = None,
        least: float = 0.0,
    ) -> Keypoints:
        """Objects with points (K, 3): x, y and depth in pixels of the frame."""
        count, k = len(points), len(skeleton)
        xyz = np.array(points, np.float32).reshape(count, k, 3)
        spans = [bounds(p, flow.frame_wh) for p in points] if boxes is None else boxes
        found = Detections(
            self.chain,
            np.array(spans, np.float32).reshape(count, 4),
            np.array(scores, np.float32),
            np.zeros(count, np.int64) if class_ids is None else np.array(class_ids, np.int64),
            self.labels,
            None if tracks is None else np.array(tracks, np.int64),
        )
        confidence = np.array(sure, np.float32).reshape(count, k, 1)
        return Keypoints(
            found,
            np.concatenate([xyz[..., :2], confidence], axis=2),
            skeleton,
            least,
            xyz[..., 2],
            None if world is None else np.array(world, np.float32).reshape(count, k, 3),
            None if masks is None else tuple(masks),
        )


def _wanted(name: str, labels: tuple[str, ...], options: TaskOptions) -> list[int] | None:
    if not options.classes:
        return None
    ids = []
    for asked in options.classes:
        key = asked.strip().lower()
        if key in labels:
            ids.append(labels.index(key))
        elif key.isdecimal() and int(key) < len(labels):
            ids.append(int(key))
        elif not options.shared_classes:
            near = difflib.get_close_matches(key, labels, n=2) or labels
            raise ConfigError(
                "{name} has no class '{asked}'; did you mean {near}?",
                name=name,
                asked=asked,
                near=", ".join(near),
            )
    return ids


def _still(flow: Flow) -> bool:
    """Whether the picture is by itself: of no stream, or one file of many."""
    return flow.frame is None or flow.frame.file is not None


class Hands(_Step):
    """Follows hands; needs the palm detector (`palms`) and the network of landmarks (`landmarks`)."""

    name = "hands"
    may_rest = True
    labels = ("left hand", "right hand")
    roles = ("palms", "landmarks")

    def start(self) -> HandMemory:
        """Nothing was seen."""
        return HandMemory()

    def recall(self, state: HandMemory, flow: Flow) -> HandMemory:
        """Find the hands of this frame."""
        started = time.perf_counter()
        memory = self.start() if _still(flow) else state.copied()
        palms, landmarks = (Clocked(self.by_role[role]) for role in self.roles)
        finder = HandFinder(palms, landmarks, self.most, self.least)
        if _still(flow):  # no frame after it will tell a hand from what only looks like one at the edge
            finder.least_at_edge, finder.edge_margin = self.least, _EDGE_OF_STILLS
        hands = memory.find(finder, flow.image)
        hands.sort(key=lambda hand: hand.track or 0)
        mirrored = flow.frame is not None and flow.frame.mirrored
        result = self._keypoints(
            flow,
            [h.points for h in hands],
            [np.full(len(h.points), h.presence) for h in hands],
            [h.presence for h in hands],
            named_skeleton("hand-21"),
            class_ids=[int(_is_left(h) != mirrored) for h in hands],
            tracks=None if _still(flow) else [h.track or -1 for h in hands],
            world=[h.world for h in hands],
        )
        self._close(flow, result, started, palms, landmarks)
        return memory

    def remember(self, state: HandMemory, flow: Flow) -> HandMemory:
        """As it is."""
        return state


def _is_left(hand: Hand) -> bool:
    """Whether it would be a left hand if the picture were mirrored: the network was taught so."""
    return hand.left > 0.5


class FaceMesh(_Step):
    """Follows the meshes of faces; needs a face detector (`faces`) and the network of the mesh (`mesh`)."""

    name = "face-mesh"
    may_rest = True
    labels = ("face",)
    roles = ("faces", "mesh")

    def start(self) -> FaceMemory:
        """Nothing was seen."""
        return FaceMemory()

    def recall(self, state: FaceMemory, flow: Flow) -> FaceMemory:
        """Find the faces of this frame."""
        started = time.perf_counter()
        memory = self.start() if _still(flow) else state.copied()
        detector, mesh = (Clocked(self.by_role[role]) for role in self.roles)
        faces = memory.find(FaceFinder(detector, mesh, FACE_SHORT, self.most, self.least), flow.image)
        faces.sort(key=lambda face: face.track or 0)
        count = self.by_role["mesh"].session.outputs[0].shape[-1]
        result = self._keypoints(
            flow,
            [f.points for f in faces],
            [np.full(len(f.points), f.presence) for f in faces],
            [f.presence for f in faces],
            named_skeleton(f"face-mesh-{(count or 0) // 3}"),
            tracks=None if _still(flow) else [f.track or -1 for f in faces],
        )
        self._close(flow, result, started, detector, mesh)
        return memory

    def remember(self, state: FaceMemory, flow: Flow) -> FaceMemory:
        """As it is."""
        return state


class OneBody(_Step):
    """Follows the body of one person; needs a detector (`bodies`) and the network of landmarks (`landmarks`)."""

    name = "body"
    may_rest = True
    roles = ("bodies", "landmarks")

    def start(self) -> BodyMemory:
        """Nothing was seen."""
        return BodyMemory()

    def recall(self, state: BodyMemory, flow: Flow) -> BodyMemory:
        """Find the body of this frame."""
        started = time.perf_counter()
        memory = self.start() if _still(flow) else state.copied()
        detector = Clocked(self.by_role["bodies"])
        landmarks = Clocked(self.by_role["landmarks"], ("landmarks", "presence", "heatmap", "world", "mask"))
        finder = BodyFinder(detector, landmarks, self.least, with_mask=True)
        body = memory.find(finder, flow.image, flow.time_s)
        bodies = [] if body is None else [body]
        boxes = []
        for one in bodies:
            seen = one.visibility >= _LEAST_VISIBLE
            boxes.append(bounds(one.points[seen] if seen.any() else one.points, flow.frame_wh))
        result = self._keypoints(
            flow,
            [b.points for b in bodies],
            [b.visibility for b in bodies],
            [b.presence for b in bodies],
            named_skeleton("body-33"),
            boxes=boxes,
            world=[b.world for b in bodies],
            masks=[b.mask for b in bodies if b.mask is not None],
            least=_LEAST_VISIBLE,
        )
        self._close(flow, result, started, detector, landmarks)
        return memory

    def remember(self, state: BodyMemory, flow: Flow) -> BodyMemory:
        """As it is."""
        return state


class Faces(_Step):
    """Finds faces as boxes with six marks; needs the face detector of the full range (`faces`)."""

    labels = ("face",)
    roles = ("faces",)

    def run(self, flow: Flow) -> None:
        """Find the faces of a frame."""
        started = time.perf_counter()
        detector = Clocked(self.by_role["faces"])
        spec = FACE_FULL if self.by_role["faces"].spatial()[0] == FACE_FULL.side else FACE_SHORT
        found, _ = detect(flow.image, detector, spec, self.least)
        limit = np.tile(np.array(flow.frame_wh, np.float32), 2)
        kept = range(min(len(found), self.most))
        flat = np.zeros((found.marks.shape[1], 1), np.float32)
        result = self._keypoints(
            flow,
            [np.concatenate([found.marks[i], flat], axis=1) for i in kept],
            [np.full(len(flat), found.scores[i]) for i in kept],
            [float(found.scores[i]) for i in kept],
            named_skeleton("face-6"),
            boxes=[np.clip(found.xyxy[i], 0, limit) for i in kept],
        )
        self._close(flow, Keypoints(result.detections, result.points, result.skeleton), started, detector)


class Outline(_Step):
    """Says how much of each pixel is a person; needs the network of the outline (`outline`)."""

    task = "semantic"
    finds_boxes = False
    labels = ("background", "person")
    roles = ("outline",)

    def __init__(
        self, name: str, parts: dict[str, Part], options: TaskOptions, most: int, least: float
    ) -> None:
        super().__init__(name, parts, options, most, least)
        self._behind = wanted_background(options)

    def run(self, flow: Flow) -> None:
        """The outline in a frame."""
        started = time.perf_counter()
        network = Clocked(self.by_role["outline"])
        share = outline(flow.image, network, self.by_role["outline"].spatial())
        height, width = share.shape
        frame_w, frame_h = flow.frame_wh
        ids = (share > self.least).astype(np.uint8)
        place = Affine.scale(frame_w / width, frame_h / height)
        result = ClassMap(self.chain, ids, self.labels, place, 0, share, self._behind)
        self._close(flow, result, started, network)


FINDERS: dict[str, type[Hands | FaceMesh | OneBody | Faces | Outline]] = {
    "hands": Hands,
    "face-mesh": FaceMesh,
    "body": OneBody,
    "faces": Faces,
    "outline": Outline,
}
"""What `find` can be in the card of a chain."""
