"""What decides on the scenes: the scheduler, the fallback of the source, gestures, and the rows of results."""

from __future__ import annotations

import numpy as np
import pytest

from vision_app.kiosk.gestures import ALL_CORNERS_WITHIN_S, LONG_PRESS_S, CornerGesture
from vision_app.kiosk.scheduler import Kind, Scheduler
from vision_app.kiosk.source_fallback import LOST_BEFORE_FALLBACK_S, PICTURES_STOP_S, SourceFallback
from vision_app.kiosk.texts import TEXTS, in_languages, said
from vision_app.kiosk.wording import Rows
from vision_app.live.status import SourceState, SourceStatus
from vision_app.results.values import Classification, Detections
from vision_app.sources.base import SourceInfo, SourceKind


class Clock:
    now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


class TestDirector:
    @pytest.fixture
    def scheduler(self, clock: Clock) -> Scheduler:
        return Scheduler([10, 20, 30], clock)

    def run(self, scheduler: Scheduler, clock: Clock, seconds: float, **state: bool) -> tuple[Kind, int]:
        scene = scheduler.tick(**{"present": True, "pictures": True, **state})
        for _ in range(round(seconds * 10)):
            clock.now_s += 0.1
            scene = scheduler.tick(**{"present": True, "pictures": True, **state})
        return scene.kind, scene.station

    def test_stations_follow_each_other_and_begin_again(self, scheduler: Scheduler, clock: Clock) -> None:
        assert self.run(scheduler, clock, 9.5) == (Kind.STATION, 0)
        assert self.run(scheduler, clock, 1) == (Kind.STATION, 1)
        assert self.run(scheduler, clock, 20) == (Kind.STATION, 2)
        assert self.run(scheduler, clock, 30) == (Kind.STATION, 0)

    def test_nobody_there_is_the_invitation_and_whoever_comes_begins_at_the_start(
        self, scheduler: Scheduler, clock: Clock
    ) -> None:
        self.run(scheduler, clock, 15)
        assert self.run(scheduler, clock, 100, present=False)[0] is Kind.ATTRACT
        assert self.run(scheduler, clock, 0) == (Kind.STATION, 0)
        assert self.run(scheduler, clock, 9.5) == (Kind.STATION, 0), "with its full time"

    def test_without_pictures_the_time_of_a_station_stands_still(
        self, scheduler: Scheduler, clock: Clock
    ) -> None:
        self.run(scheduler, clock, 15)
        assert self.run(scheduler, clock, 300, pictures=False) == (Kind.PLACEHOLDER, 1)
        assert self.run(scheduler, clock, 14) == (Kind.STATION, 1)
        assert self.run(scheduler, clock, 2) == (Kind.STATION, 2)

    def test_a_touch_skips_but_a_held_key_does_not_race(self, scheduler: Scheduler, clock: Clock) -> None:
        self.run(scheduler, clock, 1)
        assert [scheduler.skip() for _ in range(5)] == [True, False, False, False, False]
        assert self.run(scheduler, clock, 0.5) == (Kind.STATION, 1)
        assert scheduler.skip()
        assert self.run(scheduler, clock, 0) == (Kind.STATION, 2)

    def test_a_touch_of_the_invitation_skips_nothing(self, scheduler: Scheduler, clock: Clock) -> None:
        self.run(scheduler, clock, 1, present=False)
        scheduler.skip()
        assert self.run(scheduler, clock, 0) == (Kind.STATION, 0)

    def test_a_station_with_nothing_to_show_is_short(self, scheduler: Scheduler, clock: Clock) -> None:
        self.run(scheduler, clock, 30)
        assert self.run(scheduler, clock, 1) == (Kind.STATION, 2)
        scheduler.take_a_break()
        assert self.run(scheduler, clock, 7) == (Kind.STATION, 2)
        scheduler.take_a_break()
        assert self.run(scheduler, clock, 1.5) == (Kind.STATION, 0)
        assert self.run(scheduler, clock, 8) == (Kind.STATION, 0), "the next one has its own time"

    def test_the_only_station_stays(self, clock: Clock) -> None:
        scheduler = Scheduler([10], clock)
        scheduler.take_a_break()
        assert self.run(scheduler, clock, 35) == (Kind.STATION, 0)

    def test_it_can_begin_in_the_middle(self, clock: Clock) -> None:
        assert self.run(Scheduler([1, 2, 3], clock, first=5), clock, 0) == (Kind.STATION, 2)


def info(name: str, kind: SourceKind = "camera", fps: float | None = 30.0, live: bool = True) -> SourceInfo:
    return SourceInfo(name, kind, (640, 480), fps, live, None)


