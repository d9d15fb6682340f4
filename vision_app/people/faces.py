"""Faces: boxes with six marks, or a mesh of 468 points, with irises 478."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision_app.people.detecting import Network, detect
from vision_app.people.geometry import TurnedBox, as_tensor, cut_out, overlap, to_picture
from vision_app.people.hands import Tracked
from vision_app.people.regions import face_from_detection, face_from_landmarks
from vision_app.people.ssd import FACE_SHORT, DetectorSpec, Found
from vision_app.results.values import FloatArray, ImageU8

SIDE = 192
_SAME_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Face:
    """The mesh of one face.

    Attributes:
        points: (468 or 478, 3) float32: x, y in pixels of the picture, z in the same pixels.
        presence: how sure it is that there is a face, in [0, 1].
        track: number of its track; None where it has none yet.
    """

    points: FloatArray
    presence: float
    track: int | None = None


class FaceFinder:
    """Finds the meshes of faces in a picture. Knows nothing of other pictures.

    Args:
        detector: of faces.
        mesh: the network of the mesh.
        spec: what the detector is.
        most: no more faces than this.
        least: score and presence below which a face is dropped.
    """

    def __init__(
        self,
        detector: Network,
        mesh: Network,
        spec: DetectorSpec = FACE_SHORT,
        most: int = 4,
        least: float = 0.5,
    ) -> None:
        self._detector, self._mesh, self._spec = detector, mesh, spec
        self.most, self.least = most, least

    def detect(self, image: ImageU8) -> Found:
        """The faces of a picture as boxes with marks."""
        return detect(image, self._detector, self._spec, self.least)[0]

    def find(self, image: ImageU8, tracked: Sequence[Tracked] = ()) -> list[Face]:
        """The faces of a picture, those that were tracked first; see `HandFinder.find`."""
        regions: list[TurnedBox] = []
        if len(tracked) < self.most:
            found = self.detect(image)
            pairs = zip(found.xyxy, found.marks, strict=True)
            regions = [face_from_detection(*pair) for pair in pairs][: self.most]
        tracks: list[int | None] = [None] * len(regions)
        for expected in tracked:
            kept = [i for i, r in enumerate(regions) if overlap(r, expected.region) <= _SAME_IOU]
            regions = [*(regions[i] for i in kept), expected.region]
            tracks = [*(tracks[i] for i in kept), expected.track]
        faces = [self.look(image, r, t) for r, t in zip(regions, tracks, strict=True)]
        faces = [f for f in faces if f.presence > self.least]
        return sorted(faces, key=lambda f: f.track is None)[: self.most]

    def look(self, image: ImageU8, region: TurnedBox, track: int | None = None) -> Face:
        """The mesh of the face in a region, whether there is one or not."""
        crop = cut_out(image, region, (SIDE, SIDE), repeat_edge=True)
        mesh, logit = self._mesh(as_tensor(crop, 0.0))
        shares = mesh.reshape(-1, 3) / np.float32(SIDE)
        presence = 1 / (1 + np.exp(-float(logit.reshape(-1)[0])))
        return Face(to_picture(shares, region), presence, track)


class FaceMemory:
    """What is known of the faces of the frame before. Frames come in their order."""

    def __init__(self) -> None:
        self._next = 1
        self.reset()

    def reset(self) -> None:
        """The next frame has nothing to do with the last one."""
        self._expected: tuple[Tracked, ...] = ()

    def copied(self) -> FaceMemory:
        """One that goes on from here while this one stays as it is."""
        return copy.copy(self)

    def find(self, finder: FaceFinder, image: ImageU8) -> list[Face]:
        """The faces of the next frame, each with the number of its track."""
        faces = []
        for face in finder.find(image, self._expected):
            number = face.track
            if number is None:
                number, self._next = self._next, self._next + 1
            faces.append(Face(face.points, face.presence, number))
        self._expected = tuple(Tracked(face_from_landmarks(f.points), f.track or 0) for f in faces)
        return faces
