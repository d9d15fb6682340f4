"""The show: camera, models and window, and which of the screens is on."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from vision_app.errors import ConfigError, VisionError
from vision_app.filters.chain import FilterChain
from vision_app.gui.collecting import Collector
from vision_app.gui.kiosk.attract import AttractScreen
from vision_app.gui.kiosk.heartbeat import Heartbeat, log, note_everything
from vision_app.gui.kiosk.insight import Insight
from vision_app.gui.kiosk.placeholder import PlaceholderScreen
from vision_app.gui.kiosk.stage import StationScreen
from vision_app.gui.kiosk.window import KioskWindow
from vision_app.gui.session import Session
from vision_app.kiosk.heartbeat import EXIT_BY_PIN, EXIT_FRESH_START, EXIT_UNUSABLE, Beat
from vision_app.kiosk.memory import held_mb
from vision_app.kiosk.monitors import Wanted
from vision_app.kiosk.movements import SkipByMovement
from vision_app.kiosk.pin import PinGate
from vision_app.kiosk.places import pin_memory
from vision_app.kiosk.presence import Presence
from vision_app.kiosk.privacy import PeopleBlur, blur_everything
from vision_app.kiosk.programme import DEMO, Programme, load_programme
from vision_app.kiosk.scheduler import Kind, Scene, Scheduler
from vision_app.kiosk.source_fallback import SourceFallback
from vision_app.kiosk.stations import source_options, source_spec, station_style
from vision_app.kiosk.texts import in_languages, said
from vision_app.kiosk.wording import Rows
from vision_app.labels import label_names
from vision_app.live.status import ModelState, ModelStatus, Picture, SourceState, SourceStatus
from vision_app.memory import give_back, keep_together
from vision_app.messages import Message, message_of

_TICK_MS = 100
_LOOK_EVERY_S = 0.2
_ROWS_EVERY_S = 0.25
_GIVE_BACK_AFTER_MS = 3000
_CLOSE_S = 1.5
_INVITES_S = 20.0
"""So long the invitation is shown between two rounds over the shipped clip."""


class Show(QObject):
    """Everything but the process: takes a programme, a session and a window, and makes a show of them.

    Args:
        programme: what to show.
        session: the live core.
        gate: judges the PIN.
        first_station: the station to begin with.
        clock: monotonic seconds.
    """

    alive = Signal()
    """The first picture is there."""
    leave = Signal(int)
    """It is over; with the exit code of the process."""

    def __init__(
        self,
        programme: Programme,
        session: Session,
        gate: PinGate,
        *,
        first_station: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._programme, self._session, self._clock = programme, session, clock
        main, fallback = source_spec(programme.source), source_spec(DEMO)
        self._fallback = fallback
        self.fallback = SourceFallback(
            main, fallback if programme.fallback == DEMO else "", self._open, clock
        )
        self.scheduler = Scheduler([s.seconds for s in programme.stations], clock, first_station)
        self.presence = Presence(programme.idle_s, clock)
        self._rows = Rows([label_names(language) for language in programme.languages])
        self._scene: Scene | None = None
        self._slots: tuple[int, ...] = ()
        self._statuses: tuple[ModelStatus, ...] = ()
        self._skip = SkipByMovement(clock)
        self._said: set[str] = set()
        self._looked_s = self._rows_s = 0.0
        self._looked_at = -1
        self._rows_scene: int | None = None
        self._clip: Session | None = None
        self._film_s: float | None = None
        self.pictures = 0
        self._build_window(gate)
        self.insight = Insight(session, self.stage, self._note)
        self._listen()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.tick)
        self._tidy = QTimer(self)
        self._tidy.setSingleShot(True)
        self._tidy.setInterval(_GIVE_BACK_AFTER_MS)
        self._tidy.timeout.connect(lambda: threading.Thread(target=give_back, daemon=True).start())

    def _build_window(self, gate: PinGate) -> None:
        p = self._programme
        notice = list(said("notice", p.languages))
        if p.blur != "off":
            more = said("blurred-all" if p.blur == "all" else "blurred-others", p.languages)
            notice = [f"{first} · {second}" for first, second in zip(notice, more, strict=True)]
        self.window = KioskWindow(gate, p.languages, on_top=True)
        self.placeholder = PlaceholderScreen(p.languages, "starting")
        self.stage = StationScreen(notice, said("next", p.languages), len(p.stations), languages=p.languages)
        self.attract = AttractScreen(
            in_languages(p.attract.title, p.languages) or said("invite", p.languages),
            in_languages(p.attract.subtitle, p.languages) or said("invite-more", p.languages),
            notice,
        )
        for screen in (self.placeholder, self.stage, self.attract):
            self.window.add_screen(screen)

    def _listen(self) -> None:
        session, window = self._session, self.window
        session.picture.connect(self._on_picture)
        session.source.connect(self._on_source)
        session.models.connect(self._on_models)
        session.notice.connect(log.info)
        window.leave.connect(lambda: self.leave.emit(EXIT_BY_PIN))
        window.touched.connect(self._touched)
        window.next_wanted.connect(self._on_next)
        window.resized.connect(self._set_view)
        window.place.moved.connect(self._note)

    def begin(self) -> None:
        """Appear, and open the source."""
        blur = self._programme.blur
        if blur == "all":
            self._session.set_filter(blur_everything)
        elif blur != "off":
            self._session.set_filter(PeopleBlur(surroundings=blur == "surroundings"))
        self._session.set_gate(on=self._programme.gate)
        self.window.begin(self._programme.screen)
        self._set_view()
        self.tick()
        self._timer.start()

    def end(self) -> None:
        """Close everything."""
        self._withdraw()
        self._session.close()

    def end_soon(self, patience_s: float) -> None:
        """The same, for a process that ends: it does not wait for a camera that is stuck.

        Nobody sends beats any more, so the watchdog must see the exit code before it takes this for a hang.
        """
        self._withdraw()
        closer = threading.Thread(target=self._session.close, daemon=True)
        closer.start()
        closer.join(patience_s)

    def _withdraw(self) -> None:
        self._timer.stop()
        self._tidy.stop()
        self.window.guard.allow_leaving()
        self.window.hide()
        self.insight.close()
        self._close_clip()

    def beat(self) -> Beat:
        """A sign of life."""
        station = self._scene.station if self._scene else 0
        return Beat(self.pictures, self.fallback.wanted, station, held_mb())

    # what happens ----------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Look at everything once."""
        self.fallback.tick()
        self._look()
        pictures = self.fallback.pictures
        if not pictures:
            self.presence.hold()
        present = self._film_plays() if self.fallback.on_fallback else self.presence.present
        self._enter(self.scheduler.tick(present=present, pictures=pictures))
        self.insight.tick(self._clock())
        if self._clock() - self._rows_s >= _ROWS_EVERY_S:
            self._rows_s = self._clock()
            self._show_rows()

    def _film_plays(self) -> bool:
        """Over the shipped clip, in which nobody comes or goes: a round of all stations, then the invitation."""
        now_s = self._clock()
        if self._film_s is None:
            self._film_s = now_s
        round_s = sum(station.seconds for station in self._programme.stations)
        return (now_s - self._film_s) % (round_s + _INVITES_S) < round_s

    def _open(self, spec: str) -> None:
        options = None if spec == self._fallback else source_options(self._programme)
        self._session.open(spec, options, loop=True)

    def _on_picture(self, picture: Picture) -> None:
        self.pictures += 1
        self.fallback.picture()
        if self.pictures == 1:
            self.alive.emit()
        shown = self.window.screen_shown
        if shown is self.stage:
            self.stage.show_picture(picture)
            if picture.scene != self._rows_scene:
                self._show_rows()  # not at the next tick: the old ones would stand beside the new picture
        elif shown is self.attract and self._clip is None:
            self.attract.show_picture(picture)

    def _on_source(self, status: SourceStatus) -> None:
        before = self.fallback.running_id
        self.fallback.told(status)
        if status.state in (SourceState.LOST, SourceState.FAILED):
            self._note(f"source: {status.message or status.state.value}")
        if status.state is SourceState.RUNNING:
            self._note(f"source: {status.running_id} runs")
        if status.running_id != before:
            self.presence.new_view()
            mirror = self._programme.mirror and self.fallback.live
            rotate_deg = 0 if self.fallback.on_fallback else self._programme.rotate_deg
            self._session.orient(mirror=mirror, rotate_deg=rotate_deg)
            self._film_s = None
            self._say_title()

    def _on_models(self, statuses: tuple[ModelStatus, ...]) -> None:
        self._statuses = statuses
        mine = [s for s in statuses if s.slot in self._slots]
        for status in mine:
            if status.error:
                self._note(f"model {status.request.reference}: {status.error}")
        if mine and all(s.state is ModelState.FAILED for s in mine):
            self.scheduler.take_a_break()

    def _touched(self) -> None:
        self.presence.touched()
        self._film_s = None  # the round begins anew for who is there

    def _on_next(self) -> None:
        if self.scheduler.skip():
            self.tick()

    def _note(self, line: str) -> None:
        """A line for the log; one that was said already is not said again until something else was."""
        if line not in self._said:
            self._said = {line, *list(self._said)[:20]}
            log.info("%s", line)

    # screens ---------------------------------------------------------------------------------------------

    def _enter(self, scene: Scene) -> None:
        before, self._scene = self._scene, scene
        same_kind = before is not None and before.kind is scene.kind
        if same_kind and before is not None and before.station == scene.station:
            if scene.kind is Kind.STATION:
                self.stage.foot.at(scene.station, scene.share)
            elif scene.kind is Kind.PLACEHOLDER:
                self.placeholder.say("no-camera" if self.pictures or self._has_failed else "starting")
            return
        if before is not None and scene.kind is not Kind.PLACEHOLDER and self._has_grown():
            return
        if scene.kind is Kind.PLACEHOLDER:
            self.window.show_screen(self.placeholder)
            self.stage.picture.show_picture(None)
        elif scene.kind is Kind.ATTRACT:
            self._use_models(None)
            self.window.show_screen(self.attract)
            self._open_clip()
        else:
            self._enter_station(scene)
        if scene.kind is not Kind.ATTRACT:
            self._close_clip()
        self._set_view()

    def _enter_station(self, scene: Scene) -> None:
        station = self._programme.stations[scene.station]
        languages = self._programme.languages
        self._rows.forget()
        self._skip.enter(station.skip_on)
        self._use_models(scene.station)
        style = station_style(station, label_names(languages[0]))
        self._session.set_style(style, draw=station.overlay)
        self._say_title()
        self.stage.with_rows(station.results)
        self.stage.foot.at(scene.station, scene.share)
        self._show_rows()
        self.window.show_screen(self.stage)

    def _say_title(self) -> None:
        """The title of the station; what it says below may ask for something in front of a camera that is not there."""
        if self._scene is None or self._scene.kind is not Kind.STATION:
            return
        station, languages = self._programme.stations[self._scene.station], self._programme.languages
        below = in_languages(station.subtitle, languages)
        if self.fallback.on_fallback:
            below = said("film", languages)
        self.stage.title.say(in_languages(station.title, languages), below)

    _station_of_slots: int | None = None

    def _use_models(self, number: int | None) -> None:
        """Run the models of a station, and no others."""
        if number == self._station_of_slots:
            return
        self._station_of_slots = number
        for slot in self._slots:
            self._session.remove_model(slot)
        station = None if number is None else self._programme.stations[number]
        self._session.set_chain(FilterChain() if station is None else station.filters)
        # the first word about a slot may come before its number is known here
        self._slots = () if station is None else tuple(map(self._session.add_model, station.models))
        self._statuses = self._session.model_statuses()
        self._tidy.start()
        self.insight.enter(station, self._slots[0] if self._slots else None, self._clock())

    def _set_view(self) -> None:
        shown = self.window.screen_shown
        room = self.stage.picture_room if shown is not self.attract else self.attract.size()
        size = self.window.device_size(room)
        self._session.set_view((size.width(), size.height()))
        if self._clip is not None:
            self._clip.set_view((size.width(), size.height()))

    def _look(self) -> None:
        """Is anybody there? Some five times a second, if there is a new frame."""
        now_s = self._clock()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        newest = self._session.newest()
        if self.fallback.on_fallback:
            return
        if newest is not None and newest[0].index != self._looked_at:
            frame, results = newest
            self._looked_at = frame.index
            self.presence.look(frame.image, results)

    def _show_rows(self) -> None:
        if self.window.screen_shown is not self.stage:
            return
        shown = self._session.on_screen()
        self._rows_scene = None if shown is None else shown.scene
        rows = () if shown is None or shown.scene is None else self._rows.of(shown.results, shown.scene)
        if shown is not None and self._skip.look(shown.results):
            self._on_next()
            return
        mine = [s for s in self._statuses if s.slot in self._slots]
        if mine and all(s.state is ModelState.FAILED for s in mine):
            name = "no-model"
        elif not any(s.state is ModelState.READY for s in mine):
            name = "getting-ready"
        else:
            name = "nothing-found"
        self.stage.rows.show_rows(rows, said(name, self._programme.languages))

    def _open_clip(self) -> None:
        """The shipped clip behind the invitation, while the camera goes on looking for visitors."""
        if self._programme.attract.picture == "clip" and self._clip is None:
            self.attract.show_picture(None)
            self._clip = Session(parent=self)
            self._clip.picture.connect(self.attract.show_picture)
            self._clip.open(self._fallback, loop=True)

    def _close_clip(self) -> None:
        if self._clip is not None:
            self._clip.close()
            self._clip.deleteLater()
            self._clip = None

    @property
    def _has_failed(self) -> bool:
        return self._session.source_status.state in (SourceState.FAILED, SourceState.LOST)

    def _has_grown(self) -> bool:
        """Between two scenes is the moment to start afresh."""
        resident, ceiling = held_mb(), self._programme.max_memory_mb
        if resident <= ceiling:
            return False
        log.warning(
            Message(
                "takes {mb} MB of memory, max_memory_mb is {max_memory_mb}: starts afresh",
                mb=resident,
                max_memory_mb=ceiling,
            )
        )
        self.leave.emit(EXIT_FRESH_START)
        return True


