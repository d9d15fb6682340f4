"""A folder of this user alone, for what two starts of the program say to each other; and who is at the other end."""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
import tempfile
from pathlib import Path

_FOLDER = "vision-app"
_LONGEST_SOCKET_PATH = 100
"""Source: unix(7): sun_path has 108 bytes on Linux, 104 on macOS; Qt first makes a name a little longer."""
_MAC_LOCAL_PEERCRED = 1


class NotOursError(Exception):
    """The folder cannot be used; the text says why."""


def private_folder() -> Path:
    """The folder, made if need be: nobody else can read, write or list it.

    Raises:
        NotOursError: somebody else has taken its name, or it cannot be made.
    """
    mine = Path(_FOLDER)
    try:
        base = _base()
        mine = base / _FOLDER if _is_private(base) else base / f"{_FOLDER}-{os.getuid()}"
        mine.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = mine.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise NotOursError(f"{mine} belongs to somebody else")
        if stat.S_IMODE(found.st_mode) != 0o700:
            mine.chmod(0o700)
    except OSError as error:
        raise NotOursError(f"{mine}: {error.strerror or error}") from None
    return mine


def fits_a_socket(path: Path) -> bool:
    """Whether a path is short enough to be the name of a socket."""
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH


def _base() -> Path:
    # Source: XDG Base Directory Specification; systemd makes /run/user/UID at the login
    said = os.environ.get("XDG_RUNTIME_DIR", "")
    for path in (Path(said or "/nowhere"), Path(f"/run/user/{os.getuid()}")):
        if path.is_absolute() and _is_private(path):
            return path
    return Path(tempfile.gettempdir())


def _is_private(path: Path) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not found.st_mode & 0o022
        and os.access(path, os.W_OK)
    )


def is_ours(descriptor: int) -> bool:
    """Whether the process at the other end of a local socket is this user's.

    Args:
        descriptor: of the socket; it stays open.
    """
    if sys.platform == "win32":
        return True  # the pipe's access list lets nobody else in
    try:
        with socket.socket(fileno=os.dup(descriptor)) as end:
            if sys.platform == "darwin":
                data = end.getsockopt(0, _MAC_LOCAL_PEERCRED, 76)  # struct xucred
                return bool(struct.unpack_from("=II", data)[1] == os.getuid())
            data = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            return bool(struct.unpack("3i", data)[1] == os.getuid())
    except (OSError, struct.error, AttributeError):
        return False