class TestKeeper:
    """`0` is the camera of the programme, `clip.mp4` helps out."""

    @pytest.fixture(autouse=True)
    def _parts(self, clock: Clock) -> None:
        self.clock, self.asked = clock, []
        self.fallback = SourceFallback("0", "clip.mp4", self.asked.append, clock)
        self.running = ""

    def wait(self, seconds: float) -> list[str]:
        before = len(self.asked)
        for _ in range(round(seconds * 10)):
            self.clock.now_s += 0.1
            self.fallback.tick()
        return self.asked[before:]

    def opened(self, name: str, **facts: object) -> None:
        self.running = name
        self.fallback.told(SourceStatus(SourceState.RUNNING, name, info(name, **facts), running_id=name))  # type: ignore[arg-type]
        self.fallback.picture()

    def failed(self, name: str) -> None:
        self.fallback.told(SourceStatus(SourceState.FAILED, name, message="no", running_id=self.running))

    def test_the_camera_is_opened_once_when_all_is_well(self) -> None:
        assert self.wait(0.2) == ["0"]
        self.opened("0")
        assert self.wait(600) == []
        assert self.fallback.live

    def test_without_a_camera_the_clip_helps_out_and_the_camera_is_looked_for(self) -> None:
        self.wait(0.2)
        self.failed("0")
        assert self.asked == ["0", "clip.mp4"]
        self.opened("clip.mp4", kind="video", live=False)
        assert self.fallback.on_fallback
        assert not self.fallback.live
        tries = 0
        for _ in range(40):
            tries += self.wait(3).count("0")
            self.failed("0")
        assert 7 <= tries <= 14, "every few seconds, then every quarter minute"
        assert self.asked.count("clip.mp4") == 1, "the clip is not begun again at each try"
        self.opened("0")
        assert not self.fallback.on_fallback
        assert self.wait(600) == []

    def test_a_camera_that_is_lost_gives_way_to_the_clip(self) -> None:
        self.wait(0.2)
        self.opened("0")
        self.fallback.told(SourceStatus(SourceState.LOST, "0", info("0"), running_id="0"))
        assert self.wait(LOST_BEFORE_FALLBACK_S - 1) == [], "it may be back at once"
        assert self.wait(2) == ["clip.mp4"]
        self.opened("clip.mp4", kind="video", live=False)
        assert "0" in self.wait(20)

    def test_a_camera_that_comes_back_by_itself_stays(self) -> None:
        self.wait(0.2)
        self.opened("0")
        self.fallback.told(SourceStatus(SourceState.LOST, "0", info("0"), running_id="0"))
        self.wait(2)
        self.opened("0")
        assert self.wait(100) == []

    def test_without_a_fallback_it_is_tried_for_ever(self) -> None:
        fallback = SourceFallback("0", "", self.asked.append, self.clock)
        for _ in range(200):
            self.clock.now_s += 1
            fallback.tick()
            fallback.told(SourceStatus(SourceState.FAILED, "0", message="no"))
        assert 10 <= len(self.asked) <= 20
        assert not fallback.pictures

    def test_the_end_of_a_stream_is_not_the_end(self) -> None:
        self.wait(0.2)
        self.opened("0")
        self.running = ""
        self.fallback.told(SourceStatus(SourceState.ENDED, "0", running_id="0"))
        assert "0" in self.wait(5)

    def test_a_clip_that_cannot_be_opened_either_is_no_loop(self) -> None:
        self.wait(0.2)
        self.failed("0")
        self.failed("clip.mp4")
        assert self.asked == ["0", "clip.mp4"]
        assert self.wait(5) == ["0"]

    def test_pictures_stop(self) -> None:
        self.wait(0.2)
        self.opened("0")
        assert self.fallback.pictures
        self.wait(PICTURES_STOP_S + 0.2)
        assert not self.fallback.pictures

    def test_a_photo_is_a_picture_for_ever_and_no_sign_of_a_hang(self) -> None:
        self.wait(0.2)
        self.opened("0", kind="images", fps=None, live=False)
        self.wait(100)
        assert self.fallback.pictures
        assert not self.fallback.wanted

    def test_new_pictures_are_wanted_only_where_they_can_come(self) -> None:
        self.wait(0.2)
        assert not self.fallback.wanted
        self.fallback.told(SourceStatus(SourceState.OPENING, "0"))
        self.wait(5)
        assert not self.fallback.wanted
        self.opened("0")
        assert self.fallback.wanted
        self.fallback.told(SourceStatus(SourceState.LOST, "0", info("0"), running_id="0"))
        assert not self.fallback.wanted
        self.failed("0")
        self.opened("clip.mp4", kind="video", live=False)
        self.fallback.told(SourceStatus(SourceState.OPENING, "0", running_id="clip.mp4"))
        assert self.fallback.wanted, "the clip goes on while the camera is tried"

    def test_an_opening_that_never_ends_counts_as_a_hang(self) -> None:
        self.wait(0.2)
        self.fallback.told(SourceStatus(SourceState.OPENING, "0"))
        self.wait(61)
        assert self.fallback.wanted


