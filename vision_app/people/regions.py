"""Where to look for landmarks: from a detection, or from the landmarks of the frame before."""

from __future__ import annotations

import math

import numpy as np

from vision_app.people.geometry import TurnedBox, wrapped
from vision_app.results.values import FloatArray

PALM_POINTS = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)
"""The landmarks of a hand that bend least."""


def _direction(first: FloatArray, second: FloatArray, target: float) -> float:
    """By how much to turn a box so that the way from one point to another points where it should."""
    dx, dy = float(second[0] - first[0]), float(second[1] - first[1])
    return wrapped(target - math.atan2(-dy, dx))


def _size(xyxy: FloatArray) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(v) for v in xyxy)
    return (left + right) / 2, (top + bottom) / 2, right - left, bottom - top


def hand_from_palm(xyxy: FloatArray, marks: FloatArray) -> TurnedBox:
    """Region of the hand whose palm was detected, its fingers upwards.

    Source: options of hand_landmark_tracking_cpu's RectTransformationCalculator: shift_y -0.5, scale 2.6.
    """
    angle = _direction(marks[0], marks[2], math.pi / 2)
    cx, cy, width, height = _size(xyxy)
    cx, cy = cx + 0.5 * height * math.sin(angle), cy - 0.5 * height * math.cos(angle)
    side = 2.6 * max(width, height)
    return TurnedBox(cx, cy, side, side, angle)


def hand_from_landmarks(points: FloatArray) -> TurnedBox:
    """Region of a hand in the next frame, from its 21 landmarks in this one.

    Source: HandLandmarksToRectCalculator, and its transformation: shift_y -0.1, scale 2.
    """
    middle = ((points[5] + points[13]) / 2 + points[9]) / 2
    angle = _direction(points[0], middle, math.pi / 2)
    palm = points[list(PALM_POINTS), :2]
    cx, cy, width, height = _turned_bounds(palm, angle)
    cx, cy = cx + 0.1 * height * math.sin(angle), cy - 0.1 * height * math.cos(angle)
    side = 2.0 * max(width, height)
    return TurnedBox(cx, cy, side, side, angle)


def _turned_bounds(points: FloatArray, angle: float) -> tuple[float, float, float, float]:
    """Centre and size of the box, turned by an angle, round some points."""
    about = (points.min(axis=0) + points.max(axis=0)) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    off = points - about
    upright = np.stack([off[:, 0] * cos + off[:, 1] * sin, -off[:, 0] * sin + off[:, 1] * cos], axis=1)
    low, high = upright.min(axis=0), upright.max(axis=0)
    mx, my = (float(v) for v in (low + high) / 2)
    width, height = (float(v) for v in high - low)
    return float(about[0]) + mx * cos - my * sin, float(about[1]) + mx * sin + my * cos, width, height


def face_from_detection(xyxy: FloatArray, marks: FloatArray) -> TurnedBox:
    """Region of the mesh of a detected face, its eyes level.

    Source: face_detection_front_detection_to_roi: rotation from key point 0 to 1, scale 1.5.
    """
    angle = _direction(marks[0], marks[1], 0.0)
    cx, cy, width, height = _size(xyxy)
    side = 1.5 * max(width, height)
    return TurnedBox(cx, cy, side, side, angle)


def face_from_landmarks(points: FloatArray) -> TurnedBox:
    """Region of a face in the next frame, from its mesh in this one.

    Source: face_landmark_landmarks_to_roi: rotation from point 33 to 263, scale 1.5.
    """
    angle = _direction(points[33], points[263], 0.0)
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    cx, cy, width, height = _size(np.concatenate([low, high]))
    side = 1.5 * max(width, height)
    return TurnedBox(cx, cy, side, side, angle)


def body_from_marks(centre: FloatArray, on_circle: FloatArray) -> TurnedBox:
    """Region of a body from the middle of its hips and a point of the circle round it, above the head.

    Source: pose_detection_to_roi and pose_landmarks_to_roi: AlignmentPointsRectsCalculator, scale 1.25.
    """
    angle = _direction(centre, on_circle, math.pi / 2)
    dx, dy = float(on_circle[0] - centre[0]), float(on_circle[1] - centre[1])
    side = 1.25 * 2 * math.hypot(dx, dy)
    return TurnedBox(float(centre[0]), float(centre[1]), side, side, angle)
