"""Taking a model elsewhere, from its name to files in a folder."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from vision_app.bundles.recipe import A_PAGE, A_SCRIPT, BundleError, card_and_session, recipe_of, stem_of
from vision_app.bundles.script import script_text
from vision_app.bundles.station import kiosk_text
from vision_app.bundles.writing import check_target, write_folder
from vision_app.cards.card import ModelCard, card_as_json
from vision_app.cards.lookup import ModelFile
from vision_app.errors import disk_reason
from vision_app.graph import embed_card
from vision_app.paths import path_of

Target = Literal["onnx", "page", "python", "kiosk"]
"""The file with its card; a page for a browser; a Python script; a station of a kiosk."""
TARGETS: tuple[Target, ...] = get_args(Target)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was written.

    Attributes:
        name: the model.
        target: what it was taken as.
        folder: where.
        start: the file to open or to run first.
        files: names of all files.
        bytes: their size together.
    """

    name: str
    target: Target
    folder: Path
    start: Path
    files: tuple[str, ...]
    bytes: int

    def to_json(self) -> dict[str, Any]:
        """As the object that `models export --to --json` prints."""
        return {
            "name": self.name,
            "to": self.target,
            "folder": str(self.folder),
            "start": str(self.start),
            "files": list(self.files),
            "bytes": self.bytes,
        }


def usual_folder(name: str, target: Target) -> Path:
    """Where it goes unless another place is given: into the folder in which the program was started.

    >>> usual_folder("signs", "page").name
    'signs-page'
    """
    return Path(f"{name}-{target}")


def bundle(
    file: ModelFile,
    target: Target,
    folder: Path,
    *,
    overwrite: bool = False,
    runtime: Path | None = None,
    progress: Progress | None = None,
) -> Bundle:
    """Write a model in the form in which it runs elsewhere.

    Args:
        file: the model.
        target: what it is to become.
        folder: where; it appears once all of it is written.
        overwrite: whether files of the same names in it may be replaced.
        runtime: for a page: the npm package of ONNX Runtime Web, where it cannot be fetched.
        progress: told of the bytes that are fetched for the first page.

    Raises:
        BundleError: it cannot be run there, or the files cannot be written.
        ModelError: the model cannot be loaded.
        DownloadError: the runtime of a page cannot be had.
    """
    folder = path_of(folder)
    check_target(folder, overwrite=overwrite)
    card, _ = card_and_session(file)
    if target == "page":
        start, files = "index.html", _page(file, runtime, progress)
    else:
        weights = f"{card.name}.onnx"
        files = {weights: _with_card(file, card)}
        start = weights
        if target == "python":
            start = f"{stem_of(card.name)}.py"
            files[start] = script_text(recipe_of(file, A_SCRIPT), start, weights).encode()
        elif target == "kiosk":
            start = "kiosk.toml"
            files[start] = kiosk_text(card, weights).encode()
        else:
            files[f"{card.name}.json"] = card_as_json(card).encode()
    write_folder(folder, files, overwrite=overwrite)
    sizes = sum(len(data) for data in files.values())
    return Bundle(card.name, target, folder, folder / start, tuple(files), sizes)


def _page(file: ModelFile, runtime: Path | None, progress: Progress | None) -> dict[str, bytes]:
    from vision_app.bundles.page import (
        check_page,
        page_files,
    )  # late: it needs requests, a window at its start does not
    from vision_app.catalogue.web_runtime import web_runtime

    recipe = recipe_of(file, A_PAGE)
    check_page(recipe)
    return page_files(recipe, _read(file.path), web_runtime(runtime, progress))


def _with_card(file: ModelFile, card: ModelCard) -> bytes:
    """The model's file with its card inside, so that it needs nothing beside it."""
    card = dataclasses.replace(card, extra={k: v for k, v in card.extra.items() if k != "weights"})
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "model.onnx"
        embed_card(file.path, card, path)
        return _read(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError("{path} cannot be read: {reason}", path=path, reason=disk_reason(error)) from error
