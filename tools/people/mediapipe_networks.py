"""Which networks are taken out of the wheel of MediaPipe, and under which names."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

WHEEL = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
WHEEL_SHA256 = "05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"


@dataclass(frozen=True)
class Source:
    """One .tflite file of the wheel.

    Attributes:
        file: place under `mediapipe/modules/`.
        sha256: of the .tflite, its first 16 hexadecimal digits.
        outputs: names that the ONNX file gives the outputs, in the file's order.
        low: value of a black pixel in the input; a white one is 1.
    """

    file: str
    sha256: str
    outputs: tuple[str, ...]
    low: float = 0.0


_HEAD = ("boxes", "scores")
_HAND = ("landmarks", "presence", "handedness", "world")
_ATTENTION = ("mesh", "lips", "left_eye", "right_eye", "left_iris", "right_iris", "presence")

NETWORKS = {
    "face-detection-short": Source(
        "face_detection/face_detection_short_range.tflite", "bbff11cebd1eb27a", _HEAD, -1.0
    ),
    "face-detection-full": Source(
        "face_detection/face_detection_full_range_sparse.tflite", "2c3728e6da56f21e", _HEAD, -1.0
    ),
    "face-mesh": Source("face_landmark/face_landmark.tflite", "1055cb9d4a9ca8b8", ("mesh", "presence")),
    "face-mesh-iris": Source(
        "face_landmark/face_landmark_with_attention.tflite", "e06a804e0144f992", _ATTENTION
    ),
    "iris": Source("iris_landmark/iris_landmark.tflite", "d1744d2a09c25f50", ("contours", "iris")),
    "palm-detection-full": Source("palm_detection/palm_detection_full.tflite", "1b14e9422c6ad006", _HEAD),
    "palm-detection-lite": Source("palm_detection/palm_detection_lite.tflite", "e9a4aaddf90dda56", _HEAD),
    "hand-landmarks-full": Source("hand_landmark/hand_landmark_full.tflite", "11c272b891e1a99a", _HAND),
    "hand-landmarks-lite": Source("hand_landmark/hand_landmark_lite.tflite", "048edd3645c9bf73", _HAND),
    "pose-detection": Source("pose_detection/pose_detection.tflite", "9ba9dd3d42efaaba", _HEAD, -1.0),
    "pose-landmarks": Source(
        "pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fa",
        ("landmarks", "presence", "mask", "heatmap", "world"),
    ),
    "selfie-segmentation": Source(
        "selfie_segmentation/selfie_segmentation.tflite", "9ee168ec7c8f2a16", ("mask",)
    ),
    "selfie-segmentation-landscape": Source(
        "selfie_segmentation/selfie_segmentation_landscape.tflite", "a77d03f4659b9f6b", ("mask",)
    ),
}


def read_network(wheel: Path, name: str) -> bytes:
    """The bytes of one .tflite file of the wheel.

    Raises:
        SystemExit: the wheel or the file in it is another than the one that was looked at.
    """
    source = NETWORKS[name]
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(f"mediapipe/modules/{source.file}")
    came = hashlib.sha256(data).hexdigest()
    if not came.startswith(source.sha256):
        raise SystemExit(f"{source.file}: SHA-256 should begin with {source.sha256}, it is {came}")
    return data
