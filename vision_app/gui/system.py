"""What a window needs of the system, looked at before Qt does: Qt would end the program with no word of help.

Imports no Qt: without these libraries even that fails.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from vision_app.errors import VisionError

Load = Callable[[str], object]

_FOR_QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libbrotlidec.so.1": "libbrotli1",
}
_FOR_X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
"""Library that Qt's own are linked against, to the Debian package that has it.

Source: `readelf -d` of PySide6 6.12's libQt6Core, Gui, Widgets, Network, DBus, XcbQpa and of its plugin for X11.
"""


def check_system(environment: Mapping[str, str] = os.environ, load: Load = ctypes.CDLL) -> None:
    """See that Qt can be loaded and a window be shown.

    Args:
        environment: variables of the process.
        load: loads a library by its name, or raises OSError.

    Raises:
        VisionError: PySide6, a library or the display is missing; the line says what to install or set.
    """
    if importlib.util.find_spec("PySide6") is None:
        raise VisionError("the desktop needs PySide6: pip install 'vision-app[gui]'")
    if not sys.platform.startswith("linux"):
        return
    platform = environment.get("QT_QPA_PLATFORM", "").split(":")[0].split(";")[0]
    on_x11 = platform == "xcb" or (not platform and bool(environment.get("DISPLAY")))
    _check_libraries(_FOR_QT | (_FOR_X11 if on_x11 else {}), load)
    if on_x11:
        _check_x11(environment.get("DISPLAY", ""), load)
    elif not platform and not environment.get("WAYLAND_DISPLAY"):
        raise VisionError(
            "the desktop needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set; "
            "without one use: vision-app --source S"
        )


def _check_libraries(packages: Mapping[str, str], load: Load) -> None:
    missing = [library for library in packages if not _loads(library, load)]
    if missing:
        needed = " ".join(sorted({packages[library] for library in missing}))
        raise VisionError(
            "the desktop needs system libraries that are missing ({missing}); on Debian and Ubuntu: "
            "sudo apt install {needed}",
            missing=", ".join(missing),
            needed=needed,
        )


def _loads(library: str, load: Load) -> bool:
    try:
        load(library)
    except OSError:
        return False
    return True


def _check_x11(display: str, load: Load) -> None:
    plugin = _xcb_plugin()
    if plugin is not None:
        try:
            load(str(plugin))
        except OSError as error:
            raise VisionError(
                "Qt's part for X11 cannot be loaded: {error}; install the package with that library",
                error=error,
            ) from None
    if not _answers(load):
        raise VisionError(
            "the screen {display!r} (DISPLAY) does not answer; start it or set DISPLAY, or without a "
            "screen use: vision-app --source S",
            display=display,
        )


def _xcb_plugin() -> Path | None:
    found = importlib.util.find_spec("PySide6")
    if found is None or found.origin is None:
        return None
    plugin = Path(found.origin).parent / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    return plugin if plugin.is_file() else None


def _answers(load: Load) -> bool:
    """Whether the X server takes a connection; asked of libxcb itself, as Qt will."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1") if load is ctypes.CDLL else load("libxcb.so.1")
    except OSError:
        return True  # Qt brings what it needs, or says so
    connect = getattr(xcb, "xcb_connect", None)
    if connect is None:
        return True
    connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(connect(None, None))
    has_error = bool(xcb.xcb_connection_has_error(connection))  # type: ignore[attr-defined]
    xcb.xcb_disconnect(connection)  # type: ignore[attr-defined]
    return not has_error
