"""Make `assets/demo.mp4`, 1280 x 720 at 30 fps: photos, drawing signs, a hand, a person.

Ten seconds over public-domain photos, eight of drawing, four of a hand, two and a half of a person.

    pip install -e '.[cpu]' scikit-image
    python tools/make_demo_clip.py

Slow pans and zooms over the photos; the signs are drawn by `sketches/film.py`, the hand by `hand_film.py`.
The same frames, and with the same libx264 the same bytes, on each run. Prints what the shipped
classifier says of the photos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import onnxruntime as ort
from hand_film import hand_frames
from public_photos import photo_paths
from reading import read_clip, read_picture
from shipping import sha256_of
from sketches.film import film_frames

from vision_app.cards.card import load_card
from vision_app.resources import demo_clip, models_dir
from vision_app.results.values import ImageU8
from vision_app.tasks.preprocess import Preprocessor

WIDTH, HEIGHT, FPS = 1280, 720, 30
SEGMENT_FRAMES, FADE_FRAMES = 75, 12
MOST_BYTES = 4_500_000


@dataclass(frozen=True)
class Segment:
    """A move over one photo, from one 16:9 window to another.

    Attributes:
        photo: file name inside scikit-image.
        start: x and y of the window's centre and its width, pixels of the photo.
        end: the same at the end.
    """

    photo: str
    start: tuple[float, float, float]
    end: tuple[float, float, float]


SEGMENTS = (
    Segment("chelsea.png", (226, 150, 445), (263, 200, 320)),
    Segment("coffee.png", (300, 190, 596), (250, 172, 440)),
    Segment("camera.png", (256, 256, 508), (300, 245, 400)),
    Segment("rocket.jpg", (345, 195, 480), (320, 213, 332)),
)
PERSON = Segment("astronaut.png", (256, 160, 510), (230, 140, 390))


def window(segment: Segment, position: float) -> tuple[float, float, float]:
    """The window at a position from 0 to 1, eased in and out; the width changes by equal factors in equal times."""
    eased = position * position * (3 - 2 * position)
    (x0, y0, w0), (x1, y1, w1) = segment.start, segment.end
    return x0 + (x1 - x0) * eased, y0 + (y1 - y0) * eased, w0 * (w1 / w0) ** eased


def view(photo: ImageU8, x: float, y: float, width: float) -> ImageU8:
    """The window around a point, enlarged to the size of the clip."""
    zoom = width / WIDTH
    matrix = np.array([[zoom, 0, x - width / 2], [0, zoom, y - zoom * HEIGHT / 2]])
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(photo, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(shown, np.uint8)


def fade(before: ImageU8, image: ImageU8, offset: int) -> ImageU8:
    """A picture into which the one before it fades, so many frames after the change; (720, 1280, 3) BGR."""
    share = (offset + 1) / (FADE_FRAMES + 1)
    return np.asarray(cv2.addWeighted(image, share, before, 1 - share, 0), np.uint8)


def photo_frames() -> Iterator[ImageU8]:
    """The first part. Neighbouring segments overlap while one fades into the other."""
    photos = {path.name: read_picture(path) for path in photo_paths()}
    for index in range(SEGMENT_FRAMES * len(SEGMENTS)):
        number, offset = divmod(index, SEGMENT_FRAMES)
        segment = SEGMENTS[number]
        image = view(photos[segment.photo], *window(segment, offset / (SEGMENT_FRAMES - 1)))
        if number and offset < FADE_FRAMES:
            before = SEGMENTS[number - 1]
            last = view(photos[before.photo], *before.end)
            image = fade(last, image, offset)
        yield image


def person_frames() -> Iterator[ImageU8]:
    """The last part: a person near the camera."""
    photo = read_picture(photo_paths()[0].with_name(PERSON.photo))
    for offset in range(SEGMENT_FRAMES):
        yield view(photo, *window(PERSON, offset / (SEGMENT_FRAMES - 1)))


def frames() -> Iterator[ImageU8]:
    """All frames, (720, 1280, 3) BGR: the photos, the film of the signs, the hand, the person."""
    last = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for image in photo_frames():
        yield image
        last = image
    for part in ((frame.image for frame in film_frames()), hand_frames(WIDTH, HEIGHT), person_frames()):
        before = last
        for offset, image in enumerate(part):
            last = image
            yield fade(before, image, offset) if offset < FADE_FRAMES else image


def write(path: Path) -> None:
    """Encode the clip as H.264 that plays everywhere and starts before it is loaded in full."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = Fraction(1, FPS)
        # one thread: the bytes must not depend on the machine; the colours are tagged as what they are
        tags = "colorprim=smpte170m:transfer=smpte170m:colormatrix=smpte170m:threads=1"
        stream.options = {"crf": "20", "preset": "slow", "g": str(FPS), "x264-params": tags}
        for index, image in enumerate(frames()):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def what_it_says(path: Path) -> None:
    """Read the clip back and print the classes of the shipped network, segment by segment of the photos."""
    weights = models_dir() / "efficientnet-lite0.onnx"
    card = load_card(weights.with_suffix(".json"))
    session = ort.InferenceSession(str(weights), providers=["CPUExecutionProvider"])
    preprocessor = Preprocessor(card.input)
    answers: list[tuple[str, float]] = []
    for image in islice(read_clip(path), SEGMENT_FRAMES * len(SEGMENTS)):
        logits = session.run(None, {"image": preprocessor.prepare(image, card.input.size_hw)[0]})[0][0]
        probabilities = np.exp(logits - logits.max())
        best = int(probabilities.argmax())
        answers.append((card.labels[best], float(probabilities[best] / probabilities.sum())))
    print(f"{len(answers)} frames of photos")
    for number, segment in enumerate(SEGMENTS):
        part = answers[number * SEGMENT_FRAMES : (number + 1) * SEGMENT_FRAMES]
        counts = Counter(label for label, _ in part).most_common(3)
        (label, _), middle = counts[0], part[len(part) // 2][1]
        mean = float(np.mean([p for name, p in part if name == label]))
        print(
            f"{segment.photo:14} {counts}, mean probability of {label} {mean:.2f}, in the middle {middle:.2f}"
        )


def main() -> None:
    path = demo_clip()
    write(path)
    size = path.stat().st_size
    print(f"{path}: {size} bytes, SHA-256 {sha256_of(path)}")
    if size > MOST_BYTES:
        raise SystemExit(f"the clip may have at most {MOST_BYTES} bytes")
    what_it_says(path)


if __name__ == "__main__":
    main()
