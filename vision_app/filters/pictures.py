"""Pictures to try operations on, drawn by the program: the same pixels each time."""

from __future__ import annotations

import math

import cv2
import numpy as np

from vision_app.filters.operation import PATTERNS
from vision_app.results.values import ImageU8

SIZE_WH = (1280, 720)


def draw_pattern(name: str, index: int = 0) -> ImageU8:
    """One of the pictures; that called "moving" differs with the index.

    Args:
        name: one of `vision_app.filters.operation.PATTERNS`.
        index: number of the frame.

    Returns:
        (720, 1280, 3) uint8 BGR.

    Raises:
        ValueError: there is no such picture.
    """
    if name not in PATTERNS:
        raise ValueError(f"name must be one of {', '.join(PATTERNS)}, got {name!r}")
    return _DRAW[name](index)


def _blank(level: int) -> ImageU8:
    return np.full((SIZE_WH[1], SIZE_WH[0], 3), level, np.uint8)


def _noisy(image: ImageU8, strength: float, seed: int = 1) -> ImageU8:
    noise = np.random.default_rng(seed).normal(0, strength, image.shape)
    return (image + noise).clip(0, 255).astype(np.uint8)


def _shapes(_: int) -> ImageU8:
    image = _blank(225)
    image[:, :, 0] = np.linspace(190, 245, SIZE_WH[0], dtype=np.uint8)
    cv2.circle(image, (250, 230), 130, (40, 40, 220), -1, cv2.LINE_AA)
    cv2.rectangle(image, (470, 110), (730, 360), (50, 160, 40), -1)
    triangle = np.array([[980, 90], [1150, 360], [810, 360]])
    cv2.fillPoly(image, [triangle], (210, 90, 30), cv2.LINE_AA)
    cv2.ellipse(image, (300, 540), (190, 90), 20, 0, 360, (30, 200, 240), -1, cv2.LINE_AA)
    star = [
        (
            640 + (130 if i % 2 == 0 else 52) * math.sin(i * math.pi / 5),
            545 - (130 if i % 2 == 0 else 52) * math.cos(i * math.pi / 5),
        )
        for i in range(10)
    ]
    cv2.fillPoly(image, [np.array(star).round().astype(np.int32)], (170, 60, 170), cv2.LINE_AA)
    for row in range(8):
        for column in range(10):
            if (row + column) % 2:
                left, top = 850 + 36 * column, 420 + 30 * row
                cv2.rectangle(image, (left, top), (left + 35, top + 29), (60, 60, 60), -1)
    return _noisy(image, 4)


def _page(_: int) -> ImageU8:
    image = _blank(70)
    paper = np.array([[250, 60], [1060, 95], [1130, 680], [170, 660]])
    cv2.fillPoly(image, [paper], (235, 238, 240), cv2.LINE_AA)
    lines = (
        "The quick brown fox jumps over the lazy dog.",
        "Pack my box with five dozen liquor jugs.",
        "How vexingly quick daft zebras jump!",
        "0123456789   3.14159   2.71828   1.41421",
        "Sphinx of black quartz, judge my vow.",
        "Jackdaws love my big sphinx of quartz.",
    )
    for i, line in enumerate(lines):
        cv2.putText(
            image,
            line,
            (300 - 8 * i, 170 + 84 * i),
            cv2.FONT_HERSHEY_COMPLEX,
            0.95,
            (40, 35, 30),
            2,
            cv2.LINE_AA,
        )
    light = np.linspace(1.0, 0.25, SIZE_WH[0])[None, :, None] * np.ones((SIZE_WH[1], 1, 1))
    specks = np.random.default_rng(2).random(image.shape[:2])
    lit = (image * light).clip(0, 255).astype(np.uint8)
    lit[specks < 0.002], lit[specks > 0.998] = 0, 255
    return lit


