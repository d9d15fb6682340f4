"""A file is the old one or the new one, whatever happens in between."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from vision_app.replacing import replace_text


def test_a_file_is_made_and_replaced_with_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.json"
    replace_text(path, "하나\r\n")
    assert path.read_bytes() == "하나\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    replace_text(path, "two", 0o644)
    assert path.read_text(encoding="utf-8") == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "precious", tmp_path / "settings.json"
    target.write_text("precious")
    link.symlink_to(target)
    replace_text(link, "new")
    assert target.read_text() == "precious"
    assert not link.is_symlink()
