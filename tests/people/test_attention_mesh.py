"""The shipped network of the face mesh with irises against what MediaPipe's own interpreter makes of the same tensors.

`answers/attention_mesh.npz` was made by `tools/people/ask_mediapipe.py`, of noise and of a face.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.people.networks import network

ANSWERS = Path(__file__).parent / "answers" / "attention_mesh.npz"
PARTS = ("lips", "left_eye", "right_eye", "left_iris", "right_iris")


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (192, 192, 3), np.uint8)


def face(folder: Path) -> np.ndarray:
    return cv2.imread(str(folder / "photos" / "skimage_astronaut.jpg"))[20:212, 128:320, ::-1]


def ours(picture: np.ndarray) -> tuple[np.ndarray, float]:
    tensor = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / 255
    mesh, presence = network("face-mesh-iris", ("mesh", "presence"))(tensor)
    return mesh.reshape(478, 3), float(presence.reshape(-1)[0])


def theirs(number: int, folder: Path) -> tuple[np.ndarray, float]:
    """The points of all outputs, each where the graph of MediaPipe puts it; depths of irises are left out."""
    answers = np.load(ANSWERS)
    places = json.loads((folder.parent / "people" / "attention_refinement.json").read_text("utf-8"))
    points = np.zeros((478, 3), np.float32)
    points[:468] = answers["mesh"][number].reshape(468, 3)
    for part in PARTS:
        points[places[part]["indexes"], :2] = answers[part][number].reshape(-1, 2)
    return points, float(answers["presence"][number][0])


@pytest.mark.parametrize("number", [0, 1], ids=["noise", "face"])
def test_the_attention_mesh_is_that_of_mediapipe(number: int, shared_data: Path) -> None:
    mesh, presence = ours(noise() if number == 0 else face(shared_data))
    wanted, sure = theirs(number, shared_data)
    assert np.abs(mesh[:, :2] - wanted[:, :2]).max() <= 1e-3
    assert np.abs(mesh[:468, 2] - wanted[:468, 2]).max() <= 1e-3
    assert abs(presence - sure) <= 1e-3
    assert (sure > 0) is (number == 1)


def test_the_mesh_of_noise_needs_no_shared_data() -> None:
    mesh, presence = ours(noise())
    answers = np.load(ANSWERS)
    refined = {
        tuple(p)
        for part in PARTS
        for p in np.rint(answers[part][0].reshape(-1, 2) * 100).astype(int).tolist()
    }
    whole = answers["mesh"][0].reshape(468, 3)
    same = np.abs(mesh[:468] - whole).max(axis=1) <= 1e-3
    assert same.sum() == 246  # 80 points of the lips and 71 of each eye are refined
    moved = np.rint(mesh[:468][~same, :2] * 100).astype(int)
    near = [any(abs(x - a) <= 1 and abs(y - b) <= 1 for a, b in refined) for x, y in moved.tolist()]
    assert all(near)
    assert abs(presence - answers["presence"][0][0]) <= 1e-3
