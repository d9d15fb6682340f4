"""Examines an installation: what is there, what is not, and the cure for each."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Literal

import cv2
import numpy as np

import vision_app
from vision_app import plugins, runtime
from vision_app.cards import lookup
from vision_app.engine.build import Pool
from vision_app.engine.chain_cards import MEMORIES
from vision_app.engine.region_rules import REGION_RULES
from vision_app.errors import VisionError
from vision_app.explaining.table import EXPLAINERS
from vision_app.headless.settings import load_settings, user_config_path
from vision_app.learn.versions import kept
from vision_app.overlay.kinds import known_kinds
from vision_app.resources import demo_clip
from vision_app.sinks.formats import LOG_FORMATS
from vision_app.sources.opening import plugin_openers
from vision_app.sources.quiet import quiet_opencv
from vision_app.tasks import TASKS
from vision_app.tasks.layouts import LAYOUTS

State = Literal["good", "note", "bad"]
_MARKS: dict[State, str] = {"good": "ok  ", "note": "note", "bad": "BAD "}


_MUCH_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One finding.

    Attributes:
        name: what was looked at.
        state: good, a note about something optional, or bad: the program will not work as it should.
        found: what is there.
        cure: what to do; empty when nothing has to be done.
    """

    name: str
    state: State
    found: str
    cure: str = ""

    @property
    def mark(self) -> str:
        """The state in four characters."""
        return _MARKS[self.state]

    @property
    def fatal(self) -> bool:
        """Whether the program will not work as it should."""
        return self.state == "bad"

    def as_record(self) -> dict[str, Any]:
        """The finding as plain values."""
        return {"name": self.name, "state": self.state, "found": self.found, "cure": self.cure}


def examine() -> list[Check]:
    """Look at everything. Never raises: a check that fails is a finding."""
    groups: tuple[Callable[[], Iterable[Check]], ...] = (
        _versions,
        _onnxruntime,
        _opencv,
        _video,
        _text,
        _pictures,
        _cameras,
        _qt,
        _models,
        _settings,
        _plugins,
    )
    checks: list[Check] = []
    for group in groups:
        try:
            checks.extend(group())
        except Exception as error:  # noqa: BLE001  # the doctor outlives whatever is broken
            name = group.__name__.strip("_")
            checks.append(Check(name, "bad", f"{type(error).__name__}: {error}", "reinstall vision-app"))
    return checks


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _plugins() -> Iterable[Check]:
    names = plugins.names_of_plugins()
    if not names:
        return
    for load in (known_kinds, plugin_openers):
        load()
    for table in (TASKS, LAYOUTS, LOG_FORMATS, EXPLAINERS, REGION_RULES, MEMORIES):
        len(table)
    bad = plugins.problems()
    yield Check("plug-ins", "good", ", ".join(names))
    for problem in bad:
        cure = f"reinstall or remove {problem.package}" if problem.package else "remove one of the packages"
        group = problem.group.removeprefix("vision_app.")
        yield Check(f"plug-in {problem.name}", "note", f"left out of {group}: {problem.reason}", cure)


def _versions() -> Iterable[Check]:
    yield Check(
        "vision_app", "good", f"{vision_app.__version__}, Python {platform.python_version()} at {sys.prefix}"
    )
    yield Check("machine", "good", f"{platform.platform()}, {runtime.cpu_count()} cores")
    yield Check("numpy", "good", np.__version__)


def _onnxruntime() -> Iterable[Check]:
    packages = runtime.installed_packages()
    if len(packages) > 1:
        yield Check(
            "onnxruntime packages",
            "bad",
            " and ".join(packages) + " overwrite each other",
            f"pip uninstall {' '.join(packages)}, then install the one you want",
        )
    try:
        yield Check("onnxruntime", "good", f"{runtime.version()} ({', '.join(packages) or 'built by hand'})")
    except VisionError as error:
        yield Check("onnxruntime", "bad", str(error))
        return
    built_in = runtime.available_providers()
    yield Check("providers built in", "good", ", ".join(built_in))
    weights = lookup.weights_path(lookup.DEFAULT_MODEL)
    if weights is None:
        yield Check(
            "provider in use", "bad", f"{lookup.DEFAULT_MODEL} is not shipped", "reinstall vision-app"
        )
        return
    session = Pool().get(lookup.DEFAULT_MODEL, "auto")
    if session.fell_back_from:
        yield Check(
            "provider in use",
            "bad",
            f"wanted {session.fell_back_from}, got {session.provider}",
            "check the driver, CUDA and cuDNN; pip install 'vision-app[gpu]' brings the latter two",
        )
    else:
        yield Check("provider in use", "good", f"auto gives {session.provider}")