def run_show(file: Path, *, screen: Wanted | None, first_station: int, strict: bool) -> int:
    """Run the show of a kiosk file until it is over.

    Args:
        file: the kiosk file.
        screen: the monitor; None for that of the file.
        first_station: the station to begin with.
        strict: refuse what `checking` forbids; on a stand that has been running nothing is refused.

    Returns:
        The exit code.
    """
    note_everything()
    keep_together()
    try:
        programme = load_programme(file, screen)
        _check(programme, strict)
    except VisionError as error:
        log.error(message_of(error))
        return EXIT_UNUSABLE
    app = QApplication.instance() or QApplication(["vision_app"])
    assert isinstance(app, QApplication)
    app.setQuitOnLastWindowClosed(False)
    Collector(app)
    session = Session()
    show = Show(programme, session, PinGate(programme.pin, pin_memory(file)), first_station=first_station)
    show.leave.connect(app.exit)
    heartbeat = Heartbeat(show.beat, lambda: app.exit(0))
    show.alive.connect(heartbeat.send)
    show.begin()
    heartbeat.start()
    code = app.exec()
    show.end_soon(_CLOSE_S)
    return code


def _check(programme: Programme, strict: bool) -> None:
    import cv2  # noqa: F401 - before Qt, so that what it does to Qt's variables can be undone

    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)
    if not strict:
        return
    from vision_app.kiosk.checking import check_programme

    for finding in check_programme(programme):
        if finding.forbids:
            raise ConfigError(finding.text)
        log.info("%s", finding.text)
