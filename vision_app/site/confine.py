"""What a site file may touch: files below its own folder, and the hosts that it names. It may be a stranger's."""

from __future__ import annotations

import dataclasses
import glob
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from vision_app.cards.lookup import card_paths, chain_paths
from vision_app.cards.versions import REFERENCE
from vision_app.engine.request import AskedModel
from vision_app.errors import ConfigError
from vision_app.sources.cameras import camera_index
from vision_app.sources.opening import plugin_openers
from vision_app.sources.synthetic import PREFIX as SYNTHETIC
from vision_app.sources.urls import endpoint, scheme_of, source_id

_WORD = re.compile(r"[A-Za-z]+|#[0-9A-Fa-f]{3,8}")
_HEAD_BYTES = 512


class Confinement:
    """The fence around a site.

    Args:
        folder: the site's own.
        trusted: the user has said that the file is his own: there is no fence.
    """

    def __init__(self, folder: Path, *, trusted: bool = False) -> None:
        self._folder, self.trusted = folder, trusted

    def path(self, name: str) -> Path:
        """A file or folder that a site file names, seen from its folder.

        Raises:
            ConfigError: it lies elsewhere, behind a link perhaps.
        """
        try:
            path = self._folder / Path(name).expanduser()
            resolved, home = path.resolve(), self._folder.resolve()
        except (OSError, RuntimeError, ValueError):
            raise ConfigError("'{name}' is no name of a file", name=name) from None
        if not self.trusted and not resolved.is_relative_to(home):
            raise ConfigError(
                "'{name}' lies outside the folder of the site, {folder}: a site file may name only what is below it. "
                "Copy it there, or say --trust if the site file is your own",
                name=name,
                folder=self._folder,
            )
        return path

    def source(self, spec: str) -> str:
        """What a stream may open.

        Args:
            spec: as the site file has it, secrets filled in.

        Returns:
            The same, with a path seen from the folder.

        Raises:
            ConfigError: it lies elsewhere, or could lead elsewhere.
        """
        scheme = scheme_of(spec)
        if scheme is None and (camera_index(spec) is not None or spec.startswith(SYNTHETIC)):
            return spec
        if not self.trusted and any(row.matches(spec) for row in plugin_openers()):
            raise ConfigError(
                "{source} is a source of a plug-in, which may read anything; say --trust if the site file is your own",
                source=source_id(spec),
            )
        if scheme is not None:
            return spec
        path = self.path(spec)
        if not self.trusted:
            for one in _files(path):
                self.path(str(one))
                _refuse_playlist(one)
        # a camera's name is no path; what is neither is told when it is opened
        return str(path) if path.exists() or "/" in spec or "\\" in spec or "*" in spec else spec

    def hosts(self, sources: Iterable[str], more: Iterable[str]) -> frozenset[str] | None:
        """The only hosts that streams may reach; None for any."""
        if self.trusted:
            return None
        named = [endpoint(spec) for spec in sources]
        return frozenset([at[0].lower() for at in named if at is not None] + [host.lower() for host in more])

    def model(self, asked: AskedModel) -> AskedModel:
        """A model that a stream may use: of the catalogue, or a file below the folder.

        Raises:
            ConfigError: it names something that lies elsewhere.
        """
        own: dict[str, Any] = dict(asked.own)
        if "classify_boxes" in own:
            own["classify_boxes"] = self._reference(own["classify_boxes"])
        if own.get("nearest_to") is not None:
            own["nearest_to"] = str(self.path(own["nearest_to"]))
        background = own.get("background")
        if background is not None and (
            (self._folder / background).exists() or not _WORD.fullmatch(background)
        ):
            own["background"] = str(self.path(background))
        return dataclasses.replace(asked, reference=self._reference(asked.reference), own=own)

    def _reference(self, reference: str) -> str:
        if reference in card_paths() or reference in chain_paths() or REFERENCE.fullmatch(reference):
            return reference
        path = self.path(reference)
        return str(path) if path.exists() or path.suffix else reference


def _files(path: Path) -> list[Path]:
    """The files that a source of this name would read."""
    if path.is_dir():
        return [one for one in path.iterdir() if one.is_file()]
    if path.is_file():
        return [path]
    # as the source itself does it, which takes a whole pattern and not a folder and a pattern
    found = map(Path, glob.glob(str(path), recursive=True))  # noqa: PTH207
    return [one for one in found if one.is_file()]


def _refuse_playlist(path: Path) -> None:
    """Refuse a text: playlists and descriptions of sessions name files and hosts that FFmpeg would open.

    Raises:
        ConfigError: it is one.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return
    printable = sum(32 <= byte < 127 or byte in b"\t\r\n" for byte in head.removeprefix(b"\xef\xbb\xbf"))
    if head and printable == len(head.removeprefix(b"\xef\xbb\xbf")):
        raise ConfigError(
            "'{name}' is a text, such as a playlist, which can name files and hosts elsewhere; say --trust if the site "
            "is your own",
            name=path.name,
        )