class TestGestures:
    SIZE = (1000, 500)
    CORNERS = ((5.0, 5.0), (995.0, 5.0), (995.0, 495.0), (5.0, 495.0))

    @pytest.fixture
    def gesture(self, clock: Clock) -> CornerGesture:
        return CornerGesture(clock)

    def tap(self, gesture: CornerGesture, *spots: tuple[float, float]) -> bool:
        opened = False
        for spot in spots:
            gesture.press(spot, self.SIZE)
            opened = gesture.release()
        return opened

    def test_four_corners(self, gesture: CornerGesture) -> None:
        assert not self.tap(gesture, *self.CORNERS[:3])
        assert self.tap(gesture, self.CORNERS[3])
        assert not self.tap(gesture, self.CORNERS[3]), "it begins anew"

    def test_the_wrong_order_the_middle_and_too_slow(self, gesture: CornerGesture, clock: Clock) -> None:
        assert not self.tap(gesture, *reversed(self.CORNERS))
        assert not self.tap(gesture, *self.CORNERS[:3], (500, 250), self.CORNERS[3])
        self.tap(gesture, *self.CORNERS[:3])
        clock.now_s += ALL_CORNERS_WITHIN_S + 0.1
        assert not self.tap(gesture, self.CORNERS[3])

    def test_a_long_press(self, gesture: CornerGesture, clock: Clock) -> None:
        assert gesture.press((990, 10), self.SIZE)
        clock.now_s += LONG_PRESS_S - 0.1
        assert not gesture.held()
        clock.now_s += 0.2
        assert gesture.held()
        assert not gesture.held(), "once"

    def test_a_long_press_in_the_middle_or_that_moves_away(
        self, gesture: CornerGesture, clock: Clock
    ) -> None:
        assert not gesture.press((500, 250), self.SIZE)
        clock.now_s += 10
        assert not gesture.held()
        gesture.press((5, 5), self.SIZE)
        gesture.move((400, 200), self.SIZE)
        clock.now_s += 10
        assert not gesture.held()


LABELS = ("cat", "person", "cup")
KOREAN = {"person": "사람", "cup": "컵"}


def classes(*probabilities: float) -> Classification:
    return Classification("c", np.array(probabilities, np.float32), LABELS)


class TestRows:
    def test_the_best_classes_with_figures(self) -> None:
        rows = Rows([{}]).of([classes(0.7, 0.28, 0.02)])
        assert [(r.label, r.figure) for r in rows] == [("cat", "70%"), ("person", "28%")]

    def test_both_languages_where_there_are_two_words(self) -> None:
        rows = Rows([{}, KOREAN]).of([classes(0.5, 0.5, 0)])
        assert [(r.label, r.second) for r in rows] == [("cat", ""), ("person", "사람")]
        rows = Rows([KOREAN, {}]).of([classes(0, 1, 0)])
        assert (rows[0].label, rows[0].second) == ("사람", "person")

    def test_how_many_of_each(self) -> None:
        ids = np.array([1, 0, 1, 1], np.int64)
        found = Detections("d", np.zeros((4, 4), np.float32), np.ones(4, np.float32), ids, LABELS)
        rows = Rows([KOREAN]).of([found])
        assert [(r.label, r.figure, r.share) for r in rows] == [("사람", "× 3", None), ("cat", "× 1", None)]

    def test_one_odd_frame_does_not_change_the_order(self) -> None:
        rows = Rows([{}])
        for _ in range(10):
            rows.of([classes(0.9, 0.1, 0)])
        assert rows.of([classes(0.1, 0.9, 0)])[0].label == "cat"
        for _ in range(4):
            last = rows.of([classes(0.1, 0.9, 0)])
        assert last[0].label == "person"

    def test_another_station_begins_anew(self) -> None:
        rows = Rows([{}])
        rows.of([classes(1, 0, 0)])
        rows.forget()
        assert rows.of([classes(0, 1, 0)])[0].figure == "100%"

    def test_another_scene_begins_anew(self) -> None:
        rows = Rows([{}])
        for _ in range(5):
            rows.of([classes(1, 0, 0)], scene=1)
        assert [(r.label, r.figure) for r in rows.of([classes(0, 1, 0)], scene=2)] == [("person", "100%")]

    def test_what_two_answers_do_not_name_is_gone(self) -> None:
        """A cut within one room: nothing in the picture tells of it."""
        rows = Rows([{}])
        for _ in range(5):
            rows.of([classes(1, 0, 0)])
        assert [r.label for r in rows.of([classes(0.04, 0.96, 0)])] == ["cat", "person"]
        assert [r.label for r in rows.of([classes(0.04, 0.96, 0)])] == ["person"]

    def test_a_model_of_other_classes_under_the_same_name(self) -> None:
        rows = Rows([{}])
        rows.of([classes(1, 0, 0)])
        other = Classification("c", np.array([1.0], np.float32), ("x",))
        assert rows.of([other])[0].label == "x"

    def test_no_more_than_fit(self) -> None:
        labels = tuple(f"c{i}" for i in range(30))
        many = Detections(
            "d", np.zeros((30, 4), np.float32), np.ones(30, np.float32), np.arange(30, dtype=np.int64), labels
        )
        assert len(Rows([{}]).of([many])) == 5


def test_every_text_is_there_in_every_language() -> None:
    for name, text in TEXTS.items():
        assert set(text) == {"en", "ko"}, name
        assert all(text.values()), name
        assert ("{seconds}" in text["en"]) is ("{seconds}" in text["ko"])
    assert said("next", ("ko",)) == (TEXTS["next"]["ko"],)
    assert in_languages({"en": "A", "ko": ""}, ("ko", "en")) == ("A",)
