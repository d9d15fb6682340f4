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
from vision_app.messages import Message, listed, message_of
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
            checks.append(
                Check(
                    name,
                    "bad",
                    Message("{kind}: {error}", kind=type(error).__name__, error=error),
                    Message("reinstall vision-app"),
                )
            )
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
        cure = (
            Message("reinstall or remove {package}", package=problem.package)
            if problem.package
            else Message("remove one of the packages")
        )
        group = problem.group.removeprefix("vision_app.")
        yield Check(
            Message("plug-in {name}", name=problem.name),
            "note",
            Message("left out of {group}: {reason}", group=group, reason=problem.reason),
            cure,
        )


def _versions() -> Iterable[Check]:
    yield Check(
        "vision_app",
        "good",
        Message(
            "{version}, Python {python_version} at {prefix}",
            version=vision_app.__version__,
            python_version=platform.python_version(),
            prefix=sys.prefix,
        ),
    )
    yield Check("machine", "good", f"{platform.platform()}, {runtime.cpu_count()} cores")
    yield Check("numpy", "good", np.__version__)


def _onnxruntime() -> Iterable[Check]:
    packages = runtime.installed_packages()
    if len(packages) > 1:
        yield Check(
            Message("onnxruntime packages"),
            "bad",
            Message("{packages} overwrite each other", packages=listed(packages, " and ")),
            Message("pip uninstall {packages}, then install the one you want", packages=" ".join(packages)),
        )
    try:
        yield Check(
            "onnxruntime",
            "good",
            Message(
                "{version} ({packages})",
                version=runtime.version(),
                packages=", ".join(packages) or Message("built by hand"),
            ),
        )
    except VisionError as error:
        yield Check("onnxruntime", "bad", message_of(error))
        return
    built_in = runtime.available_providers()
    yield Check(Message("providers built in"), "good", ", ".join(built_in))
    weights = lookup.weights_path(lookup.DEFAULT_MODEL)
    if weights is None:
        yield Check(
            Message("provider in use"),
            "bad",
            Message("{default_model} is not shipped", default_model=lookup.DEFAULT_MODEL),
            Message("reinstall vision-app"),
        )
        return
    session = Pool().get(lookup.DEFAULT_MODEL, "auto")
    if session.fell_back_from:
        yield Check(
            Message("provider in use"),
            "bad",
            Message(
                "wanted {fell_back_from}, got {provider}",
                fell_back_from=session.fell_back_from,
                provider=session.provider,
            ),
            Message("check the driver, CUDA and cuDNN; pip install 'vision-app[gpu]' brings the latter two"),
        )
    else:
        yield Check(
            Message("provider in use"), "good", Message("auto gives {provider}", provider=session.provider)
        )


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
            Message("opencv wheels"),
            "bad",
            Message("{packages} overwrite each other", packages=listed(wheels, " and ")),
            Message("pip uninstall {wheels}, then pip install opencv-python", wheels=" ".join(wheels)),
        )
    backends = ", ".join(cv2.videoio_registry.getBackendName(b) for b in cv2.videoio_registry.getBackends())
    yield Check(
        "opencv",
        "good",
        Message("{version}; capture back ends: {backends}", version=cv2.__version__, backends=backends),
    )


def _video() -> Iterable[Check]:
    version = _version("av")
    if version is None:
        yield Check(
            Message("video writer"),
            "note",
            Message("OpenCV only: MPEG-4 files that browsers do not play"),
            Message("pip install av for H.264"),
        )
    else:
        import av

        has_h264 = "libx264" in av.codecs_available
        found = Message(
            "PyAV {version}, H.264 by {more}",
            version=version,
            more="libx264" if has_h264 else "another encoder",
        )
        yield Check(Message("video writer"), "good" if has_h264 else "note", found)
    quiet_opencv()
    capture = cv2.VideoCapture(str(demo_clip()), cv2.CAP_FFMPEG)
    readable = capture.isOpened() and capture.read()[0]
    capture.release()
    if readable:
        yield Check(Message("video reader"), "good", Message("the shipped clip can be read"))
    else:
        yield Check(
            Message("video reader"),
            "bad",
            Message("{demo_clip} cannot be read", demo_clip=demo_clip()),
            Message("reinstall opencv-python"),
        )


