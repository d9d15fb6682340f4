"""Folders of a few files that appear whole or not at all, and never over something else unasked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from vision_app.bundles.recipe import BundleError
from vision_app.errors import disk_reason


def check_target(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that is taken, before anything is made.

    Raises:
        BundleError: something is there.
    """
    if not os.path.lexists(folder):
        return
    if not folder.is_dir():
        raise BundleError("{folder} is no folder; choose another name for the export", folder=folder)
    if not overwrite and any(folder.iterdir()):
        raise BundleError(
            "{folder} is there and not empty; choose another place, or allow it to be overwritten",
            folder=folder,
        )


def write_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write a folder; of one that is there, the files of these names are replaced and others are left alone.

    Args:
        folder: where.
        files: name and content of each file.
        overwrite: whether there may be such a folder already.

    Raises:
        BundleError: something is there, or the disk is full. Then nothing has changed.
    """
    check_target(folder, overwrite=overwrite)
    part = folder.with_name(f".{folder.name}.part-{os.getpid()}")
    try:
        part.mkdir(parents=True)
        for name, data in files.items():
            (part / name).write_bytes(data)
        if folder.is_dir():
            for name in files:
                (part / name).replace(folder / name)
        else:
            part.rename(folder)
    except OSError as error:
        raise BundleError(
            "{folder} cannot be written: {reason}", folder=folder, reason=disk_reason(error)
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
