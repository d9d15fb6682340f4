"""One window a user: a second start hands over what it was asked for, and brings the first to the front."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from vision_app.documents import DocumentError, parse_json
from vision_app.errors import VisionError
from vision_app.gui.private_folder import NotOursError, fits_a_socket, is_ours, private_folder
from vision_app.showing import shown

_ANSWER_WITHIN_MS = 3000
_MOST_BYTES = 1 << 16
_TAKEN = b"taken\n"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a start was asked for.

    Attributes:
        source: what to open; None to leave it to the window.
        models: what to run; empty to leave it to the window.
    """

    source: str | None = None
    models: tuple[str, ...] = ()


class Instance(QObject):
    """Knows whether this is the first start, and hears of later ones."""

    asked = Signal(object)
    """A `Wish` of a later start."""

    def __init__(self, settings_path: Path, parent: QObject | None = None) -> None:
        """Look whether there is another one with these settings.

        Args:
            settings_path: file of the settings, which tells apart who may run beside each other.
            parent: Qt's owner of this object.
        """
        super().__init__(parent)
        mark = hashlib.sha256(os.fsencode(settings_path.absolute())).hexdigest()[:12]
        self.trouble = ""
        self._name = f"vision_app-{mark}"
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None
        self._heard: dict[QLocalSocket, bytes] = {}
        self._prepare(mark)

    def _prepare(self, mark: str) -> None:
        """The lock and the name of the socket, in a folder of this user alone."""
        folder = Path(tempfile.gettempdir())  # on Windows the user's own
        if sys.platform != "win32":
            try:
                folder = private_folder()
            except NotOursError as error:
                self._alone(str(error))
                return
            self._name = str(folder / f"desktop-{mark}")
            if not fits_a_socket(Path(self._name)):
                self._alone(f"{folder}: the name is too long")
                return
        self._lock = QLockFile(str(folder / f"desktop-{mark}.lock"))
        self._lock.setStaleLockTime(0)  # only the lock of a process that is gone is stale

    def _alone(self, why: str) -> None:
        """No later start will find this one, and that is said."""
        self.trouble = self.tr(
            "A second start cannot be handed over to this window and opens one of its own: {why}"
        ).format(why=shown(why))

    def is_first(self) -> bool:
        """Become the first, or learn that there is one already. A lock that a crash left behind is taken over.

        What keeps this one from being found by later ones is in `trouble`; it is the first all the same.
        """
        if self._lock is None:
            return True
        if not self._lock.tryLock(0):
            if self._lock.error() == QLockFile.LockError.LockFailedError:
                return False
            self._alone(f"{Path(self._name).parent}: a file cannot be written there")
            self._lock = None
            return True
        QLocalServer.removeServer(self._name)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._connected)
        if not self._server.listen(self._name):
            self._alone(f"{self._name}: {self._server.errorString()}")
        return True

    def hand_over(self, wish: Wish) -> bool:
        """Tell the first one what this start was asked for.

        Returns:
            Whether it was told. Where somebody else answers in its place nothing is told, `trouble` says so, and
            this start has to open a window of its own.

        Raises:
            VisionError: it does not answer.
        """
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        answered = False
        if socket.waitForConnected(_ANSWER_WITHIN_MS):
            if not is_ours(int(socket.socketDescriptor())):
                socket.abort()
                self._alone(f"{self._name} belongs to somebody else")
                return False
            words = {"source": wish.source, "models": list(wish.models)}
            socket.write(json.dumps(words).encode() + b"\n")
            answered = socket.waitForReadyRead(_ANSWER_WITHIN_MS)
        socket.disconnectFromServer()
        if not answered:
            raise VisionError(
                "vision-app is running already but does not answer; end that process, then start again"
            )
        return True

    def close(self) -> None:
        """Let another one be the first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._lock is not None:
            self._lock.unlock()

    def _connected(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            if not is_ours(int(socket.socketDescriptor())):
                socket.abort()
                socket.deleteLater()
                continue
            self._heard[socket] = b""
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            socket.disconnected.connect(lambda socket=socket: self._forget(socket))
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket not in self._heard:
            return
        self._heard[socket] += socket.readAll().data()
        words = self._heard[socket]
        if len(words) > _MOST_BYTES:
            socket.abort()
        elif words.endswith(b"\n"):
            self._heard[socket] = b""
            socket.write(_TAKEN)
            socket.flush()
            wish = parse_wish(words)
            if wish is not None:
                self.asked.emit(wish)

    def _forget(self, socket: QLocalSocket) -> None:
        if self._heard.pop(socket, None) is not None:
            socket.deleteLater()


def parse_wish(words: bytes) -> Wish | None:
    """The wish in a message; None when it is not one."""
    try:
        data = parse_json(words, "a later start", _MOST_BYTES)
    except DocumentError:
        return None
    if not isinstance(data, dict):
        return None
    source, models = data.get("source"), data.get("models", [])
    fine = (source is None or isinstance(source, str)) and _are_texts(models)
    return Wish(source, tuple(models)) if fine else None


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, str) for v in value)
    )
