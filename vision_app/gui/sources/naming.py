"""How a source is opened, shown and known again: plain functions."""

from __future__ import annotations

import glob
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from urllib.parse import quote, urlsplit

from vision_app.sources.cameras import CameraDescription, camera_index, match_camera
from vision_app.sources.synthetic import PREFIX
from vision_app.sources.urls import REDACTED, STREAM_SCHEMES, scheme_of, source_id

TEST_CARD = f"{PREFIX}1280x720@30"
_SEPARATORS = ("/", "\\", "://")


class Kind(Enum):
    """What sort of source a spec names, as far as its text tells. The value is an icon's name."""

    CAMERA = "camera"
    STREAM = "stream"
    FILE = "clip"
    TEST = "test-card"


def kind_of(spec: str, cameras: Sequence[CameraDescription] = ()) -> Kind:
    """What sort of source a spec names. The disk is not asked."""
    if spec.startswith(PREFIX):
        return Kind.TEST
    if scheme_of(spec) is not None:
        return Kind.STREAM
    if camera_index(spec) is not None or any(c.name == spec for c in cameras):
        return Kind.CAMERA
    return Kind.FILE


def camera_spec(camera: CameraDescription, cameras: Sequence[CameraDescription]) -> str:
    """What opens a camera: its name, which stays when it is plugged in again, else its number.

    The name is no use when another camera has it too, or when it could mean something else.

    >>> front = CameraDescription(2, "Front", "V4L2")
    >>> camera_spec(front, [front]), camera_spec(front, [front, CameraDescription(4, "Front", "V4L2")])
    ('Front', '2')
    """
    name = camera.name
    twins = [c for c in cameras if c.name.strip().casefold() == name.strip().casefold()]
    means_else = (
        not name.strip()
        or name != name.strip()
        or glob.has_magic(name)
        or any(s in name for s in _SEPARATORS)
        or camera_index(name) is not None
        or name.startswith((PREFIX, "~"))
        or PurePath(name).suffix != ""
    )
    return str(camera.index) if means_else or len(twins) > 1 else name


def camera_of(spec: str, cameras: Sequence[CameraDescription]) -> CameraDescription | None:
    """The camera that a spec opens, None when it is none of these."""
    index = camera_index(spec)
    if index is not None:
        return next((c for c in cameras if c.index == index), None)
    fitting = [c for c in cameras if c.name.casefold() == spec.strip().casefold()]
    return match_camera(spec, fitting) if len(fitting) == 1 else None


def memory_key(spec: str, cameras: Sequence[CameraDescription]) -> str:
    """Under which name it is remembered how a source is shown: no credentials, and a camera by what it is."""
    camera = camera_of(spec, cameras)
    if camera is None:
        return source_id(spec)
    product = f"{camera.vendor_id or 0:04x}:{camera.product_id or 0:04x}"
    return f"camera {camera.name} {product}"


def title_of(spec: str, cameras: Sequence[CameraDescription] = ()) -> str:
    """A short name for the list and the button: of a camera its name, of a file its own, of a stream its host.

    >>> title_of("/films/one.mp4"), title_of("rtsp://me:pw@10.0.0.7:554/live")
    ('one.mp4', '10.0.0.7/live')
    """
    camera = camera_of(spec, cameras)
    if camera is not None:
        return camera.name
    shown = source_id(spec)
    if scheme_of(spec) is not None:
        try:
            parts = urlsplit(shown)
        except ValueError:
            return shown
        return f"{parts.hostname or ''}{parts.path.rstrip('/')}" or shown
    if spec.startswith(PREFIX):
        return spec.removeprefix(PREFIX)
    return PurePath(shown).name or shown


@dataclass(frozen=True, slots=True)
class Address:
    """A stream's address as the user gave it, and what is wrong with it.

    Attributes:
        url: what opens it, with credentials.
        problem: `scheme`, `host`, `hidden` when a part that was hidden has not been given again, or "".
    """

    url: str
    problem: str = ""


def make_address(text: str, user: str = "", password: str = "") -> Address:
    """An address with its credentials put where they belong.

    >>> make_address("rtsp://10.0.0.7/live", "me", "p@ss")
    Address(url='rtsp://me:p%40ss@10.0.0.7/live', problem='')
    >>> make_address("ftp://10.0.0.7").problem, make_address("rtsp:///live").problem
    ('scheme', 'host')
    """
    text = text.strip()
    scheme = scheme_of(text)
    if scheme not in STREAM_SCHEMES:
        return Address(text, "scheme")
    start, rest = text.split("://", 1)
    if user or password:
        rest = rest.removeprefix(f"{REDACTED}@")
        login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
        rest = f"{login}@{rest}"
    url = f"{start}://{rest}"
    if REDACTED in url:
        return Address(url, "hidden")
    try:
        has_host = bool(urlsplit(url).hostname) or scheme == "udp"
    except ValueError:
        has_host = False
    return Address(url, "" if has_host else "host")


def without_login(shown: str) -> tuple[str, bool]:
    """A shown address without the mark of hidden credentials, and whether it had one.

    >>> without_login("rtsp://***@10.0.0.7/live")
    ('rtsp://10.0.0.7/live', True)
    """
    start, separator, rest = shown.partition("://")
    mark = f"{REDACTED}@"
    if separator and rest.startswith(mark):
        return f"{start}://{rest.removeprefix(mark)}", True
    return shown, False


def clock(seconds: float) -> str:
    """A time in a clip, down to the tenth of a second.

    >>> clock(3.26), clock(75.0), clock(3725.4)
    ('0:03.2', '1:15.0', '1:02:05.4')
    """
    if not math.isfinite(seconds) or seconds < 0:
        seconds = 0.0
    tenths = int(seconds * 10 + 1e-6)
    whole, tenth = divmod(tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    head = f"{hours}:{minute:02}" if hours else f"{minute}"
    return f"{head}:{second:02}.{tenth}"
