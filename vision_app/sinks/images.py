"""Annotated pictures for sources that are pictures."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision_app.errors import SinkError
from vision_app.results.maps import ClassMap
from vision_app.results.values import Frame, ImageU8, Packet
from vision_app.sinks.atomic import PartFile, is_same_file, unwritable
from vision_app.sources.base import SourceInfo

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
ALPHA_SUFFIXES = frozenset({".png", ".webp", ".tif", ".tiff"})
_FALLBACK_SUFFIX = ".png"
_WILDCARD = re.compile(r"[*?\[]")


class ImagesSink:
    """Writes each annotated picture into a folder, in the folders and the format that it came in.

    A picture in a format that is not written here, or that cannot hold what is to be transparent, becomes PNG; a
    frame that is no file is named by its
    index. Names that would collide get `-2`, `-3`, … A picture that is read is never written over.

    Args:
        target: a folder, which must be new or empty, or the name of one picture.
        overwrite: whether files that are there may be replaced.
    """

    wants_annotated = True

    def __init__(self, target: str | Path, *, overwrite: bool = False) -> None:
        self._target = Path(target)
        self._overwrite = overwrite
        self._one_file = self._target.suffix.lower() in IMAGE_SUFFIXES and not self._target.is_dir()
        self._root: Path | None = None
        self._is_below_root = False
        self._made_folder = False
        self._written: set[str] = set()
        self._outputs: tuple[Path, ...] | None = None

    @property
    def name(self) -> str:
        """The folder or file."""
        return str(self._target)

    def open(self, info: SourceInfo) -> None:
        """Make the folder.

        Raises:
            SinkError: it cannot be written, or is not empty and may not be written over.
        """
        self._root = _root_of(info.source_id)
        if self._one_file:
            PartFile(self._target, overwrite=self._overwrite, source_id=info.source_id).discard()
            return
        try:
            self._made_folder = not self._target.exists()
            self._target.mkdir(parents=True, exist_ok=True)
            has_content = next(self._target.iterdir(), None) is not None
        except OSError as error:
            raise unwritable(self._target, error) from error
        if has_content and not self._overwrite:
            raise SinkError(
                "{target} is not empty; choose another folder, or allow overwriting", target=self._target
            )
        if not os.access(self._target, os.W_OK | os.X_OK):
            raise SinkError(
                "{target} cannot be written: no permission; choose another folder", target=self._target
            )
        self._is_below_root = self._root is not None and _is_below(self._target, self._root)

    def write(self, packet: Packet) -> None:
        """Write one picture.

        Raises:
            SinkError: it cannot be written, or would replace a picture that is read.
        """
        if packet.annotated is None:
            raise ValueError("an images sink needs the annotated image")
        final = self._target if self._one_file else self._free_name(packet.frame)
        if self._one_file and self._written:
            raise SinkError(
                "{final} holds one picture, but the source gives more; give a folder to write", final=final
            )
        self._refuse_input(final, packet.frame)
        see_through = cut_out_of(packet)
        if see_through is not None and final.suffix.lower() not in ALPHA_SUFFIXES:
            if self._one_file:
                allowed = ", ".join(sorted(ALPHA_SUFFIXES))
                raise SinkError(
                    "{final} cannot hold a transparent background; name a file that can: {allowed}",
                    final=final,
                    allowed=allowed,
                )
            final = self._free_name(packet.frame, _FALLBACK_SUFFIX)
        data = _encoded(packet.annotated if see_through is None else see_through, final)
        part = PartFile(final, overwrite=self._overwrite)
        try:
            part.path.write_bytes(data)
            part.commit()
        except OSError as error:
            raise unwritable(final, error) from error
        finally:
            part.discard()
        self._written.add(str(final).casefold())

    def _free_name(self, frame: Frame, suffix: str = "") -> Path:
        wanted = self._target / self._relative_name(frame)
        if suffix or wanted.suffix.lower() not in IMAGE_SUFFIXES:
            wanted = wanted.with_suffix(suffix or _FALLBACK_SUFFIX)
        name, number = wanted, 1
        while str(name).casefold() in self._written:
            number += 1
            name = wanted.with_stem(f"{wanted.stem}-{number}")
        return name

    def _relative_name(self, frame: Frame) -> Path:
        if frame.file is None:
            return Path(f"{frame.index:06d}{_FALLBACK_SUFFIX}")
        file = Path(frame.file).absolute()
        if self._root is not None and file.is_relative_to(self._root):
            return file.relative_to(self._root)
        return Path(file.name)

    def _refuse_input(self, final: Path, frame: Frame) -> None:
        # A picture below the source's folder that is already there may be one that is yet to be read.
        may_be_read_later = (
            not self._one_file
            and not self._is_below_root
            and self._root is not None
            and final.exists()
            and frame.file is not None
            and _is_below(final, self._root)
            and str(final).casefold() not in self._written
        )
        if may_be_read_later or (frame.file is not None and is_same_file(final, frame.file)):
            raise SinkError("{final} is an input; choose another folder for the output", final=final)

    def close(self) -> tuple[Path, ...]:
        """Say where the pictures are; an empty folder that was made here goes."""
        if self._outputs is None:
            self._outputs = (self._target,) if self._written else ()
            if self._made_folder and not self._written:
                with suppress(OSError):
                    self._target.rmdir()
        return self._outputs


def cut_out_of(packet: Packet) -> NDArray[np.uint8] | None:
    """(H, W, 4) uint8 BGRA: the frame without what is to be transparent; None where nothing is."""
    for result in packet.results:
        if isinstance(result, ClassMap) and result.behind is not None and result.behind.kind == "transparent":
            share = result.foreground_on(packet.frame.size_wh)
            alpha = np.rint(share * 255).astype(np.uint8)
            return np.asarray(cv2.merge([*cv2.split(packet.frame.image), alpha]), np.uint8)
    return None


def write_picture(final: Path, image: ImageU8, *, overwrite: bool) -> Path:
    """Write one picture in one step; its name tells the format.

    Raises:
        SinkError: it is there already, or cannot be written.
    """
    part = PartFile(final, overwrite=overwrite)
    try:
        part.path.write_bytes(_encoded(image, final))
        return part.commit()
    except OSError as error:
        raise unwritable(final, error) from error
    finally:
        part.discard()


def _encoded(image: NDArray[np.uint8], final: Path) -> bytes:
    try:
        done, data = cv2.imencode(final.suffix, image)
    except cv2.error:
        done = False
    if not done:
        height, width = image.shape[:2]
        raise SinkError(
            "{final}: a {width} x {height} picture cannot be stored in this format; try .png",
            final=final,
            width=width,
            height=height,
        )
    return data.tobytes()


def _root_of(source_id: str) -> Path | None:
    """The folder that all pictures of a folder, glob or file lie in; None where that cannot be told."""
    path = Path(source_id).absolute()
    if path.is_dir():
        return path
    if path.is_file():
        return path.parent
    plain: list[str] = []
    for part in path.parts:
        if _WILDCARD.search(part):
            return Path(*plain)
        plain.append(part)
    return None


def _is_below(path: Path, folder: Path) -> bool:
    real, real_folder = path.resolve(), folder.resolve()
    return real != real_folder and real.is_relative_to(real_folder)
