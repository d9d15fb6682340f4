"""Backup and restore of a site's folder: one zip with checksums, made while the site runs."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from vision_app.documents import DocumentError, parse_json
from vision_app.errors import ConfigError, disk_reason
from vision_app.site.events_file import FILE_NAME as EVENTS
from vision_app.site.media import FOLDER as MEDIA
from vision_app.site.media import PART
from vision_app.site.secrets import FILE_NAME as SECRETS

MANIFEST = "backup.json"
_FORMAT = "vision_app site backup"
_LEFT_OUT = ("log", ".site.lock", SECRETS, "secrets.env")
_CHUNK = 1 << 20
_MOST_FILES = 1_000_000
_MOST_BYTES = 1 << 42
_MOST_RATIO = 1000
_ALREADY_SMALL = (".jpg", ".mp4", ".onnx", ".png", ".zip")
_FAILURES = (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Copied:
    """What went into a backup, or came out of it.

    Attributes:
        files: how many files.
        bytes: their size.
    """

    files: int
    bytes: int


def backup(folder: Path, target: Path, *, media: bool = True) -> Copied:
    """Write a backup of a site's folder. The site may run: what it is writing now is in it up to its last whole line.

    Secrets and the log are left out.

    Args:
        folder: of the site.
        target: the zip; must not be there yet.
        media: whether pictures and clips of events are in it.

    Raises:
        ConfigError: something cannot be read or written; then there is no target.
    """
    if os.path.lexists(target):
        raise ConfigError("{path} exists; choose another name", path=target)
    part = target.with_name(target.name + ".part")
    digests: dict[str, str] = {}
    total = 0
    try:
        with zipfile.ZipFile(part, "x", zipfile.ZIP_DEFLATED) as archive:
            for path in _files(folder, media=media):
                if path.resolve() in (part.resolve(), target.resolve()):
                    continue
                name = path.relative_to(folder).as_posix()
                with suppress(FileNotFoundError):  # removed by the running site meanwhile
                    size, digests[name] = _copy_in(archive, path, name)
                    total += size
            manifest = {"format": _FORMAT, "version": 1, "sha256": digests}
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.rename(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ConfigError(
            "{path} cannot be written: {reason}", path=target, reason=disk_reason(error)
        ) from error
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    return Copied(len(digests), total)


def restore(archive_path: Path, folder: Path) -> Copied:
    """Make a site's folder of a backup. Nothing is there before all of it is, and all of it is checked.

    Args:
        archive_path: the zip.
        folder: must not be there yet, or be empty.

    Raises:
        ConfigError: it is no backup, is damaged, leads out of the folder, or the folder cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise ConfigError("{folder} is not empty; restore into a new folder", folder=folder)
    part = folder.with_name(folder.name + ".restore")
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise ConfigError(
            "{part} cannot be made: {reason}; it may be left from a restore that was killed",
            part=part,
            reason=disk_reason(error),
        ) from error
    try:
        copied = _unpack(archive_path, part)
        if folder.is_dir():
            folder.rmdir()
        part.rename(folder)
    except BaseException as error:
        _remove(part)
        if isinstance(error, OSError):
            raise ConfigError(
                "{folder} cannot be written: {reason}", folder=folder, reason=disk_reason(error)
            ) from error
        raise
    return copied


def _files(folder: Path, *, media: bool) -> Iterator[Path]:
    for root, names, files in os.walk(folder):
        at = Path(root)
        if at == folder:
            names[:] = [one for one in names if one not in _LEFT_OUT and (media or one != MEDIA)]
            files = [one for one in files if one not in _LEFT_OUT]  # noqa: PLW2901
        for name in sorted(files):
            path = at / name
            if not path.is_symlink() and path.is_file() and not name.endswith((".part", PART)):
                yield path