def _text() -> Iterable[Check]:
    """Korean must be drawn as letters, not as question marks."""
    pictures = []
    for text in ("사람", "???"):
        picture = np.zeros((40, 80, 3), np.uint8)
        cv2.putText(picture, text, (4, 30), (255, 255, 255), cv2.FontFace("sans"), 20)
        pictures.append(picture)
    if pictures[0].any() and not np.array_equal(pictures[0], pictures[1]):
        yield Check("fonts", "good", Message("OpenCV's built-in font draws Korean and accents"))
    else:
        yield Check(
            "fonts", "bad", Message("OpenCV cannot draw Korean"), Message("pip install 'opencv-python>=5'")
        )


def _cameras() -> Iterable[Check]:
    from vision_app.sources.cameras import list_cameras

    cameras = list_cameras()
    if cameras:
        yield Check("cameras", "good", ", ".join(f"{c.index}: {c.name} ({c.backend})" for c in cameras))
    else:
        yield Check(
            "cameras",
            "note",
            Message("none found"),
            Message("plug one in; on Linux be a member of the group 'video'"),
        )


def _pictures() -> Iterable[Check]:
    version = _version("pillow-heif")
    if version:
        yield Check(
            Message("pictures of phones"), "good", Message("HEIC by pillow-heif {version}", version=version)
        )
    else:
        cure = Message("pip install 'vision-app[heif]' to read them")
        yield Check(Message("pictures of phones"), "note", Message("HEIC files are refused"), cure)


def _qt() -> Iterable[Check]:
    version = _version("PySide6-Essentials") or _version("PySide6")
    if version:
        yield Check("Qt", "good", f"PySide6 {version}")
    else:
        yield Check(
            "Qt",
            "note",
            Message("not installed"),
            Message("pip install 'vision-app[gui]' for the desktop and the kiosk"),
        )


def _models() -> Iterable[Check]:
    folder = lookup.user_models_dir()
    cards = lookup.card_paths()
    on_disk = [name for name in cards if lookup.weights_path(name)]
    yield Check(
        "models",
        "good",
        Message(
            "{count} of {cards_count} on this disk: {on_disk}",
            count=len(on_disk),
            cards_count=len(cards),
            on_disk=", ".join(on_disk),
        ),
    )
    older = kept()
    if older.count:
        yield Check(
            Message("older versions"),
            "note" if older.bytes > _MUCH_BYTES else "good",
            Message(
                "{count} of models that were trained here, {bytes:.1f} MB",
                count=older.count,
                bytes=older.bytes / 1e6,
            ),
            Message("vision-app models versions NAME --keep N makes room")
            if older.bytes > _MUCH_BYTES
            else "",
        )
    place = folder if folder.exists() else next(p for p in folder.parents if p.exists())
    if os.access(place, os.W_OK):
        yield Check(
            Message("model folder"),
            "good",
            f"{folder}" if folder.exists() else Message("{folder} (made when it is needed)", folder=folder),
        )
    else:
        cure = Message(
            "make it writable, or set {models_variable} to a folder that is",
            models_variable=lookup.MODELS_VARIABLE,
        )
        yield Check(
            Message("model folder"), "bad", Message("{folder} cannot be written", folder=folder), cure
        )


def _settings() -> Iterable[Check]:
    path = user_config_path(os.environ)
    try:
        load_settings({})
    except VisionError as error:
        yield Check("settings", "bad", message_of(error), Message("correct or remove it"))
    else:
        found = f"{path}" if path.exists() else Message("{path} (not there: defaults)", path=path)
        yield Check("settings", "good", found)
