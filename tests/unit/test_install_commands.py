"""What the documents tell to type can be had: the package is on no index, so it is named with a place."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

import vision_app

ROOT = Path(vision_app.__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").glob("*.md")))
_BARE = re.compile(
    r"^\s*(?:\S*/)?(?:pip|uv tool|pipx)\s+install\s+[^\n&]*?['\"]?vision-app(?:\[[^\]]*\])?['\"]?\s*(?:#|$)"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_block_of_commands_installs_it_by_name_alone(page: Path) -> None:
    blocks = re.findall(
        r"```(?:sh|bash|powershell|bat)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
    )
    assert [line for block in blocks for line in block.splitlines() if _BARE.match(line)] == []


def test_the_page_says_where_it_comes_from() -> None:
    text = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    assert "not on the Python package index" in text
    for shell in ("```sh", "```powershell", "```bat"):
        assert shell in text


def test_a_release_is_made_and_installed_as_the_page_says() -> None:
    text = (ROOT / "docs" / "installing.md").read_text(encoding="utf-8")
    for tool in ("pip", "pipx", "uv tool"):
        assert f"\n{tool} install 'vision-app[cpu,gui] @ file:///" in text
    script = ROOT / "tools" / "release.sh"
    assert "tools/release.sh" in text
    assert os.access(script, os.X_OK)
    done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_index_would_take_its_name_for_another() -> None:
    """Source: `ultranormalize_name` of pypi/warehouse: without separators, l and i as 1, o as 0."""

    def seen_by_index(name: str) -> str:
        return re.sub("[li]", "1", re.sub(r"[._-]", "", name.lower())).replace("o", "0")

    assert seen_by_index("vision-app") == seen_by_index("visionapp")
