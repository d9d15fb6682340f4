"""Embeddings kept on the disk: one file a model, only ever added to. It may be deleted at any time.

A record is a mark, a key, the numbers and a checksum, all of one length. What a kill or a full disk has cut off
is passed over, whatever follows it; a record that was changed is not used. Nothing that happens to this file
makes a training fail: then there is nothing kept, and the pictures go through the network again.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import threading
import zlib
from pathlib import Path

import numpy as np
import platformdirs

from vision_app.messages import Message
from vision_app.paths import path_of
from vision_app.results.values import FloatArray

CACHE_VARIABLE = "VISION_APP_CACHE"
LIMIT_BYTES = 512 * 1024 * 1024

_MAGIC = b"vision_app embeddings 1\n"
_MARK = b"\xf5EMB"
_KEY_BYTES = 32
_CHECKSUM_BYTES = 4


def default_folder() -> Path:
    """Where embeddings are kept: in the user's folder for caches, which an environment variable overrides."""
    override = os.environ.get(CACHE_VARIABLE)
    base = path_of(override) if override else platformdirs.user_cache_path("vision-app")
    return base / "embeddings"


class EmbeddingCache:
    """The kept embeddings of one model. Safe to use from many threads; several processes may add at once.

    Args:
        model_key: what the numbers depend on beside the sample: the model, its preprocessing, the recipe.
        width: how many numbers an embedding has.
        folder: where the file is; the default place when None.
        limit_bytes: all files of the folder together; the oldest embeddings of this model, then the files of
            other models that were not used for longest, give way.
    """

    def __init__(
        self, model_key: str, width: int, folder: Path | None = None, limit_bytes: int = LIMIT_BYTES
    ) -> None:
        self._folder = folder or default_folder()
        self._path = self._folder / f"{hashlib.sha256(model_key.encode()).hexdigest()[:32]}.bin"
        self._width = width
        self._header = _MAGIC + model_key.encode()[:1000].ljust(1000) + width.to_bytes(4, "little")
        self._record_bytes = len(_MARK) + _KEY_BYTES + 4 * width + _CHECKSUM_BYTES
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._offsets: dict[bytes, int] = {}
        self._map: mmap.mmap | None = None
        self._file: int | None = None
        self._usable = True
        try:
            self._open()
        except OSError:
            self._give_up()

    @property
    def usable(self) -> bool:
        """Whether new embeddings are kept; not after the disk has failed."""
        return self._usable

    def __len__(self) -> int:
        return len(self._offsets)

    def get(self, key: str) -> FloatArray | None:
        """A kept embedding, (width,) float32; None when there is none."""
        with self._lock:
            offset = self._offsets.get(_digest(key))
            if offset is None:
                return None
            try:
                record = self._read(offset)
            except (OSError, ValueError):
                return None
            if not _is_whole(record):
                del self._offsets[_digest(key)]
                return None
            start = len(_MARK) + _KEY_BYTES
            return np.frombuffer(record, np.float32, self._width, start).copy()

    def put(self, key: str, embedding: FloatArray) -> None:
        """Keep one embedding, (width,) float32. A disk that fails ends the keeping, and says nothing."""
        if embedding.shape != (self._width,):
            raise ValueError(f"expected ({self._width},) numbers, got {embedding.shape}")
        digest = _digest(key)
        body = _MARK + digest + np.ascontiguousarray(embedding, np.float32).tobytes()
        record = body + zlib.crc32(body).to_bytes(_CHECKSUM_BYTES, "little")
        with self._lock:
            if not self._usable or self._file is None or digest in self._offsets:
                return
            try:
                offset = os.lseek(self._file, 0, os.SEEK_END)
                if offset + len(record) > self._limit:
                    self._usable = False  # the next start makes room
                    return
                if os.write(self._file, record) != len(record):
                    self._give_up()  # what was cut off is passed over
                    return
                # another process may have written in between: where this record ends is known only now
                end = os.lseek(self._file, 0, os.SEEK_CUR)
                self._offsets[digest] = end - len(record)
            except OSError:
                self._give_up()

    def close(self) -> None:
        """Release the file. Nothing is kept afterwards."""
        with self._lock:
            self._give_up()

    def _give_up(self) -> None:
        self._usable = False
        self._offsets = {}
        if self._map is not None:
            self._map.close()
            self._map = None
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        self._make_room()
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(self._path, flags, 0o644)
        size = os.fstat(self._file).st_size
        if size < len(self._header) or _read_at(self._file, len(self._header), 0) != self._header:
            os.ftruncate(self._file, 0)
            if os.write(self._file, self._header) != len(self._header):
                raise OSError(Message("the disk is full"))
            return
        os.utime(self._path)
        if size > len(self._header):
            self._map = mmap.mmap(self._file, size, access=mmap.ACCESS_READ)
            self._offsets = self._index(self._map)

    def _index(self, content: mmap.mmap) -> dict[bytes, int]:
        """Where the record of each key begins. Checksums are looked at only when a record is read."""
        start, step = len(self._header), self._record_bytes
        count, torn = divmod(len(content) - start, step)
        if torn:
            return self._index_by_marks(content)
        table = np.frombuffer(content, np.uint8, count * step, start).reshape(count, step)
        marks_fit = bool((table[:, : len(_MARK)] == np.frombuffer(_MARK, np.uint8)).all())
        keys = table[:, len(_MARK) : len(_MARK) + _KEY_BYTES].tobytes()
        del table  # it holds the mapping
        if marks_fit:
            return {keys[i * _KEY_BYTES : (i + 1) * _KEY_BYTES]: start + i * step for i in range(count)}
        return self._index_by_marks(content)

    def _index_by_marks(self, content: mmap.mmap) -> dict[bytes, int]:
        """The same where something was cut off within: each whole record is found by its mark and checksum."""
        found: dict[bytes, int] = {}
        position = content.find(_MARK, len(self._header))
        while 0 <= position <= len(content) - self._record_bytes:
            record = content[position : position + self._record_bytes]
            if _is_whole(record):
                found[record[len(_MARK) : len(_MARK) + _KEY_BYTES]] = position
                position = content.find(_MARK, position + self._record_bytes)
            else:
                position = content.find(_MARK, position + 1)
        return found

    def _read(self, offset: int) -> bytes:
        if self._map is not None and offset + self._record_bytes <= len(self._map):
            return self._map[offset : offset + self._record_bytes]
        if self._file is None:
            raise ValueError("closed")
        return _read_at(self._file, self._record_bytes, offset)

    def _make_room(self) -> None:
        """Halve this model's file when it is full, and delete the files that were not used for longest."""
        if self._path.exists() and self._path.stat().st_size + self._record_bytes > self._limit:
            self._keep_newest_half()
        others = [(p.stat(), p) for p in self._folder.glob("*.bin") if p != self._path]
        own = self._path.stat().st_size if self._path.exists() else 0
        total = own + sum(facts.st_size for facts, _ in others)
        for facts, path in sorted(others, key=lambda item: item[0].st_mtime):
            if total <= self._limit:
                break
            path.unlink(missing_ok=True)
            total -= facts.st_size

    def _keep_newest_half(self) -> None:
        part = self._path.with_suffix(f".{os.getpid()}.part")
        room = max(0, self._limit // 2 - len(self._header)) // self._record_bytes * self._record_bytes
        try:
            with self._path.open("rb") as old, part.open("wb") as new:
                new.write(old.read(len(self._header)))
                size = old.seek(0, os.SEEK_END)
                old.seek(max(len(self._header), size - room))
                while block := old.read(1 << 20):
                    new.write(block)
            part.replace(self._path)
        finally:
            part.unlink(missing_ok=True)


def _read_at(file: int, count: int, offset: int) -> bytes:
    os.lseek(file, offset, os.SEEK_SET)  # what is written goes to the end all the same
    return os.read(file, count)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _is_whole(record: bytes) -> bool:
    body, checksum = record[:-_CHECKSUM_BYTES], record[-_CHECKSUM_BYTES:]
    return record.startswith(_MARK) and zlib.crc32(body).to_bytes(_CHECKSUM_BYTES, "little") == checksum
