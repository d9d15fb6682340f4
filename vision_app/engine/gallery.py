"""Known pictures that a vector is compared with: a folder of them, one folder or one picture a name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vision_app.engine.predictors import LoadedModel
from vision_app.errors import ConfigError
from vision_app.pictures.reading import UnreadableError, decode, read_file
from vision_app.results.maps import Embedding
from vision_app.results.values import FloatArray
from vision_app.sources.images import is_image_name

_MOST = 10_000


def pictures_by_name(folder: Path) -> list[tuple[str, Path]]:
    """The pictures of a folder with their names: of the folder that each lies in, else of the file.

    Raises:
        ConfigError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise ConfigError("nearest-to must be a folder of pictures, there is none at {folder}", folder=folder)
    named = [(p.stem, p) for p in sorted(folder.iterdir()) if p.is_file() and is_image_name(p)]
    for inner in sorted(p for p in folder.iterdir() if p.is_dir()):
        named += [(inner.name, p) for p in sorted(inner.iterdir()) if p.is_file() and is_image_name(p)]
    if not 1 <= len(named) <= _MOST:
        raise ConfigError(
            "nearest-to {folder}: expected 1 to {most} pictures, found {count}",
            folder=folder,
            most=_MOST,
            count=len(named),
        )
    return named


def gallery(model: LoadedModel, folder: Path) -> tuple[tuple[str, ...], FloatArray]:
    """Names and vectors of the pictures of a folder.

    Args:
        model: a model to embed.
        folder: one folder a name, or one picture a name.

    Raises:
        ConfigError: a picture cannot be read, or there is none.
    """
    names, vectors = [], []
    for name, path in pictures_by_name(folder):
        try:
            image = decode(read_file(path)).image
        except UnreadableError as error:
            raise ConfigError("nearest-to {path}: {error}", path=path, error=error) from None
        result, _ = model.predict(image)
        assert isinstance(result, Embedding)
        names.append(name)
        vectors.append(result.vector)
    return tuple(names), np.stack(vectors)