def _coins(_: int) -> ImageU8:
    image = _blank(60)
    image[..., 2] = np.linspace(40, 80, SIZE_WH[1], dtype=np.uint8)[:, None]
    rng = np.random.default_rng(3)
    places = [
        (180 + 230 * i + int(rng.integers(-30, 30)), 190 + 340 * j + int(rng.integers(-30, 30)))
        for i in range(5)
        for j in range(2)
    ]
    for i, place in enumerate(places):
        radius = (52, 68, 84)[i % 3]
        colour = ((90, 170, 205), (175, 185, 190), (70, 120, 185))[i % 3]
        cv2.circle(image, place, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(image, place, radius - 9, tuple(int(c * 0.8) for c in colour), 3, cv2.LINE_AA)
        text = ("1", "2", "5")[i % 3]
        cv2.putText(
            image,
            text,
            (place[0] - 18, place[1] + 20),
            cv2.FONT_HERSHEY_DUPLEX,
            1.8,
            tuple(int(c * 0.6) for c in colour),
            3,
            cv2.LINE_AA,
        )
    return _noisy(image, 6)


def _dark(_: int) -> ImageU8:
    image = _shapes(0).astype(np.float64)
    x, y = np.meshgrid(np.arange(SIZE_WH[0]), np.arange(SIZE_WH[1]))
    lamp = 0.12 + 0.75 * np.exp(-((x - 1050) ** 2 + (y - 150) ** 2) / 2 / 260**2)
    return _noisy((image * lamp[..., None]).clip(0, 255).astype(np.uint8), 3)


def _street(_: int) -> ImageU8:
    image = _blank(110)
    image[:300] = np.linspace((220, 170, 120), (235, 225, 215), 300).astype(np.uint8)[:, None]
    cv2.fillPoly(image, [np.array([[560, 300], [720, 300], [1280, 720], [0, 720]])], (75, 72, 70))
    for x_far, x_near in ((566, 60), (714, 1220)):
        cv2.line(image, (x_far, 305), (x_near, 720), (240, 240, 240), 8, cv2.LINE_AA)
    for i in range(6):
        near, far = 0.12 + 0.16 * i, 0.20 + 0.16 * i
        cv2.line(
            image,
            (640, int(300 + 420 * near)),
            (640, int(300 + 420 * far)),
            (230, 230, 230),
            3 + 2 * i,
            cv2.LINE_AA,
        )
    for left, top, right in ((60, 80, 260), (290, 140, 430), (850, 110, 1010), (1040, 60, 1230)):
        cv2.rectangle(image, (left, top), (right, 300), (120, 125, 150), -1)
        for x in range(left + 20, right - 20, 40):
            for y in range(top + 20, 280, 45):
                cv2.rectangle(image, (x, y), (x + 20, y + 25), (90, 80, 70), -1)
    return _noisy(image, 3)


def _pattern(_: int) -> ImageU8:
    rng = np.random.default_rng(5)
    image = _blank(200)
    for _i in range(160):
        left, top = int(rng.integers(0, 1240)), int(rng.integers(0, 690))
        wide, high = int(rng.integers(15, 120)), int(rng.integers(15, 90))
        colour = tuple(int(c) for c in rng.integers(20, 240, 3))
        cv2.rectangle(image, (left, top), (left + wide, top + high), colour, -1)
    return cv2.GaussianBlur(image, (3, 3), 0)  # type: ignore[return-value]


def _codes(_: int) -> ImageU8:
    image = _blank(235)
    code = cv2.QRCodeEncoder.create().encode("vision_app 안녕하세요")
    image[130:490, 130:490] = cv2.cvtColor(
        cv2.resize(code, (360, 360), interpolation=cv2.INTER_NEAREST), cv2.COLOR_GRAY2BGR
    )
    bars = ean13("401234567890")
    for i, bit in enumerate(bars):
        if bit == "1":
            cv2.rectangle(image, (700 + 3 * i, 200), (700 + 3 * i + 2, 430), (15, 15, 15), -1)
    return image


def ean13(twelve: str) -> str:
    """The bars of twelve digits and their check digit: 95 bits, 1 for black.

    Source: GS1 General Specifications, section 5.2.1.
    """
    weights = (1, 3) * 6
    digits = [int(d) for d in twelve]
    digits.append(-sum(d * w for d, w in zip(digits, weights, strict=True)) % 10)
    left = (
        "0001101",
        "0011001",
        "0010011",
        "0111101",
        "0100011",
        "0110001",
        "0101111",
        "0111011",
        "0110111",
        "0001011",
    )
    parity = (
        "LLLLLL",
        "LLGLGG",
        "LLGGLG",
        "LLGGGL",
        "LGLLGG",
        "LGGLLG",
        "LGGGLL",
        "LGLGLG",
        "LGLGGL",
        "LGGLGL",
    )
    turned = str.maketrans("01", "10")
    first = [
        left[d] if p == "L" else left[d].translate(turned)[::-1]
        for d, p in zip(digits[1:7], parity[digits[0]], strict=True)
    ]
    second = [left[d].translate(turned) for d in digits[7:]]
    return "101" + "".join(first) + "01010" + "".join(second) + "101"


def _markers(_: int) -> ImageU8:
    image = _blank(190)
    image[..., 0] = np.linspace(150, 210, SIZE_WH[1], dtype=np.uint8)[:, None]
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_1000)
    corners = (
        ((180, 160), (430, 130), (450, 400), (160, 380)),
        ((560, 250), (760, 210), (800, 430), (590, 480)),
        ((900, 120), (1130, 190), (1080, 430), (880, 340)),
    )
    for number, four in enumerate(corners):
        marker = cv2.copyMakeBorder(
            dictionary.generateImageMarker(number * 7 + 3, 240),
            40,
            40,
            40,
            40,
            cv2.BORDER_CONSTANT,
            value=255,
        )
        side = marker.shape[0]
        whole = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
        matrix = cv2.getPerspectiveTransform(whole, np.array(four, np.float32))
        colour = cv2.cvtColor(marker, cv2.COLOR_GRAY2BGR)
        cv2.warpPerspective(colour, matrix, SIZE_WH, image, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return image


def _moving(index: int) -> ImageU8:
    image = _pattern(0)
    x = 120 + abs((index * 9) % 1800 - 900)
    y = 200 + round(120 * math.sin(index / 20))
    cv2.circle(image, (x + 70, y + 70), 70, (40, 40, 230), -1, cv2.LINE_AA)
    cv2.putText(image, "A", (x + 40, y + 105), cv2.FONT_HERSHEY_DUPLEX, 3, (255, 255, 255), 6, cv2.LINE_AA)
    return image


_DRAW = {
    "shapes": _shapes,
    "page": _page,
    "coins": _coins,
    "dark": _dark,
    "street": _street,
    "pattern": _pattern,
    "codes": _codes,
    "markers": _markers,
    "moving": _moving,
}
