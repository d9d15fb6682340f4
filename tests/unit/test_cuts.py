"""Results of one scene of a film are not painted over the next."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.live import live_session
from vision_app.cards import lookup
from vision_app.engine.request import ModelRequest
from vision_app.live.breaks import Breaks, has_same_outlines
from vision_app.live.cuts import Cuts, grid_of, is_cut, sketch_of, sketch_of_grid
from vision_app.live.cutting import CutSource
from vision_app.live.pairing import Answered, Pairing
from vision_app.live.scene import Scene, Shot
from vision_app.live.status import SourceState
from vision_app.resources import demo_clip
from vision_app.results.values import Classification, Detections, Frame, ImageU8
from vision_app.sources import open_source
from vision_app.sources.base import SourceInfo
from vision_app.sources.closing import ClosesAtExit

WH = (160, 90)
FAINT = np.where(np.arange(WH[0]) < WH[0] * 0.45, 5, 0)[None, :, None]
FLASH = np.random.default_rng(0).integers(250, 256, (WH[1], WH[0], 3), np.uint8)


def view(seed: int, shift: int = 0) -> ImageU8:
    """A picture of a scene of that number, from a camera that has moved by some pixels."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 12, 3), np.uint8)
    image = cv2.resize(coarse, (WH[0] * 2, WH[1]), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(image[:, shift : shift + WH[0]])


def frame(
    index: int, image: ImageU8, captured_s: float | None = None, *, clip: bool = True, scene: int = 0
) -> Frame:
    captured = time.perf_counter() if captured_s is None else captured_s
    return Frame(image, index, captured, position_s=index / 30 if clip else None, scene=scene)


def answered(of: Frame, name: str) -> Answered:
    return Answered(of, label(name), sketch_of(of.image))


def label(name: str) -> tuple[tuple[int, Classification], ...]:
    return ((0, Classification(name, np.array([0.75, 0.25], np.float32), ("a", "b"))),)


def names(shot: Shot | None) -> list[str]:
    assert shot is not None
    return [result.model for result in shot.results]


# -- what a cut is ---------------------------------------------------------------------------------------


def test_pictures_of_two_scenes_are_a_cut() -> None:
    found = [is_cut(sketch_of(view(a)), sketch_of(view(b))) for a, b in itertools.permutations(range(12), 2)]
    assert all(found)


@pytest.mark.parametrize(
    "change",
    [
        lambda image: view(1, 5),
        lambda image: np.clip(image * 0.35, 0, 255),
        lambda image: np.clip(image * 0.5 + 100, 0, 255),
        lambda image: image + np.random.default_rng(0).normal(0, 25, image.shape).clip(-40, 40),
    ],
    ids=["the camera moves", "a lamp goes out", "a lamp goes on", "noise"],
)
def test_what_changes_within_a_scene_is_no_cut(change: Callable[[ImageU8], np.ndarray]) -> None:
    after = np.clip(change(view(1)), 0, 255).astype(np.uint8)
    assert not is_cut(sketch_of(view(1)), sketch_of(after))


def cuts_of(images: list[ImageU8]) -> list[int]:
    """Before which pictures there is a cut."""
    scenes = scenes_of(images)
    return [index for index in range(1, len(images)) if scenes[index] != scenes[index - 1]]


def scenes_of(images: list[ImageU8]) -> list[int]:
    cuts = Cuts()
    return [cuts.see(sketch_of(image)) for image in images]


@pytest.mark.parametrize("level", [0, 255])
def test_a_flash_is_no_cut_but_what_comes_after_it_may_be(level: int) -> None:
    flat = np.full_like(view(1), level)
    assert cuts_of([view(1), flat, view(1, 2)]) == []
    assert cuts_of([view(1), flat, view(2)]) == [2]


def test_in_the_shipped_clip_scenes_fade_and_nothing_is_a_cut() -> None:
    capture = cv2.VideoCapture(str(demo_clip()))
    images = []
    while (read := capture.read())[0]:
        images.append(cv2.resize(read[1], (128, 72), interpolation=cv2.INTER_NEAREST))
    assert len(images) == 735
    assert cuts_of(images) == []
    assert cuts_of([images[40], images[41], images[110], images[111], images[200]]) == [2, 4]


# -- what a break is ---------------------------------------------------------------------------------------


def still(image: ImageU8, count: int) -> list[ImageU8]:
    """So many pictures of it from a camera with some noise."""
    rng = np.random.default_rng(7)
    return [np.uint8(np.clip(image + rng.normal(0, 3, image.shape), 0, 255)) for _ in range(count)]


def room(seed: int) -> ImageU8:
    """The same room with somebody else in it, in another light: too alike for a cut."""
    image = view(1) * 0.7 + view(seed) * 0.3
    image[30:60, 60:90] = (40 * seed, 80, 200 - 60 * seed)
    return np.asarray(image, np.uint8)


def breaks_of(images: list[ImageU8]) -> list[int]:
    """At which pictures there is a break."""
    breaks = Breaks()
    grids = [grid_of(image) for image in images]
    return [index for index, grid in enumerate(grids) if breaks.see(grid, sketch_of_grid(grid))]


def test_a_cut_within_one_room_is_a_break() -> None:
    assert not is_cut(sketch_of(room(2)), sketch_of(room(3)))
    assert breaks_of([*still(room(2), 12), *still(room(3), 6)]) == [12]


def test_a_fade_is_a_break_until_it_is_over() -> None:
    fade = [
        np.asarray(cv2.addWeighted(view(2), s / 9, view(1), 1 - s / 9, 0), np.uint8) for s in range(1, 10)
    ]
    assert breaks_of([*still(view(1), 12), *fade, *still(view(2), 6)]) == list(range(12, 21))


def walking(step: int) -> ImageU8:
    image = view(1).copy()
    image[10:80, 4 * step : 4 * step + 40] = (30, 30, 30)
    return image


@pytest.mark.parametrize(
    "after",
    [
        [walking(step) for step in range(8)],
        [view(1, 5 * step) for step in range(1, 9)],
        [view(1)] * 4,
        [np.uint8(np.clip(view(1) * 1.0 - 12, 0, 255))] * 4,
        [np.uint8(np.clip(view(1) * 1.0 - FAINT, 0, 255))] * 4,
        [FLASH, view(1), view(1)],
    ],
    ids=["somebody comes", "the camera turns", "nothing", "less light", "a shadow", "a flash"],
)
def test_what_a_movement_explains_is_no_break(after: list[ImageU8]) -> None:
    assert breaks_of([*still(view(1), 12), *after]) == []


def test_behind_a_cut_nothing_is_compared_with_what_was_before_it() -> None:
    moving = [np.roll(view(2), 20 * (step % 2), axis=0) for step in range(4)]
    frames = list(iter(CutSource(Given([*still(view(1), 12), *moving])).read, None))
    assert [each.broken_s for each in frames if each] == [None] * 16
    assert frames[12] is not None
    assert frames[12].scene == 1


@pytest.mark.parametrize("light", [lambda i: i * 0.5, lambda i: i * 0.5 + 100], ids=["out", "on"])
def test_light_keeps_the_outlines_and_another_person_does_not(
    light: Callable[[ImageU8], np.ndarray],
) -> None:
    lit = np.asarray(light(room(2)), np.uint8)
    assert has_same_outlines(sketch_of(room(2)), sketch_of(lit))
    assert not has_same_outlines(sketch_of(room(2)), sketch_of(room(3)))


# -- whose results a frame is given ----------------------------------------------------------------------


def paired(images: list[ImageU8], seen: list[int]) -> list[str]:
    """Which answers frames are given when those of the numbers in `seen` were answered."""
    pairing = Pairing()
    marked = zip(images, scenes_of(images), strict=True)
    frames = [frame(index, image, float(index), scene=scene) for index, (image, scene) in enumerate(marked)]
    for each in frames:
        pairing.see(each)
    for index in seen:
        pairing.answer(answered(frames[index], str(index)), 0.0, 0.1)
    found = [pairing.of(each) for each in frames]
    return ["-" if said is None else said.answers[0][1].model for said in found]


def test_between_two_answers_the_one_on_the_same_side_of_the_cut_is_taken() -> None:
    scenes = [view(1), view(1, 1), view(1, 2), view(1, 3), view(2), view(2, 1)]
    assert paired(scenes, [0, 5]) == ["0", "0", "0", "0", "5", "5"]
    scenes = [view(1), view(2), view(2, 1), view(2, 2), view(2, 3), view(2, 4)]
    assert paired(scenes, [0, 5]) == ["0", "5", "5", "5", "5", "5"]


def test_so_it_is_where_two_scenes_are_too_alike_for_a_cut() -> None:
    def room(person: int) -> ImageU8:
        image = view(1).copy()
        image[30:60, 60:90] = (40, 80, 200) if person else (200, 160, 40)
        return image

    assert not is_cut(sketch_of(room(0)), sketch_of(room(1)))
    assert paired([room(0), room(1), room(1), room(1)], [0, 3]) == ["0", "3", "3", "3"]


def test_in_a_fade_the_answer_that_is_nearer_in_the_mixture_is_taken() -> None:
    fade = [np.asarray(cv2.addWeighted(view(2), s / 9, view(1), 1 - s / 9, 0), np.uint8) for s in range(10)]
    assert paired(fade, [0, 9]) == ["0"] * 5 + ["9"] * 5


def test_in_one_scene_the_answer_that_is_nearer_in_time_is_taken() -> None:
    pan = [view(1, 3 * i) for i in range(9)]
    assert paired(pan, [0, 8])[:4] == ["0"] * 4
    assert paired(pan, [0, 8])[5:] == ["8"] * 4


def test_an_answer_goes_on_within_its_scene_and_ends_with_it() -> None:
    scenes = [view(1), view(1, 2), view(1, 4), view(2), view(2, 2)]
    assert paired(scenes, [0]) == ["0", "0", "0", "-", "-"]


def test_where_a_later_answer_is_overdue_an_old_one_is_taken_only_for_a_picture_that_is_alike() -> None:
    fade = [np.asarray(cv2.addWeighted(view(2), s / 20, view(1), 1 - s / 20, 0), np.uint8) for s in range(21)]
    pairing = Pairing()
    frames = [frame(index, image, float(index)) for index, image in enumerate(fade)]
    for each in frames:
        pairing.see(each)
    pairing.answer(answered(frames[0], "old"), 0.0, 0.1)
    assert pairing.of(frames[2], late=True) is not None
    assert pairing.of(frames[20], late=True) is None
    assert pairing.of(frames[20]) is not None


def numbered(images: list[ImageU8]) -> list[int]:
    """The scene of each answer, where all pictures are answered; they begin with the first."""
    pairing, numbers = Pairing(), []
    marked = zip(images, scenes_of(images), strict=True)
    for index, (image, scene) in enumerate(marked):
        pairing.answer(answered(frame(index, image, float(index), scene=scene), ""), 0.0, 0.1)
        assert pairing.newest is not None
        numbers.append(pairing.newest.scene)
    return [number - numbers[0] for number in numbers]


@pytest.mark.parametrize(
    ("images", "numbers"),
    [
        ([view(1), view(1, 3), view(1, 6)], [0, 0, 0]),
        ([view(1), view(1, 2), view(2), view(2, 2)], [0, 0, 1, 1]),
        ([view(1), FLASH, view(1, 2)], [0, 0, 0]),
        ([np.zeros_like(view(1)), view(1), view(1, 2)], [0, 1, 1]),
        ([view(1, 8 * i) for i in range(9)], [0, 0, 0, 1, 1, 1, 2, 2, 2]),
    ],
    ids=["one scene", "a cut", "a flash", "out of black", "a camera that turns"],
)
def test_answers_about_pictures_that_are_unlike_are_of_different_scenes(
    images: list[ImageU8], numbers: list[int]
) -> None:
    assert numbered(images) == numbers


def test_answers_about_another_source_are_of_another_scene() -> None:
    pairing, numbers = Pairing(), set()
    for _ in range(3):
        pairing.begin()
        pairing.answer(answered(frame(0, view(1), 0.0), ""), 0.0, 0.1)
        assert pairing.newest is not None
        numbers.add(pairing.newest.scene)
    assert len(numbers) == 3


def test_behind_a_fade_begins_another_scene_though_there_is_no_cut() -> None:
    fade = [np.asarray(cv2.addWeighted(view(2), s / 9, view(1), 1 - s / 9, 0), np.uint8) for s in range(10)]
    assert scenes_of(fade) == [0] * 10
    assert numbered([*fade, view(2, 1)]) == [0] * 5 + [1] * 6


def test_a_source_tells_of_its_cuts(tmp_path: Path) -> None:
    path = write_scenes(tmp_path / "scenes.mp4", [(0, 0, 255), (255, 0, 0), (0, 255, 0)], 5)
    with CutSource(open_source(str(path))) as source:
        frames = list(iter(source.read, None))
    assert [each.scene for each in frames if each] == [0] * 5 + [1] * 5 + [2] * 5


def test_what_remembers_frames_in_a_window_begins_anew_at_a_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tracks: a box that is found in every picture at the same place gets another number in each scene."""
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path))
    boxes = np.array([[[8, 8, 24, 24, 0.9, 0]]], np.float32)
    model = tiny.constant_model(tmp_path / "finder.onnx", boxes)
    output = {"layout": "yolo-end2end", "activation": "none"}
    tiny.write_card(model, task="detect", output=output, labels=["thing"])
    path = write_scenes(tmp_path / "scenes.mp4", [(0, 0, 255), (255, 0, 0)] * 2, 20)
    ids: dict[str, set[int]] = {}

    def watch(shown: Frame, results: tuple[Detections, ...]) -> ImageU8:
        for result in results:
            tracks = result.detections.track_ids
            assert tracks is not None
            ids.setdefault(str(shown.index // 20), set()).update(set(tracks.tolist()) - {-1})
        return shown.image

    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest("finder", track=True)))
        session.set_filter(watch)
        session.open(str(path))
        told.until_source(SourceState.ENDED)
        told.until_picture(lambda p: p.frame_index == 79 and p.result_age_s == 0)
    assert ids.keys() == {"0", "1", "2", "3"}
    assert all(len(found) == 1 for found in ids.values())
    assert len(set.union(*ids.values())) == 4


class Given(ClosesAtExit):
    """A source of these pictures."""

    info = SourceInfo("given", "video", WH, 30.0, live=False, frame_count=None)

    def __init__(self, images: list[ImageU8]) -> None:
        self.left = [frame(index, image, float(index)) for index, image in enumerate(images)]

    def read(self) -> Frame | None:
        return self.left.pop(0) if self.left else None

    def close(self) -> None:
        """Nothing is open."""


def shown_after(images: list[ImageU8], seen: int) -> list[int]:
    """On which later pictures the answer to one is still shown, while there is no other; as a source gives them."""

    frames = [each for each in iter(CutSource(Given(images)).read, None) if each is not None]
    pairing = Pairing()
    pairing.answer(answered(frames[seen], "old"), 0.0, 0.1)
    return [each.index for each in frames[seen:] if pairing.of(each) is not None]


def test_an_old_answer_ends_with_its_person_though_the_room_is_the_same() -> None:
    assert shown_after([*still(room(2), 14), *still(room(3), 6)], 10) == [10, 11, 12, 13]
    assert shown_after([*still(room(2), 14), *still(room(3), 6)], 15) == [15, 16, 17, 18, 19]


def test_answers_about_another_person_in_one_room_are_of_another_scene() -> None:
    pairing, numbers = Pairing(), []
    for each in iter(CutSource(Given([*still(room(2), 14), *still(room(3), 4)])).read, None):
        assert each is not None
        pairing.answer(answered(each, ""), 0.0, 0.1)
        assert pairing.newest is not None
        numbers.append(pairing.newest.scene)
    assert numbers == [1] * 14 + [2] * 4


def test_an_old_answer_ends_within_a_fade_also_one_from_the_middle() -> None:
    fade = [
        np.asarray(cv2.addWeighted(view(2), s / 9, view(1), 1 - s / 9, 0), np.uint8) for s in range(1, 10)
    ]
    images = [*still(view(1), 12), *fade, *still(view(2), 6)]
    assert shown_after(images, 10)[-1] in range(12, 16)
    assert shown_after(images, 14)[-1] in range(14, 19)


def test_an_old_answer_stays_when_a_lamp_goes_on() -> None:
    lit = still(np.asarray(room(2) * 0.5 + 100, np.uint8), 6)
    assert breaks_of([*still(room(2), 14), *lit]) == [14]
    assert shown_after([*still(room(2), 14), *lit], 10) == list(range(10, 20))


# -- what is painted -------------------------------------------------------------------------------------


def test_a_camera_that_shows_another_scene_loses_the_label_until_the_model_has_seen_it() -> None:
    scene = Scene()
    scene.begin(1)
    scene.set_slots([0])
    first = frame(0, view(1), clip=False)
    scene.put_frame(1, first)
    scene.put_answers(1, first, label("old"), 0.3)
    scene.put_frame(1, frame(1, view(1, 3), clip=False))
    assert names(scene.now()) == ["old"]
    turned = frame(2, view(2), clip=False, scene=1)
    scene.put_frame(1, turned)
    assert names(scene.now()) == []
    scene.put_answers(1, turned, label("new"), 0.3)
    assert names(scene.now()) == ["new"]


class Hours:
    """A clock that goes on by a hundredth of a second whenever it is asked."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def perf_counter(self) -> float:
        self.now_s += 0.01
        return self.now_s


@pytest.fixture
def hours(monkeypatch: pytest.MonkeyPatch) -> Hours:
    made = Hours()
    monkeypatch.setattr("vision_app.live.scene.time", made)
    return made


def playing(hours: Hours, lag_s: float) -> Scene:
    """A scene in which a clip plays and a model takes so long; its first frame is painted and answered."""
    scene = Scene()
    scene.begin(1)
    scene.set_slots([0])
    first = frame(0, view(1), hours.now_s)
    scene.put_frame(1, first)
    hours.now_s += lag_s
    scene.put_answers(1, first, label("0"), lag_s / 2)
    assert names(scene.wait_for_paint(0)) == ["0"]
    return scene


def test_frames_of_a_clip_wait_for_the_answer_to_a_later_one(hours: Hours) -> None:
    scene = playing(hours, 0.2)
    frames = [
        frame(index, view(1 if index < 3 else 2, index), hours.perf_counter(), scene=index // 3)
        for index in (1, 2, 3, 4)
    ]
    for each in frames:
        scene.put_frame(1, each)
    scene.put_answers(1, frames[3], label("4"), 0.1)
    shots = [scene.wait_for_paint(0) for _ in frames]
    assert [(shot.frame.index, names(shot)) for shot in shots if shot] == [
        (1, ["0"]), (2, ["0"]), (3, ["4"]), (4, ["4"]),
    ]  # fmt: skip
    on_screen, newest = scene.on_screen(), scene.now()
    assert on_screen is not None
    assert newest is not None
    assert on_screen.frame is newest.frame is frames[3]


def test_what_is_on_the_screen_is_older_than_the_newest_frame_then(hours: Hours) -> None:
    scene = playing(hours, 0.2)
    scene.put_frame(1, frame(1, view(1, 1), hours.now_s))
    on_screen, newest = scene.on_screen(), scene.now()
    assert on_screen is not None
    assert newest is not None
    assert (on_screen.frame.index, newest.frame.index) == (0, 1)


@pytest.mark.slow
def test_a_model_that_comes_to_a_stop_does_not_stop_the_clip(hours: Hours) -> None:
    scene = playing(hours, 0.2)
    put_s = hours.now_s
    for index in (1, 2):
        scene.put_frame(1, frame(index, view(1, index), hours.now_s))
    shots = [scene.wait_for_paint(0) for _ in range(2)]
    assert [shot.frame.index for shot in shots if shot] == [1, 2]
    assert hours.now_s - put_s < 0.7


def test_no_clip_waits_for_a_model_that_takes_seconds(hours: Hours) -> None:
    scene = playing(hours, 2.0)
    put_s = hours.now_s
    scene.put_frame(1, frame(1, view(1, 1), put_s))
    shot = scene.wait_for_paint(0)
    assert shot is not None
    assert shot.frame.index == 1
    assert hours.now_s - put_s < 0.1


def test_frames_that_wait_take_a_bounded_room(hours: Hours) -> None:
    scene = playing(hours, 0.3)
    put_s = hours.now_s
    large = np.zeros((2160, 3840, 3), np.uint8)
    for index in range(1, 30):
        scene.put_frame(1, frame(index, large, hours.now_s))
    assert sum(waiting.frame.image.nbytes for waiting in scene._waiting) <= 128 << 20
    shot = scene.wait_for_paint(0)
    assert shot is not None
    assert hours.now_s - put_s < 0.5


@pytest.mark.slow
def test_where_answers_are_late_a_fade_takes_the_old_label_away(hours: Hours) -> None:
    scene = playing(hours, 0.2)
    for step in range(1, 21):
        fading = cv2.addWeighted(view(2), step / 20, view(1), 1 - step / 20, 0)
        scene.put_frame(1, frame(step, np.asarray(fading, np.uint8), hours.now_s))
    shots = [scene.wait_for_paint(0)]
    while shots[-1] is not None and shots[-1].frame.index < 20:
        shots.append(scene.wait_for_paint(0))
    assert names(shots[0]) == ["0"]
    assert names(shots[-1]) == []


def test_a_frame_that_comes_alone_is_painted_as_soon_as_it_is_answered(hours: Hours) -> None:
    """One step of a clip that stands still: the next frame is far away."""
    scene = playing(hours, 0.3)
    hours.now_s += 1.0
    put_s = hours.now_s
    step = frame(1, view(1, 1), put_s)
    scene.put_frame(1, step)
    scene.put_answers(1, step, label("1"), 0.1)
    assert names(scene.wait_for_paint(0)) == ["1"]
    assert hours.now_s - put_s < 0.2


def write_scenes(path: Path, colours: list[tuple[int, int, int]], frames: int) -> Path:
    """A clip with hard cuts between scenes of these colours, each with a pattern of its own."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *WH, "yuv420p"
        for number in range(frames * len(colours)):
            scene = number // frames
            image = np.uint8(view(scene + 1) * 0.3 + np.array(colours[scene]) * 0.7)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_no_label_of_a_scene_is_painted_over_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real clip, a real model that sees two frames of three at most, and what is given to the painter."""
    from vision_app.runtime import Session

    run = Session.run
    monkeypatch.setattr(Session, "run", lambda *a, **k: (time.sleep(0.05), run(*a, **k))[1])
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path))
    tiny.colour_model(tmp_path, "colours")
    red, blue = (0, 0, 255), (255, 0, 0)
    path = write_scenes(tmp_path / "scenes.mp4", [red, blue] * 5, 10)
    painted: list[tuple[str, str]] = []

    def watch(shown: Frame, results: tuple[Classification, ...]) -> ImageU8:
        mean = shown.image.mean(axis=(0, 1))
        painted.extend(("red" if mean[2] > mean[0] else "blue", r.top(1)[0][1]) for r in results)
        return shown.image

    with live_session() as (session, told):
        told.until_ready(session.add_model(ModelRequest("colours")))
        session.set_filter(watch)
        session.open(str(path))
        told.until_source(SourceState.ENDED)
        told.until_picture(lambda p: p.frame_index == 99 and p.result_age_s == 0)
    assert {scene for scene, _ in painted} == {"red", "blue"}
    assert [pair for pair in painted if pair[0] != pair[1]] == []