def _copy_in(archive: zipfile.ZipFile, path: Path, name: str) -> tuple[int, str]:
    """Copy one file; gives its size and checksum. Of a file of lines that grows, the whole ones."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        most = _whole_lines(file) if path.name == EVENTS else None
        info = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
        small = path.suffix.lower() in _ALREADY_SMALL
        info.compress_type = zipfile.ZIP_STORED if small else zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as into:
            while chunk := file.read(_CHUNK if most is None else min(_CHUNK, most - size)):
                digest.update(chunk)
                into.write(chunk)
                size += len(chunk)
    return size, digest.hexdigest()


def _whole_lines(file: IO[bytes]) -> int:
    """Bytes up to the last line end; the file is at its beginning again."""
    size = file.seek(0, os.SEEK_END)
    while size > 0:
        begin = max(0, size - _CHUNK)
        file.seek(begin)
        found = file.read(size - begin).rfind(b"\n")
        if found >= 0:
            size = begin + found + 1
            break
        size = begin
    file.seek(0)
    return size


def _unpack(archive_path: Path, into: Path) -> Copied:
    try:
        with zipfile.ZipFile(archive_path) as archive:
            digests = _manifest(archive, archive_path)
            infos = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            _check(infos, digests, archive_path)
            total = 0
            for name, expected in digests.items():
                total += _copy_out(archive, infos[name], into / name, expected, archive_path)
            return Copied(len(digests), total)
    except FileNotFoundError:
        raise ConfigError("no such backup: {path}", path=archive_path) from None
    except _FAILURES as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ConfigError("{path} is damaged, or no backup of a site", path=archive_path) from error


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    try:
        info = archive.getinfo(MANIFEST)
        data = parse_json(archive.read(info), MANIFEST, 1 << 28) if info.file_size < 1 << 28 else None
    except (KeyError, DocumentError):
        data = None
    digests = data.get("sha256") if isinstance(data, dict) and data.get("format") == _FORMAT else None
    if not isinstance(digests, dict) or not all(isinstance(value, str) for value in digests.values()):
        raise ConfigError("{path} is no backup of a site: it has no {name}", path=path, name=MANIFEST)
    return digests


def _check(infos: dict[str, zipfile.ZipInfo], digests: dict[str, str], path: Path) -> None:
    """Refuse what leads elsewhere, is no plain file, or would fill the disk.

    Raises:
        ConfigError: there is such an entry.
    """
    if set(infos) != {*digests, MANIFEST} or len(digests) > _MOST_FILES:
        raise ConfigError("{path} is damaged: files are missing, or more than there should be", path=path)
    total = packed = 0
    for name, info in infos.items():
        parts = PurePosixPath(name).parts
        odd = (
            name.startswith("/")
            or "\\" in name
            or re.match(r"[A-Za-z]:", name)
            or any(part in ("..", ".") for part in parts)
            or not name.isprintable()
        )
        mode = info.external_attr >> 16
        if odd or stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise ConfigError("{path}: the entry '{name}' leads out of the folder", path=path, name=name)
        total, packed = total + info.file_size, packed + info.compress_size
    if total > _MOST_BYTES or total > _MOST_RATIO * max(packed, 1 << 16):
        raise ConfigError("{path} would unpack to {gb:.0f} GB", path=path, gb=total / 1e9)


def _copy_out(archive: zipfile.ZipFile, info: zipfile.ZipInfo, to: Path, expected: str, path: Path) -> int:
    to.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with archive.open(info) as file, to.open("xb") as into:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > info.file_size:
                raise zipfile.BadZipFile(info.filename)
            digest.update(chunk)
            into.write(chunk)
        into.flush()
        os.fsync(into.fileno())
    if digest.hexdigest() != expected:
        raise ConfigError("{path}: {name} is damaged; nothing was restored", path=path, name=info.filename)
    return size


def _remove(folder: Path) -> None:
    for root, names, files in os.walk(folder, topdown=False):
        for name in files:
            with suppress(OSError):
                (Path(root) / name).unlink()
        for name in names:
            with suppress(OSError):
                (Path(root) / name).rmdir()
    with suppress(OSError):
        folder.rmdir()