def _opencv() -> Iterable[Check]:
    wheels = [
        name
        for name in (
            "opencv-python",
            "opencv-python-headless",
            "opencv-contrib-python",
            "opencv-contrib-python-headless",
        )
        if _version(name)
    ]
    if len(wheels) > 1:
        yield Check(
            "opencv wheels",
            "bad",
            " and ".join(wheels) + " overwrite each other",
            f"pip uninstall {' '.join(wheels)}, then pip install opencv-python",
        )
    backends = ", ".join(cv2.videoio_registry.getBackendName(b) for b in cv2.videoio_registry.getBackends())
    yield Check("opencv", "good", f"{cv2.__version__}; capture back ends: {backends}")


def _video() -> Iterable[Check]:
    version = _version("av")
    if version is None:
        yield Check(
            "video writer",
            "note",
            "OpenCV only: MPEG-4 files that browsers do not play",
            "pip install av for H.264",
        )
    else:
        import av

        has_h264 = "libx264" in av.codecs_available
        found = f"PyAV {version}, H.264 by {'libx264' if has_h264 else 'another encoder'}"
        yield Check("video writer", "good" if has_h264 else "note", found)
    quiet_opencv()
    capture = cv2.VideoCapture(str(demo_clip()), cv2.CAP_FFMPEG)
    readable = capture.isOpened() and capture.read()[0]
    capture.release()
    if readable:
        yield Check("video reader", "good", "the shipped clip can be read")
    else:
        yield Check("video reader", "bad", f"{demo_clip()} cannot be read", "reinstall opencv-python")


def _text() -> Iterable[Check]:
    """Korean must be drawn as letters, not as question marks."""
    pictures = []
    for text in ("사람", "???"):
        picture = np.zeros((40, 80, 3), np.uint8)
        cv2.putText(picture, text, (4, 30), (255, 255, 255), cv2.FontFace("sans"), 20)
        pictures.append(picture)
    if pictures[0].any() and not np.array_equal(pictures[0], pictures[1]):
        yield Check("fonts", "good", "OpenCV's built-in font draws Korean and accents")
    else:
        yield Check("fonts", "bad", "OpenCV cannot draw Korean", "pip install 'opencv-python>=5'")


def _cameras() -> Iterable[Check]:
    from vision_app.sources.cameras import list_cameras

    cameras = list_cameras()
    if cameras:
        yield Check("cameras", "good", ", ".join(f"{c.index}: {c.name} ({c.backend})" for c in cameras))
    else:
        yield Check("cameras", "note", "none found", "plug one in; on Linux be a member of the group 'video'")


def _pictures() -> Iterable[Check]:
    version = _version("pillow-heif")
    if version:
        yield Check("pictures of phones", "good", f"HEIC by pillow-heif {version}")
    else:
        cure = "pip install 'vision-app[heif]' to read them"
        yield Check("pictures of phones", "note", "HEIC files are refused", cure)


def _qt() -> Iterable[Check]:
    version = _version("PySide6-Essentials") or _version("PySide6")
    if version:
        yield Check("Qt", "good", f"PySide6 {version}")
    else:
        yield Check(
            "Qt", "note", "not installed", "pip install 'vision-app[gui]' for the desktop and the kiosk"
        )


def _models() -> Iterable[Check]:
    folder = lookup.user_models_dir()
    cards = lookup.card_paths()
    on_disk = [name for name in cards if lookup.weights_path(name)]
    yield Check("models", "good", f"{len(on_disk)} of {len(cards)} on this disk: {', '.join(on_disk)}")
    older = kept()
    if older.count:
        yield Check(
            "older versions",
            "note" if older.bytes > _MUCH_BYTES else "good",
            f"{older.count} of models that were trained here, {older.bytes / 1e6:.1f} MB",
            "vision-app models versions NAME --keep N makes room" if older.bytes > _MUCH_BYTES else "",
        )
    place = folder if folder.exists() else next(p for p in folder.parents if p.exists())
    if os.access(place, os.W_OK):
        yield Check(
            "model folder", "good", f"{folder}{'' if folder.exists() else ' (made when it is needed)'}"
        )
    else:
        cure = f"make it writable, or set {lookup.MODELS_VARIABLE} to a folder that is"
        yield Check("model folder", "bad", f"{folder} cannot be written", cure)


def _settings() -> Iterable[Check]:
    path = user_config_path(os.environ)
    try:
        load_settings({})
    except VisionError as error:
        yield Check("settings", "bad", str(error), "correct or remove it")
    else:
        yield Check("settings", "good", f"{path}{'' if path.exists() else ' (not there: defaults)'}")
