"""What the documents tell to type can be had: the package is on no index, so it is named with a place."""

from __future__ import annotations

import re
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
