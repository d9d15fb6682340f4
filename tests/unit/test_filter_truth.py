"""Operations against direct calls of OpenCV, written out by hand, and against what was drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.filter_examples import small
from vision_app.filters.chain import parse_chain
from vision_app.filters.markers import camera_matrix, find_markers
from vision_app.filters.pictures import draw_pattern
from vision_app.results.values import ImageU8

Mat = cv2.typing.MatLike


def grey(image: Mat) -> Mat:
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def on_luma(image: Mat, change: Callable[[Mat], Mat]) -> Mat:
    y, cr, cb = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))
    return cv2.cvtColor(cv2.merge([change(y), cr, cb]), cv2.COLOR_YCrCb2BGR)


def disc(size: int) -> Mat:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))


def length(image: Mat, make: Callable[[Mat, int, int], Mat]) -> Mat:
    x, y = make(grey(image), 1, 0), make(grey(image), 0, 1)
    return (
        np.round(np.sqrt(x.astype(np.float32) ** 2 + y.astype(np.float32) ** 2)).clip(0, 255).astype(np.uint8)
    )


DIRECT: list[tuple[str, str, Callable[[Mat], Mat]]] = [
    ("grey", "shapes", grey),
    ("colour_space:lab", "shapes", lambda i: cv2.cvtColor(i, cv2.COLOR_BGR2LAB)),
    ("channel:red", "shapes", lambda i: i[..., 2]),
    ("channel:hue", "shapes", lambda i: cv2.cvtColor(i, cv2.COLOR_BGR2HSV)[..., 0]),
    (
        "colour_range:50,70,100,50,mask",
        "shapes",
        lambda i: cv2.cvtColor(
            cv2.inRange(cv2.cvtColor(i, cv2.COLOR_BGR2HSV), (50, 100, 50), (70, 255, 255)), cv2.COLOR_GRAY2BGR
        ),
    ),
    ("brightness:40,1", "dark", lambda i: cv2.add(i, (40, 40, 40, 0))),
    ("brightness:-40", "dark", lambda i: cv2.subtract(i, (40, 40, 40, 0))),
    ("brightness:0,2", "dark", lambda i: (i.astype(int) * 2 - 128).clip(0, 255).astype(np.uint8)),
    ("gamma:2", "dark", lambda i: np.round(255 * np.sqrt(i / 255)).astype(np.uint8)),
    ("invert", "page", lambda i: 255 - i),
    ("equalize", "dark", lambda i: on_luma(i, cv2.equalizeHist)),
    ("grey|equalize", "dark", lambda i: cv2.equalizeHist(grey(i))),
    ("clahe:2.0,8", "dark", lambda i: on_luma(i, cv2.createCLAHE(2.0, (8, 8)).apply)),
    ("blur:7", "shapes", lambda i: cv2.blur(i, (7, 7))),
    ("gaussian:9,2", "shapes", lambda i: cv2.GaussianBlur(i, (9, 9), 2)),
    ("median:5", "page", lambda i: cv2.medianBlur(i, 5)),
    ("bilateral:7,40,4", "shapes", lambda i: cv2.bilateralFilter(i, 7, 40, 4)),
    ("sharpen:1.5,2", "shapes", lambda i: cv2.addWeighted(i, 2.5, cv2.GaussianBlur(i, (0, 0), 2), -1.5, 0)),
    ("kernel:1 0 -1; 2 0 -2; 1 0 -1,128", "shapes", lambda i: cv2.filter2D(
        i, -1, np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], np.float32), delta=128)),
    ("threshold:100", "coins", lambda i: np.where(grey(i) > 100, 255, 0).astype(np.uint8)),
    ("otsu", "coins", lambda i: cv2.threshold(grey(i), 0, 255, cv2.THRESH_OTSU)[1]),
    ("adaptive:21,7,mean,inverse", "page", lambda i: cv2.adaptiveThreshold(
        grey(i), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 21, 7)),
    ("morphology:erode,ellipse,9", "coins", lambda i: cv2.erode(i, disc(9))),
    ("morphology:dilate,ellipse,9,2", "coins", lambda i: cv2.dilate(i, disc(9), iterations=2)),
    ("morphology:open,ellipse,9", "coins", lambda i: cv2.dilate(cv2.erode(i, disc(9)), disc(9))),
    ("sobel:x,3", "shapes", lambda i: cv2.convertScaleAbs(cv2.Sobel(grey(i), cv2.CV_16S, 1, 0))),
    ("sobel:both,3", "shapes", lambda i: length(i, lambda g, x, y: cv2.Sobel(g, cv2.CV_16S, x, y))),
    ("scharr:y,1", "shapes", lambda i: cv2.convertScaleAbs(cv2.Scharr(grey(i), cv2.CV_16S, 0, 1))),
    ("scharr:both,1", "shapes", lambda i: length(i, lambda g, x, y: cv2.Scharr(g, cv2.CV_16S, x, y))),
    ("laplacian:1", "shapes", lambda i: cv2.convertScaleAbs(cv2.Laplacian(grey(i), cv2.CV_16S))),
    ("canny:80,160", "shapes", lambda i: cv2.Canny(grey(i), 80, 160)),
    ("perspective:20 10 83 13 88 94 13 92", "page", lambda i: cv2.warpPerspective(
        i, cv2.getPerspectiveTransform(
            np.array([[63.5, 17.5], [265.1, 22.9], [281.1, 168.7], [41.1, 165.1]], np.float32),
            np.array([[-0.5, -0.5], [319.5, -0.5], [319.5, 179.5], [-0.5, 179.5]], np.float32)), (320, 180))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "pattern", "direct"), DIRECT, ids=[row[0] for row in DIRECT])
def test_it_is_what_opencv_makes(text: str, pattern: str, direct: Callable[[Mat], Mat]) -> None:
    image = small(pattern)
    assert np.array_equal(parse_chain(text).start().process(image), direct(image))


def drawn_colours(text: str, image: ImageU8, bgr: tuple[int, int, int]) -> np.ndarray:
    """Where a colour was drawn that was not there before."""
    made = parse_chain(text).start().process(image)
    return np.argwhere((made == bgr).all(2) & ~(image == bgr).all(2))


def test_contours_go_round_what_was_drawn_and_their_boxes_are_right() -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    cv2.rectangle(image, (50, 40), (149, 99), (255, 255, 255), -1)
    cv2.rectangle(image, (200, 100), (204, 104), (255, 255, 255), -1)
    rows, columns = drawn_colours("contours:outer,100,off,off,off", image, (0, 255, 0)).T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (39, 100, 49, 150)  # 2 px wide
    rows, columns = drawn_colours("contours:outer,0,off,off,off", image, (0, 255, 0)).T
    assert columns.max() > 200


def test_circles_are_found_where_coins_were_drawn() -> None:
    image = np.full((360, 640, 3), 40, np.uint8)
    drawn = [(120, 120, 40), (330, 200, 60), (530, 110, 30)]
    for x, y, radius in drawn:
        cv2.circle(image, (x, y), radius, (200, 200, 200), -1, cv2.LINE_AA)
    spots = drawn_colours("circles:40,160,25,20,80", image, (0, 255, 0))
    for x, y, _ in drawn:
        assert np.abs(spots - (y, x)).sum(1).min() <= 4


def test_lines_are_found_on_the_lane() -> None:
    image = draw_pattern("street")
    reds = drawn_colours("lines", image, (0, 0, 255))
    for y in (400, 500, 600):
        for far, near in ((566, 60), (714, 1220)):
            x = far + (near - far) * (y - 305) / (720 - 305)
            assert np.abs(reds - (y, x)).sum(1).min() < 14


def test_corners_are_those_of_the_square() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[60:140, 50:150] = 200
    for method in ("shi_tomasi", "harris"):
        rings = drawn_colours(f"corners:{method},4,0.1", image, (0, 255, 0))
        far = [np.abs(rings - corner).max(1) for corner in ((60, 50), (60, 149), (139, 50), (139, 149))]
        assert np.min(far, axis=0).max() <= 6
        assert all(one.min() <= 6 for one in far)


def test_codes_are_read() -> None:
    from vision_app.filters.pictures import ean13

    image = draw_pattern("codes")
    assert len(drawn_colours("qr", image, (0, 255, 0))) > 1000
    assert len(drawn_colours("barcode", image, (0, 255, 0))) > 500
    assert cv2.QRCodeDetector().detectAndDecodeMulti(image)[1] == ("vision_app 안녕하세요",)
    assert cv2.barcode.BarcodeDetector().detectAndDecodeWithType(image)[1] == ("4012345678901",)
    assert len(ean13("401234567890")) == 95


# markers -------------------------------------------------------------------------------------------------

POSES = [
    ("facing", (0, 0, 0), (0, 0, 300)),
    ("turned", (25, 0, 0), (30, -20, 350)),
    ("tilted", (-35, 20, 15), (-60, 30, 420)),
    ("rolled", (10, 30, 100), (50, 40, 280)),
    ("steep", (20, -50, -30), (-40, 10, 260)),
]


def turned(degrees: tuple[float, float, float]) -> np.ndarray:
    """Facing the camera, then turned about its x, y and z axes."""
    rotation = np.diag([1.0, -1.0, -1.0])
    for axis, angle in enumerate(degrees):
        vector = np.zeros(3)
        vector[axis] = np.radians(angle)
        rotation = cv2.Rodrigues(vector)[0] @ rotation
    return rotation


def drawn_marker(family: str, rotation: np.ndarray, place: np.ndarray, side: float, view: float) -> ImageU8:
    """A marker as a pinhole sees it, drawn eight times as large and averaged: the truth."""
    times, width, height = 8, 1280, 720
    marker = cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, family)).generateImageMarker(17, 200)
    marker = cv2.copyMakeBorder(marker, 50, 50, 50, 50, cv2.BORDER_CONSTANT, value=255)
    half = side / 2 * 300 / 200
    corners = np.array([[-half, half, 0], [half, half, 0], [half, -half, 0], [-half, -half, 0]])
    camera = camera_matrix(width, height, view)
    seen = (corners @ rotation.T + place) @ camera.T
    seen = (seen[:, :2] / seen[:, 2:] + 0.5) * times - 0.5  # pixel centres of the larger picture
    paper = np.array([[-0.5, -0.5], [299.5, -0.5], [299.5, 299.5], [-0.5, 299.5]], np.float32)
    matrix = cv2.getPerspectiveTransform(paper, seen.astype(np.float32))
    image = np.full((height * times, width * times), 180, np.uint8)
    cv2.warpPerspective(
        marker, matrix, (width * times, height * times), image, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT
    )
    return cv2.cvtColor(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_GRAY2BGR)


@pytest.mark.parametrize(("name", "degrees", "place"), POSES, ids=[p[0] for p in POSES])
@pytest.mark.parametrize(
    ("family", "dictionary"),
    [
        ("aruco_4x4", "DICT_4X4_1000"),
        ("aruco_6x6", "DICT_6X6_1000"),
        ("apriltag_36h11", "DICT_APRILTAG_36h11"),
    ],
)
def test_the_pose_of_a_marker_is_that_which_was_drawn(
    family: str,
    dictionary: str,
    name: str,
    degrees: tuple[float, float, float],
    place: tuple[float, float, float],
) -> None:
    rotation, where = turned(degrees), np.array(place, float)
    image = drawn_marker(dictionary, rotation, where, 60, 65)
    (found,) = find_markers(image, family, 60, 65)
    assert found.number == 17
    cosine = (np.trace(found.rotation.T @ rotation) - 1) / 2
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))) <= 1.0
    assert np.linalg.norm(found.position - where) / np.linalg.norm(where) <= 0.01


def test_a_picture_covers_the_marker_and_nothing_else(tmp_path: Path) -> None:
    image = drawn_marker("DICT_4X4_1000", turned((0, 0, 0)), np.array([0, 0, 300.0]), 60, 65)
    poster = tmp_path / "poster.png"
    cv2.imwrite(str(poster), np.full((50, 50, 3), (200, 30, 10), np.uint8))
    made = parse_chain(f"ar_picture:picture={poster}").start().process(image)
    (marker,) = find_markers(image)
    left, top = marker.corners_px.min(0).round().astype(int)
    right, bottom = marker.corners_px.max(0).round().astype(int)
    assert (made[top + 2 : bottom - 2, left + 2 : right - 2] == (200, 30, 10)).all()
    outside = np.ones(image.shape[:2], bool)
    outside[top - 3 : bottom + 4, left - 3 : right + 4] = False
    assert np.array_equal(made[outside], image[outside])


def test_a_cube_stands_on_its_marker_towards_the_camera() -> None:
    """Facing the camera, the far side of the cube is the marker and the near one is larger by the distances."""
    side, distance, view = 60.0, 300.0, 65.0
    image = drawn_marker("DICT_4X4_1000", turned((0, 0, 0)), np.array([0, 0, distance]), side, view)
    made = parse_chain(f"ar_cube:aruco_4x4,{view}").start().process(image)
    rows, columns = np.argwhere((made != image).any(2)).T
    focal = 1280 / 2 / np.tan(np.radians(view / 2))
    near_px = focal * side / (distance - side)
    for found in (rows, columns):
        assert abs((found.max() - found.min()) - near_px) <= 6
    assert abs(rows.mean() - 359.5) <= 3
    assert abs(columns.mean() - 639.5) <= 3


# flow ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [(5, 0), (0, -4), (7, 3)], ids=str)
def test_dense_flow_shows_how_a_picture_was_moved(shift: tuple[int, int]) -> None:
    whole = draw_pattern("pattern")
    x, y = shift
    before, after = whole[100:460, 100:740], whole[100 - y : 460 - y, 100 - x : 740 - x]
    stream = parse_chain("flow_dense:medium,10").start()
    assert not stream.process(before).any()
    hsv = cv2.cvtColor(stream.process(after), cv2.COLOR_BGR2HSV)[40:-40, 40:-40]
    angle = np.degrees(np.arctan2(y, x)) % 360 / 2
    off = np.abs((hsv[..., 0].astype(float) - angle + 90) % 180 - 90)
    assert np.median(off) <= 2
    assert abs(np.median(hsv[..., 2]) - np.hypot(x, y) * 25.5) <= 6


@pytest.mark.parametrize("shift", [(12, 0), (0, -9), (8, 15)], ids=str)
def test_sparse_arrows_are_as_long_as_the_picture_was_moved(
    shift: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrows: list[np.ndarray] = []
    real = cv2.arrowedLine
    monkeypatch.setattr(
        cv2,
        "arrowedLine",
        lambda image, a, b, *rest: arrows.append(np.subtract(b, a)) or real(image, a, b, *rest),
    )
    whole = draw_pattern("pattern")
    x, y = shift
    stream = parse_chain("flow").start()
    first = whole[100:460, 100:740]
    assert np.array_equal(stream.process(first), first)
    stream.process(whole[100 - y : 460 - y, 100 - x : 740 - x])
    assert len(arrows) > 50
    off = np.abs(np.array(arrows) - (x, y)).max(1)
    assert np.mean(off <= 1) > 0.9


def test_after_a_reset_nothing_moves() -> None:
    stream = parse_chain("flow_dense|blur:3").start()
    stream.process(draw_pattern("moving", 0))
    assert stream.process(draw_pattern("moving", 3)).any()
    stream.reset()
    assert not stream.process(draw_pattern("moving", 9)).any()
    assert not stream.process(small("moving", 0)).any(), "a picture of another size begins anew"


def test_what_moves_stands_out_from_the_background() -> None:
    stream = parse_chain("background:mog2,50").start()
    for _ in range(30):
        stream.process(draw_pattern("pattern"))
    image = draw_pattern("pattern")
    cv2.circle(image, (400, 300), 60, (255, 0, 255), -1)
    mask = stream.process(image)[..., 0]
    inside = np.zeros(mask.shape, np.uint8)
    cv2.circle(inside, (400, 300), 60, 255, -1)
    assert (mask[inside > 0] > 0).mean() > 0.95
    assert (mask[inside == 0] > 0).mean() < 0.01


# a held picture ------------------------------------------------------------------------------------------


def test_a_held_picture_is_found_where_it_was_cut_out(tmp_path: Path) -> None:
    whole = draw_pattern("pattern")
    held = tmp_path / "held.png"
    cv2.imwrite(str(held), whole[200:400, 300:600])
    _, columns = drawn_colours(f"template:{held}", whole, (0, 255, 0)).T
    assert abs(int(columns.min()) - 300) <= 2
    assert abs(int(columns.max()) - 600) <= 2
    made = parse_chain(f"orb:{held}").start().process(whole)
    frame = np.argwhere((made == (0, 255, 0)).all(2) & ~(whole == (0, 255, 0)).all(2))
    assert np.abs(frame.min(0) - (199, 299)).max() <= 6
    assert np.abs(frame.max(0) - (401, 601)).max() <= 6
    other = draw_pattern("shapes")
    assert np.array_equal(parse_chain(f"orb:{held}").start().process(other), other)
    assert np.array_equal(parse_chain(f"template:{held}").start().process(other), other)
