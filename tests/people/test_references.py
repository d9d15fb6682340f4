"""Whole pipelines against what MediaPipe answers on the same pictures: medians and rates.

Another release of OpenCV interpolates otherwise, which alone moves single points by pixels; see docs/people.md.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.people.networks import network
from vision_app.people.body import Body, BodyFinder, BodyMemory
from vision_app.people.detecting import detect
from vision_app.people.faces import FaceFinder
from vision_app.people.hands import Hand, HandFinder, HandMemory
from vision_app.people.outline import on_picture, outline
from vision_app.people.ssd import FACE_FULL, FACE_SHORT

SAME_PX = 40
FEW_CLIPS = ("again", "milk")


def read(folder: Path, name: str):
    return json.loads((folder / "people-reference" / name).read_text(encoding="utf-8"))


def stills(folder: Path) -> Iterator[tuple[Path, dict]]:
    for name, wanted in read(folder, "stills.json").items():
        yield folder / name, wanted


def matched(found, wanted) -> list[np.ndarray]:
    """Distances of the points of those that are found and wanted, pixels."""
    left, made = [f[:, :2] for f in found], []
    for one in wanted:
        theirs = np.array(one)[:, :2]
        distances = [np.linalg.norm(f - theirs, axis=1) for f in left]
        best = min(range(len(left)), key=lambda i: distances[i].mean(), default=None)
        if best is not None and distances[best].mean() < SAME_PX:
            made.append(distances[best])
            left.pop(best)
    return made


def hand_finder(size: str, **options) -> HandFinder:
    return HandFinder(network(f"palm-detection-{size}"), network(f"hand-landmarks-{size}"), **options)


def body_finder(**options) -> BodyFinder:
    landmarks = network("pose-landmarks", ("landmarks", "presence", "heatmap", "world", "mask"))
    return BodyFinder(network("pose-detection"), landmarks, **options)


@pytest.mark.parametrize(
    ("name", "spec", "key"),
    [
        ("face-detection-short", FACE_SHORT, "face_short_range"),
        ("face-detection-full", FACE_FULL, "face_full_range"),
    ],
)
def test_faces_on_stills(shared_data: Path, name: str, spec, key: str) -> None:
    counts, off = np.zeros(2, int), []
    for path, wanted in stills(shared_data):
        found, _ = detect(cv2.imread(str(path)), network(name), spec, spec.least)
        counts += len(found), len(wanted[key])
        off += matched(list(found.marks), [w["keypoints"] for w in wanted[key]])
    assert counts[1] >= 24
    assert abs(counts[0] - counts[1]) <= 1
    assert len(off) >= counts[1] - 1
    assert np.median(np.concatenate(off)) <= 0.3


@pytest.mark.parametrize("key", ["face_mesh_468", "face_mesh_attention_478"])
def test_meshes_on_stills(shared_data: Path, key: str) -> None:
    mesh = network("face-mesh" if key.endswith("468") else "face-mesh-iris")
    finder = FaceFinder(network("face-detection-short"), mesh)
    counts, off = np.zeros(2, int), []
    for path, wanted in stills(shared_data):
        if not wanted["face_short_range"]:
            continue
        found = finder.find(cv2.imread(str(path)))
        counts += len(found), len(wanted[key])
        off += matched([f.points for f in found], wanted[key])
    assert counts[1] >= 19
    assert abs(counts[0] - counts[1]) <= 1
    assert np.median(np.concatenate(off)) <= 0.1


@pytest.mark.parametrize("size", ["full", "lite"])
def test_hands_on_stills(shared_data: Path, size: str) -> None:
    counts, off = np.zeros(2, int), []
    for path, wanted in stills(shared_data):
        found = hand_finder(size, edge_margin=0).find(cv2.imread(str(path)))
        counts += len(found), len(wanted[f"hands_{size}"])
        off += matched([h.points for h in found], [w["landmarks_xyz"] for w in wanted[f"hands_{size}"]])
    assert abs(counts[0] - counts[1]) <= 1
    assert len(off) >= 19
    assert np.median(np.concatenate(off)) <= 0.3


def test_bodies_and_their_masks_on_stills(shared_data: Path) -> None:
    finder, off, shared, missed = body_finder(with_mask=True), [], [], 0
    for path, wanted in stills(shared_data):
        image = cv2.imread(str(path))
        body = finder.find(image)
        missed += (body is None) != (wanted["pose"] is None)
        if body is None or wanted["pose"] is None:
            continue
        theirs = np.array(wanted["pose"]["landmarks_xyz_visibility_presence"])
        seen = theirs[:, 3] > 0.5
        off.append(np.linalg.norm(body.points[seen, :2] - theirs[seen, :2], axis=1))
        mask = shared_data / "people-reference" / "masks" / f"{path.stem}.pose.png"
        if mask.is_file():
            shared.append(
                common_share(
                    body.mask.on_frame(image.shape[1::-1]), cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
                )
            )
    assert missed <= 1
    assert np.median(np.concatenate(off)) <= 1.0
    assert np.median(shared) >= 0.97


def common_share(mask: np.ndarray, theirs: np.ndarray) -> float:
    ours, wanted = mask > 0.5, theirs > 127
    return (ours & wanted).sum() / max((ours | wanted).sum(), 1)


def test_outlines_on_stills(shared_data: Path) -> None:
    shares = []
    for path, _ in stills(shared_data):
        mask = shared_data / "people-reference" / "masks" / f"{path.stem}.selfie.png"
        theirs = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE) if mask.is_file() else None
        if theirs is not None and (theirs > 127).sum() > 200:
            shares.append(common_share(whole_outline(cv2.imread(str(path))), theirs))
    assert len(shares) > 40
    assert np.median(shares) >= 0.99
    assert np.mean(shares) >= 0.97


def whole_outline(image: np.ndarray) -> np.ndarray:
    return on_picture(outline(image, network("selfie-segmentation")), image.shape[1::-1])


def clip_frames(folder: Path, name: str, wanted: list) -> Iterator[tuple[np.ndarray, dict]]:
    capture = cv2.VideoCapture(str(folder / "gestures" / "asl_gestures" / f"{name}.mkv"))
    for one in wanted:
        read_it, image = capture.read()
        assert read_it
        yield image, one
    capture.release()


class Clips:
    """What the clips give, gathered."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.same_count, self.hands, self.handed = [], [], []
        self.bodies = {"pose_smoothed": [], "pose_unsmoothed": []}
        clips = read(folder, "asl_gestures.json")
        for name in names or tuple(clips):
            self._follow(clip_frames(folder, name, clips[name]))

    def _follow(self, frames) -> None:
        memory, finder, bodies = HandMemory(), hand_finder("full"), body_finder()
        memories = {"pose_smoothed": BodyMemory(), "pose_unsmoothed": BodyMemory(smooth=False)}
        for number, (image, wanted) in enumerate(frames):
            self._hands(memory.find(finder, image), wanted["hands"])
            for key, one in memories.items():
                self._body(key, one.find(bodies, image, number / 30), wanted[key])

    def _hands(self, found: list[Hand], wanted: list[dict]) -> None:
        self.same_count.append(len(found) == len(wanted))
        for theirs in wanted:
            points = np.array(theirs["landmarks_xyz"])[:, :2]
            distances = [np.linalg.norm(h.points[:, :2] - points, axis=1) for h in found]
            best = min(range(len(found)), key=lambda i: distances[i].mean(), default=None)
            if best is not None and distances[best].mean() < SAME_PX:
                self.hands.append(distances[best])
                self.handed.append(("Left" if found[best].left > 0.5 else "Right") == theirs["handedness"])

    def _body(self, key: str, body: Body | None, wanted: list) -> None:
        assert (body is None) == (not wanted)
        if body is not None:
            theirs = np.array(wanted)
            seen = theirs[:, 3] > 0.5
            self.bodies[key].append(np.linalg.norm(body.points[seen, :2] - theirs[seen, :2], axis=1))

    def check(self) -> None:
        assert np.mean(self.same_count) >= 0.97
        assert np.mean(self.handed) >= 0.9
        assert np.median(np.concatenate(self.hands)) <= 0.15
        for distances in self.bodies.values():
            assert np.median(np.concatenate(distances)) <= 0.25


@pytest.mark.slow
def test_two_clips_frame_by_frame(shared_data: Path) -> None:
    Clips(shared_data, FEW_CLIPS).check()


@pytest.mark.slow
def test_all_clips_frame_by_frame(shared_data: Path) -> None:
    Clips(shared_data, ()).check()


def close_ups(folder: Path, step: int) -> list[Path]:
    return sorted((folder / "sign_digits").glob("*/*/*.JPG"))[::step]


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_hands_that_fill_the_picture_are_found(shared_data: Path, step: int) -> None:
    finder = hand_finder("full")
    found = [bool(finder.find(cv2.imread(str(path)))) for path in close_ups(shared_data, step)]
    assert np.mean(found) >= 0.98
    plain = hand_finder("full", edge_margin=0)
    assert np.mean([bool(plain.find(cv2.imread(str(p)))) for p in close_ups(shared_data, 10)]) < 0.95
