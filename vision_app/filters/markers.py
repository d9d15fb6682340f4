"""ArUco and AprilTag markers: which there are, where they are, and how they are turned.

Places are in the camera's frame of OpenCV: x to the right, y down, z away from the camera, in the unit of the
marker's side. The camera is taken to be a pinhole that looks through the middle of the picture, known by its
horizontal angle of view alone: good to a few per cent without calibration, exact for drawn pictures.

Source: Garrido-Jurado et al., "Automatic generation and detection of highly reliable fiducial markers under
occlusion", 2014; Collins and Bartoli, "Infinitesimal plane-based pose estimation", 2014 (SOLVEPNP_IPPE_SQUARE).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.filters.operation import Mat
from vision_app.filters.parameters import Choice, Real
from vision_app.filters.words import Words

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "aruco_4x4": "ArUco 4 × 4",
        "aruco_5x5": "ArUco 5 × 5",
        "aruco_6x6": "ArUco 6 × 6",
        "aruco_7x7": "ArUco 7 × 7",
        "aruco_original": "ArUco original",
        "apriltag_16h5": "AprilTag 16h5",
        "apriltag_25h9": "AprilTag 25h9",
        "apriltag_36h10": "AprilTag 36h10",
        "apriltag_36h11": "AprilTag 36h11",
    }
)
"""Name to what it is called on the screen."""
DICTIONARIES: Mapping[str, str] = MappingProxyType(
    {
        "aruco_4x4": "DICT_4X4_1000",
        "aruco_5x5": "DICT_5X5_1000",
        "aruco_6x6": "DICT_6X6_1000",
        "aruco_7x7": "DICT_7X7_1000",
        "aruco_original": "DICT_ARUCO_ORIGINAL",
        "apriltag_16h5": "DICT_APRILTAG_16h5",
        "apriltag_25h9": "DICT_APRILTAG_25h9",
        "apriltag_36h10": "DICT_APRILTAG_36h10",
        "apriltag_36h11": "DICT_APRILTAG_36h11",
    }
)
"""Name to OpenCV's."""
FAMILY = Choice(
    name="family",
    words=Words("Family", "종류"),
    options=tuple((name, Words(title, title)) for name, title in FAMILIES.items()),
)
SIDE = Real(
    name="side",
    words=Words("Side of a marker", "마커 한 변"),
    unit="mm",
    start=50.0,
    low=1.0,
    high=5000.0,
    step=1.0,
)
VIEW = Real(
    name="view",
    words=Words("Camera's horizontal angle of view", "카메라의 수평 화각"),
    unit="°",
    start=60.0,
    low=10.0,
    high=150.0,
    step=1.0,
)


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker in a picture.

    Attributes:
        number: its number in the family.
        corners_px: (4, 2) float32, clockwise from its own top left.
        rotation: (3, 3) float64, from the marker's axes (x right, y up, z out of it) to the camera's.
        position: (3,) float64, of its middle, in the unit of the side.
    """

    number: int
    corners_px: NDArray[np.float32]
    rotation: NDArray[np.float64]
    position: NDArray[np.float64]


def make_detector(dictionary: int) -> cv2.aruco.ArucoDetector:
    """A detector whose corners are refined below a pixel.

    Args:
        dictionary: one of OpenCV's `DICT_*`.
    """
    parameters = cv2.aruco.DetectorParameters()
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(dictionary), parameters)


def camera_matrix(width: int, height: int, view: float) -> NDArray[np.float64]:
    """The pinhole of a picture of that size, pixels, and that horizontal angle of view, degrees.

    Returns:
        (3, 3) float64; the middle of the top left pixel is at 0, 0.
    """
    focal = width / 2 / np.tan(np.radians(view / 2))
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1]])


def square(side: float) -> NDArray[np.float32]:
    """The corners of a marker about its middle, in the order in which they are found."""
    half = side / 2
    return np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]], np.float32)


def find_markers(
    image: Mat, family: str = "aruco_4x4", side: float = 50.0, view: float = 60.0
) -> tuple[Marker, ...]:
    """All markers of a family with their pose.

    Args:
        image: (H, W) grey or (H, W, 3) BGR, uint8.
        family: one of `FAMILIES`.
        side: length of a marker's black border, in any unit.
        view: the camera's horizontal angle of view, degrees.
    """
    corners, numbers, _ = make_detector(getattr(cv2.aruco, DICTIONARIES[family])).detectMarkers(image)
    camera = camera_matrix(image.shape[1], image.shape[0], view)
    found = []
    for four, number in zip(corners, [] if numbers is None else numbers.ravel().tolist(), strict=True):
        _, turn, place = cv2.solvePnP(square(side), four, camera, None, flags=cv2.SOLVEPNP_IPPE_SQUARE)
        rotation = cv2.Rodrigues(turn)[0].astype(np.float64)
        found.append(
            Marker(
                int(number), four.reshape(4, 2).astype(np.float32), rotation, place.ravel().astype(np.float64)
            )
        )
    return tuple(found)
