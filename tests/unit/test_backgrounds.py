"""What is shown behind people that are cut out, and where it can be kept."""

import cv2
import numpy as np
import pytest

from tests.unit.test_line_sinks import INFO
from vision_app import overlay
from vision_app.cards.asking import TaskOptions
from vision_app.errors import ConfigError, SinkError
from vision_app.pictures.behind import Behind, parse_behind
from vision_app.results.affine import Affine
from vision_app.results.maps import ClassMap
from vision_app.results.values import Frame, Packet, Timings
from vision_app.sinks.images import ImagesSink
from vision_app.sinks.video import VideoSink
from vision_app.tasks.backgrounds import wanted_background

RNG = np.random.default_rng(2)
IMAGE = RNG.integers(0, 256, (64, 96, 3), np.uint8)
SHARE = np.zeros((32, 48), np.float32)
SHARE[:, 24:] = 1


def cut_out(behind: Behind | None) -> ClassMap:
    ids = (SHARE > 0.5).astype(np.uint8)
    return ClassMap("net", ids, ("background", "person"), Affine.scale(2, 2), 0, SHARE, behind)


@pytest.mark.parametrize("text", ["#102030", "green", "blur", "transparent"])
def test_the_person_stays_and_the_rest_changes(text: str) -> None:
    drawn = overlay.render(IMAGE, [cut_out(parse_behind(text))])
    assert np.array_equal(drawn[:, 52:], IMAGE[:, 52:])
    assert not np.array_equal(drawn[:, :44], IMAGE[:, :44])
    if text == "#102030":
        assert (drawn[:, :44] == (0x30, 0x20, 0x10)).all()


def test_what_is_blurred_does_not_take_the_colour_of_the_person() -> None:
    image = np.zeros((64, 96, 3), np.uint8)
    image[:, 48:] = (0, 0, 255)
    drawn = overlay.render(image, [cut_out(parse_behind("blur"))])
    assert drawn[:, :44].max() <= 3


def test_a_picture_covers_the_frame(tmp_path) -> None:
    picture = np.zeros((20, 20, 3), np.uint8)
    picture[:, :10] = (255, 0, 0)
    cv2.imwrite(str(tmp_path / "wall.png"), picture)
    drawn = overlay.render(IMAGE, [cut_out(parse_behind(str(tmp_path / "wall.png")))])
    assert (drawn[:, :40] == (255, 0, 0)).all()


@pytest.mark.parametrize("text", ["", "pink-ish", "#12345", "/no/such.png"])
def test_no_background_is_refused_in_words(text: str) -> None:
    with pytest.raises(ConfigError, match="background must be blur, transparent, a colour"):
        wanted_background(TaskOptions(background=text))


def test_a_file_that_is_no_picture(tmp_path) -> None:
    (tmp_path / "x.png").write_text("no")
    with pytest.raises(ValueError, match="cannot be read"):
        parse_behind(str(tmp_path / "x.png"))


def packet(file: str | None) -> Packet:
    frame = Frame(IMAGE, 0, 0.0, file=file)
    result = cut_out(parse_behind("transparent"))
    return Packet(frame, (result,), Timings(), overlay.render(IMAGE, [result]))


def test_a_png_holds_the_transparency_and_the_untouched_pixels(tmp_path) -> None:
    sink = ImagesSink(tmp_path / "out")
    sink.open(INFO)
    sink.write(packet(str(tmp_path / "a.jpg")))
    sink.close()
    saved = cv2.imread(str(tmp_path / "out" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(saved[..., :3], IMAGE)
    assert (saved[:, 52:, 3] == 255).all()
    assert (saved[:, :44, 3] == 0).all()


def test_a_file_that_cannot_hold_it_is_refused(tmp_path) -> None:
    sink = ImagesSink(tmp_path / "out.jpg")
    sink.open(INFO)
    with pytest.raises(SinkError, match=r"cannot hold a transparent background; name a file that can: \.png"):
        sink.write(packet(None))
    clip = VideoSink(tmp_path / "out.mp4")
    clip.open(INFO)
    with pytest.raises(SinkError, match="a clip cannot hold a transparent background"):
        clip.write(packet(None))
    clip.close()
