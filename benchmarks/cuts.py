"""How often the results of one scene of a film are painted over the next, and how often right ones are hidden.

python benchmarks/cuts.py [--model MODEL] [--slow-ms MS] [--scenes 60] CLIP...

Makes films of pieces of the clips, in an order that is always the same: with hard cuts, with fades of 0.4 s, and
with a white frame in each scene. They and the clips themselves are played as a window would; what is painted is
compared with the scenes that are known. Results are `old` when their frame is more than half a scene away: across a
cut, or by more than half of a fade; `across the middle` of a fade when frame and results are on both sides of it.
`Old rows`: painted frames beside which the kiosk's rows in large type name a class that no answer about this scene
names, but one about the scene before.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from machine import describe_machine, print_table

from vision_app.engine.request import ModelRequest
from vision_app.kiosk.wording import Row, Rows
from vision_app.live.breaks import Breaks
from vision_app.live.cuts import Cuts, grid_of, sketch_of_grid
from vision_app.live.scene import Shot
from vision_app.live.session import LiveSession
from vision_app.live.status import ModelState, ModelStatus, OutputStatus, Picture, SourceState, SourceStatus
from vision_app.results.values import ImageU8
from vision_app.runtime import Session

_WH = (1280, 720)
_FPS = 30
_SCENE_FRAMES = 36
_FADE_FRAMES = 12
_FLASH_AT = 20
_MIDDLE = 0.5
_ROWS_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Painted:
    """A shot, and when it was painted, seconds."""

    at_s: float
    shot: Shot


class Screen:
    """Waits for states; the shots are noted where they are taken."""

    def __init__(self) -> None:
        self.ready, self.ended = threading.Event(), threading.Event()

    def on_picture(self, picture: Picture) -> None:
        """Not needed."""

    def on_source(self, status: SourceStatus) -> None:
        """The end of the clip."""
        if status.state in (SourceState.ENDED, SourceState.FAILED):
            self.ended.set()

    def on_models(self, models: tuple[ModelStatus, ...]) -> None:
        """A model that can begin."""
        if models and all(m.state is not ModelState.LOADING for m in models):
            self.ready.set()

    def on_output(self, status: OutputStatus) -> None:
        """There is none."""

    def on_notice(self, text: str) -> None:
        """Say it."""
        print(text)


def pieces(clips: list[Path], scenes: int) -> Iterator[list[ImageU8]]:
    """Scenes of 36 frames and what a fade needs more, from all clips in turn."""
    done = 0
    for start in itertools.count():
        for clip in clips:
            frames = read(clip, start * _SCENE_FRAMES, _SCENE_FRAMES + _FADE_FRAMES)
            if len(frames) < _SCENE_FRAMES + _FADE_FRAMES:
                frames = read(clip, 0, _SCENE_FRAMES + _FADE_FRAMES)
            if len(frames) == _SCENE_FRAMES + _FADE_FRAMES:
                yield frames
                done += 1
            if done == scenes:
                return


def read(clip: Path, skip: int, count: int) -> list[ImageU8]:
    """Frames of a clip, enlarged to 1280 x 720."""
    capture = cv2.VideoCapture(str(clip))
    frames: list[ImageU8] = []
    for _ in range(skip):
        capture.grab()
    while len(frames) < count:
        there, image = capture.read()
        if not there:
            break
        frames.append(np.asarray(cv2.resize(image, _WH), np.uint8))
    capture.release()
    return frames


def film(path: Path, scenes: Iterator[list[ImageU8]], kind: str) -> list[float]:
    """Write a film; gives the scene of each frame, 2.25 a quarter of the way from the third to the fourth."""
    places: list[float] = []
    tail: list[ImageU8] = []
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=_FPS)
        stream.width, stream.height, stream.pix_fmt = *_WH, "yuv420p"
        stream.options = {"crf": "20", "preset": "veryfast"}
        for number, frames in enumerate(scenes):
            for offset, image in enumerate(frames[:_SCENE_FRAMES]):
                shown, place = image, float(number)
                if kind == "fades" and tail and offset < _FADE_FRAMES:
                    share = (offset + 1) / (_FADE_FRAMES + 1)
                    shown = np.asarray(cv2.addWeighted(image, share, tail[offset], 1 - share, 0), np.uint8)
                    place = number - 1 + share
                elif kind == "flashes" and offset == _FLASH_AT:
                    shown = np.full_like(image, 255)
                places.append(place)
                frame = av.VideoFrame.from_ndarray(shown, format="bgr24")
                frame.pts = len(places) - 1
                container.mux(stream.encode(frame))
            tail = frames[_SCENE_FRAMES:]
        container.mux(stream.encode(None))
    return places


def played(path: Path, model: str) -> list[Painted]:
    """All shots that were painted of a clip, in order."""
    screen = Screen()
    session = LiveSession(screen)
    shots: list[Painted] = []
    take = session._scene.wait_for_paint  # which results go with which frame is told by nothing else

    def noting(earliest_s: float) -> Shot | None:
        shot = take(earliest_s)
        if shot is not None:
            shots.append(Painted(time.perf_counter(), shot))
        return shot

    session._scene.wait_for_paint = noting  # type: ignore[method-assign]
    try:
        session.set_view((960, 540))
        session.add_model(ModelRequest(model))
        screen.ready.wait(60)
        session.open(str(path))
        screen.ended.wait(600)
        time.sleep(1)
    finally:
        session.close()
    return [one for one in shots if one.shot.frame.position_s is not None]


def old_rows(painted: list[Painted], places: list[float]) -> int:
    """Beside how many frames a row names a class of the scene before."""
    named: dict[int, set[str]] = {}
    for one in painted:
        if one.shot.result_frame is not None:
            number = round(places[one.shot.result_frame.index])
            named.setdefault(number, set()).update(said.label for said in Rows([{}]).of(one.shot.results))
    rows, looked_s, old = Rows([{}]), 0.0, 0
    shown: tuple[Row, ...] = ()
    shown_of: int | None = None
    for one in painted:
        if one.shot.scene != shown_of or one.at_s - looked_s >= _ROWS_EVERY_S:
            shown_of, looked_s = one.shot.scene, one.at_s
            shown = () if shown_of is None else rows.of(one.shot.results, shown_of)
        here = places[one.shot.frame.index]
        now, before = named.get(round(here), set()), named.get(round(here) - 1, set())
        old += any(said.label in before - now for said in shown)
    return old


def known_hidden(shots: list[Shot], places: list[float] | None) -> int:
    """How many frames were painted without results though the last ones were of their scene."""
    last: int | None = None
    hidden = 0
    for shot in shots:
        if shot.result_frame is not None:
            last = shot.result_frame.index
        elif last is not None:
            hidden += places is None or abs(places[shot.frame.index] - places[last]) <= _MIDDLE
    return hidden


def row(name: str, painted: list[Painted], places: list[float] | None) -> tuple[str, ...]:
    """What was painted: frames, old results, frames without, and how far apart frames and results were."""
    shots = [one.shot for one in painted]
    begun = next((i for i, shot in enumerate(shots) if shot.result_frame is not None), 0)
    shots = shots[begun:]
    of = [shot for shot in shots if shot.result_frame is not None]
    apart = [abs(shot.frame.index - shot.result_frame.index) for shot in of if shot.result_frame is not None]
    old, across = 0, 0
    for shot in of if places is not None else ():
        assert shot.result_frame is not None and places is not None
        here, there = places[shot.frame.index], places[shot.result_frame.index]
        old += abs(here - there) > _MIDDLE
        across += int(here + _MIDDLE) != int(there + _MIDDLE)
    hidden = len(shots) - len(of)
    known = known_hidden(shots, places)
    fresh = sum(shot.fresh for shot in shots)
    span_s = shots[-1].frame.captured_s - shots[0].frame.captured_s
    return (
        name,
        str(fresh),
        f"{fresh / span_s:.1f}",
        "-" if places is None else f"{old} / {across}",
        "-" if places is None else str(old_rows(painted, places)),
        f"{hidden} ({100 * hidden / len(shots):.2f} %) / {known}",
        f"{np.median(apart):.0f} / {np.max(apart)}",
    )


def cost_us() -> tuple[float, float]:
    """Microseconds that a frame costs more, median and 95th percentile, 1280 x 720."""
    noise = [np.random.default_rng(i).integers(0, 255, (720, 1280, 3), np.uint8) for i in range(8)]
    spent, cuts, breaks = [], Cuts(), Breaks()
    for i in range(2000):
        started_s = time.perf_counter()
        grid = grid_of(noise[i % 8])
        sketch = sketch_of_grid(grid)
        cuts.see(sketch)
        breaks.see(grid, sketch)
        spent.append(time.perf_counter() - started_s)
    return float(np.percentile(spent, 50) * 1e6), float(np.percentile(spent, 95) * 1e6)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--slow-ms", type=float, default=0.0, help="let the model take so much longer")
    parser.add_argument("--scenes", type=int, default=60)
    parser.add_argument("--films-only", action="store_true")
    parsed = parser.parse_args()
    print(describe_machine())
    if parsed.slow_ms:
        run = Session.run

        def slow(*given: object) -> object:
            time.sleep(parsed.slow_ms / 1e3)
            return run(*given)  # type: ignore[arg-type]

        Session.run = slow  # type: ignore[method-assign, assignment]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("hard cuts", "fades", "flashes"):
            path = Path(folder) / f"{kind.replace(' ', '-')}.mp4"
            places = film(path, pieces(parsed.clips, parsed.scenes), kind)
            rows.append(row(f"{parsed.scenes} scenes, {kind}", played(path, parsed.model), places))
    if not parsed.films_only:
        rows += [row(clip.name, played(clip, parsed.model), None) for clip in parsed.clips]
    titles = (
        "film",
        "painted",
        "a second",
        "old / across the middle",
        "old rows",
        "without results / a right one was known",
        "frames apart, median / most",
    )
    print_table(titles, rows)
    median_us, high_us = cost_us()
    print(f"a frame costs {median_us:.0f} / {high_us:.0f} µs more (median / 95th percentile)")


if __name__ == "__main__":
    main()
