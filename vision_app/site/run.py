"""A site at work: its streams, what they share, its sinks, its log and its housekeeping. Prints nothing itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from vision_app import runtime
from vision_app.engine.build import Pool, resolve
from vision_app.engine.request import ModelRequest
from vision_app.engine.workers import Workers
from vision_app.errors import ConfigError
from vision_app.kiosk.logs import Sluice, close_log, open_log
from vision_app.locking import HeldLock, try_lock
from vision_app.memory import give_back, keep_together
from vision_app.messages import Message, told
from vision_app.overlay.style import DEFAULT_STYLE, Style
from vision_app.runtime import ThreadPolicy
from vision_app.site.confine import Confinement
from vision_app.site.events import Event
from vision_app.site.keeping import Keeper
from vision_app.site.media import Camera, MediaWriter
from vision_app.site.outlets import Outlet
from vision_app.site.plan import SitePlan, StreamPlan
from vision_app.site.secrets import Secrets
from vision_app.site.service import Notifier
from vision_app.site.sinks import SiteFacts, StreamFacts, StreamUpdate, Surroundings
from vision_app.site.streams import Shared, StreamRunner
from vision_app.site.watching import Watcher
from vision_app.sources import Report, SourceOptions, open_source

LOG = Path("log") / "site.log"
LOCK = ".site.lock"
_SWEEP_EVERY_S = 600.0
_STATUS_EVERY_S = 3600.0
_LOOK_EVERY_S = 10.0
_SINK_CLOSES_IN_S = 5.0


@dataclass(frozen=True, slots=True)
class Checked:
    """A site whose models, secrets and outputs were looked at.

    Attributes:
        plan: the site.
        secrets: its secrets.
        fence: what it may touch.
        pool: its models, loaded.
        requests: for each stream what is asked of its models.
        workers: how many frames are worked on at the same time.
        threads: thread policy of the sessions.
    """

    plan: SitePlan
    secrets: Secrets
    fence: Confinement
    pool: Pool
    requests: tuple[tuple[ModelRequest, ...], ...]
    workers: int
    threads: ThreadPolicy

    def probe(self, stream: StreamPlan) -> str:
        """Open a stream and close it again; gives what it is, in words.

        Raises:
            VisionError: it cannot be opened.
        """
        specs = [_source_of(one, self.secrets, self.fence) for one in self.plan.streams]
        options = SourceOptions(
            insecure=stream.insecure,
            fingerprint=stream.fingerprint,
            hosts=self.fence.hosts(specs, self.plan.hosts),
        )
        with open_source(_source_of(stream, self.secrets, self.fence), options) as source:
            info = source.info
        size = f"{info.size_wh[0]}x{info.size_wh[1]}"
        if info.fps is None:
            return Message("{kind}, {size}", kind=info.kind, size=size)
        return Message("{kind}, {size}, {fps:g} frames/s", kind=info.kind, size=size, fps=info.fps)


def check(plan: SitePlan) -> Checked:
    """Look at all that can be looked at without opening a stream: models, classes, secrets, files and hosts.

    Raises:
        VisionError: something cannot be had; says which stream it is about.
    """
    secrets, fence = Secrets(plan.folder), Confinement(plan.folder, trusted=plan.trusted)
    workers = plan.workers or runtime.cpu_count()
    threads = ThreadPolicy.for_files(workers)
    pool = Pool(threads)
    requests = []
    for stream in plan.streams:
        try:
            _source_of(stream, secrets, fence)
            requests.append(_requests(stream, pool))
        except ConfigError as error:
            raise ConfigError("stream {name}: {error}", name=stream.name, error=error) from None
    return Checked(plan, secrets, fence, pool, tuple(requests), workers, threads)


def _source_of(stream: StreamPlan, secrets: Secrets, fence: Confinement) -> str:
    """What a stream opens, secrets filled in."""
    return fence.source(secrets.fill(stream.source, in_address=True))


def _requests(stream: StreamPlan, pool: Pool) -> tuple[ModelRequest, ...]:
    plain = {"track": True} if stream.tracks else {}
    why = {"track": "a line or zone"}
    requests, _ = resolve(stream.models, plain, pool, must_fit=why if stream.tracks else {})
    known = {label for one in requests for label in _labels(one, pool)}
    for watched in stream.rules:
        wanted = getattr(getattr(watched.rule, "wanted", watched.rule), "labels", ())
        for label in wanted:
            if label not in known:
                raise ConfigError(
                    "the rule {rule}: none of the models {models} has a class '{label}'",
                    rule=watched.rule.name,
                    models=", ".join(one.reference for one in requests),
                    label=label,
                )
    return requests


def _labels(request: ModelRequest, pool: Pool) -> tuple[str, ...]:
    return pool.get_any(request.reference, request.provider, request.options).labels


class SiteRun:
    """A site from its start to its end.

    Args:
        checked: the site.
        report: receives one-line messages for the user, from any thread, without secrets.
        show: given each frame of each stream with all that is known; called by the threads of the streams.
        style: the look of what is drawn.
    """

    def __init__(
        self,
        checked: Checked,
        report: Report,
        show: Callable[[StreamUpdate], None] = lambda update: None,
        style: Style = DEFAULT_STYLE,
    ) -> None:
        self._checked, self._tell_user, self._show_user = checked, report, show
        self.plan, self._style = checked.plan, style
        self._log: logging.Logger | None = None
        self._lock: HeldLock | None = None
        self._stop = threading.Event()
        self._workers = Workers(checked.workers, lasting=True)
        self._sluice = Sluice(self._write_log)
        self._logging = threading.Lock()
        self.outlets: tuple[Outlet, ...] = ()
        self._media = MediaWriter(self.plan.folder, self._publish, self._report)
        self.streams: dict[str, StreamRunner] = {}
        self._keeper = Keeper(self.plan.folder, self.plan.keep)
        self._notifier = Notifier()
        self.events = 0
        self._house = threading.Thread(target=self._keep_house, name="house", daemon=True)

    def start(self) -> None:
        """Set all going. Streams that cannot be opened are tried again; nothing waits for them.

        Raises:
            ConfigError: the site is being run already, or an output does not fit.
            SinkError: an output can never work.
        """
        folder = self.plan.folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = try_lock(folder / LOCK)
        except OSError as error:
            raise ConfigError(
                "{folder} cannot be written: {reason}", folder=folder, reason=error.strerror
            ) from error
        if self._lock is None:
            raise ConfigError("the site in {folder} is being run already, by another process", folder=folder)
        try:
            self._start()
        except BaseException:
            self.stop()
            self._close()
            raise

    def _start(self) -> None:
        keep_together()
        cv2.setNumThreads(1)  # its pool would fight with ONNX Runtime's threads
        self._log = open_log(self.plan.folder / LOG)
        facts = SiteFacts(
            self.plan.name,
            self.plan.folder,
            tuple(stream.name for stream in self.plan.streams),
            self.facts,
            self._report,
            {stream.name: tuple(told.rule.name for told in stream.rules) for stream in self.plan.streams},
        )
        around = Surroundings(self.plan.folder, self._checked.secrets.fill, self._allow_host)
        started = []
        for output in self.plan.outputs:
            try:
                outlet = Outlet(output.row.make(output.values, around), self._report)
            except ValueError as error:
                raise ConfigError("output {kind}: {error}", kind=output.kind, error=error) from None
            outlet.start(facts)
            started.append(outlet)
            self.outlets = tuple(started)
        self._media.start()
        shared = self._shared()
        for plan, requests in zip(self.plan.streams, self._checked.requests, strict=True):
            self.streams[plan.name] = StreamRunner(plan, requests, shared, partial(self._watcher, plan))
        self._workers.start()
        for stream in self.streams.values():
            stream.start()
        self._house.start()
        self._report(f"site {self.plan.name} runs with {len(self.streams)} streams", quietly=True)

    def _shared(self) -> Shared:
        checked = self._checked
        sources = [_source_of(stream, checked.secrets, checked.fence) for stream in self.plan.streams]
        return Shared(
            self._workers,
            checked.pool,
            threading.Lock(),
            checked.threads,
            lambda stream: _source_of(stream, checked.secrets, checked.fence),
            checked.fence.hosts(sources, self.plan.hosts),
            self._report,
            checked.secrets.hide,
        )

    def _watcher(self, plan: StreamPlan, facts: Callable[[], StreamFacts]) -> Watcher:
        clips = any(told.clip for told in plan.rules)
        return Watcher(
            site=self.plan.name,
            stream=plan.name,
            rules=plan.rules,
            camera=Camera(self.plan.media, clips, self._media),
            facts=facts,
            show=self._show,
            style=self._style,
        )

    def stop(self) -> None:
        """End soon; returns at once."""
        self._stop.set()
        for stream in self.streams.values():
            stream.stop()
        self._workers.end()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until all streams have ended, and finish; gives whether it has come to that."""
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        for stream in self.streams.values():
            left_s = None if deadline_s is None else max(deadline_s - time.monotonic(), 0.0)
            if not stream.join(left_s):
                return False
        self._workers.end()
        self.stop()
        self._close()
        return True

    def facts(self) -> Mapping[str, StreamFacts]:
        """How each stream is doing, by name; from any thread."""
        return {name: stream.facts() for name, stream in self.streams.items()}

    def _close(self) -> None:
        if self._lock is None:
            return
        if self._house.is_alive():  # it writes into the log, which is closed below
            self._house.join(_SINK_CLOSES_IN_S * 4)
        self._media.close(_SINK_CLOSES_IN_S * 4)
        for outlet in self.outlets:
            outlet.close(_SINK_CLOSES_IN_S)
        if self._log is not None:
            self._report(f"site {self.plan.name} ends", quietly=True)
            self._sluice.end()
            close_log(self._log)
        lock, self._lock = self._lock, None
        lock.release()

    def _publish(self, event: Event) -> None:
        self.events += 1
        for outlet in self.outlets:
            outlet.event(event)

    def _show(self, update: StreamUpdate) -> None:
        for outlet in self.outlets:
            outlet.update(update)
        self._show_user(update)

    def _allow_host(self, host: str) -> None:
        """Whether an output may reach a host: one that an output's own keys name, or the site's `hosts`.

        Raises:
            ConfigError: it may not.
        """
        named = {one.lower() for output in self.plan.outputs for one in output.row.hosts(output.values)}
        if not self.plan.trusted and host.lower() not in {*named, *map(str.lower, self.plan.hosts)}:
            raise ConfigError("the site file does not name the host {host}: add it to hosts", host=host)

    def _report(self, message: str, *, quietly: bool = False) -> None:
        message = self._checked.secrets.hide(message)
        with self._logging:  # what its user is told as well is in his language, the rest is for engineers
            self._sluice.line(message if quietly else told(message))
        if not quietly:
            self._tell_user(message)

    def _write_log(self, line: str) -> None:
        if self._log is not None:
            self._log.info(line)

    def _keep_house(self) -> None:
        """Sweep, tell systemd, and write how the streams are doing into the log."""
        self._notifier.ready()
        every_s = min(self._notifier.every_s or _LOOK_EVERY_S, _LOOK_EVERY_S)
        next_sweep_s = time.monotonic()
        next_status_s = next_sweep_s + _STATUS_EVERY_S
        while not self._stop.is_set():
            now_s, facts = time.monotonic(), self.facts()
            if now_s >= next_sweep_s:
                next_sweep_s = now_s + _SWEEP_EVERY_S
                give_back()
                swept = self._keeper.sweep()
                if swept.files:
                    self._report(f"removed {swept.files} old files, {swept.bytes / 1e6:.1f} MB", quietly=True)
            if now_s >= next_status_s:
                next_status_s = now_s + _STATUS_EVERY_S
                for line in status_lines(facts):
                    self._report(line, quietly=True)
            running = sum(one.state == "running" for one in facts.values())
            self._notifier.alive(f"{running} of {len(facts)} streams run")
            self._stop.wait(every_s)
        self._notifier.ends()


_STATES = {
    str(state): state
    for state in (
        Message("connecting"),
        Message("running"),
        Message("lost"),
        Message("failed"),
        Message("ended"),
    )
}


def status_lines(facts: Mapping[str, StreamFacts]) -> Sequence[str]:
    """How the streams are doing, a line each."""
    lines = []
    for name, one in facts.items():
        line = Message(
            "{name}: {state}, {fps:.1f} frames/s, {inferred:.1f} inferred/s, age p50/p95 {p50_ms:.0f}/{p95_ms:.0f} "
            "ms, {frames} frames, {dropped} dropped, {rested:.0f} % without a change, {expected:.0f} % "
            "between looks",
            name=name,
            state=_STATES.get(one.state, one.state),
            fps=one.fps,
            inferred=one.inferred,
            p50_ms=one.age_p50_ms,
            p95_ms=one.age_p95_ms,
            frames=one.frames,
            dropped=one.dropped,
            rested=one.rested * 100,
            expected=one.expected * 100,
        )
        lines.append(Message("{line}; {error}", line=line, error=one.error) if one.error else line)
    return lines
