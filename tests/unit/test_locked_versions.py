"""The lock file and the lowest versions are those of pyproject.toml; when this fails, run tools/lock.sh."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKED, LOWEST = ROOT / "requirements" / "locked.txt", ROOT / "requirements" / "lowest.txt"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def declared(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = project["dependencies"] + [t for e in extras for t in project["optional-dependencies"][e]]
    return [Requirement(text) for text in texts]


def pins(path: Path) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for name, version in _PIN.findall(path.read_text(encoding="utf-8")):
        found.setdefault(name.lower(), []).append(Version(version))
    return found


@pytest.mark.parametrize("path", [LOCKED, LOWEST], ids=lambda p: p.name)
def test_everything_that_is_declared_is_pinned_as_it_is_declared(path: Path) -> None:
    known = pins(path)
    for wanted in declared("cpu", "gui", "test", *(["plot", "dev"] if path == LOCKED else [])):
        versions = known.get(wanted.name.lower())
        assert versions, f"{wanted} is not in {path.name}: run tools/lock.sh"
        assert all(v in wanted.specifier for v in versions), f"{wanted} has other pins: run tools/lock.sh"


def test_the_lowest_versions_are_the_declared_ones() -> None:
    known = pins(LOWEST)
    for wanted in declared("cpu", "gui", "test"):
        lowest = next(Version(s.version) for s in wanted.specifier if s.operator == ">=")
        came = known[wanted.name.lower()][0]
        assert came.release[: len(lowest.release)] == lowest.release, f"{wanted}: {came} is tested"


def test_every_locked_package_has_hashes_and_no_address() -> None:
    text = LOCKED.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z])", text)[1:]
    assert len(blocks) > 40
    assert all("--hash=sha256:" in block for block in blocks)
    for path in (LOCKED, LOWEST):
        assert "://" not in path.read_text(encoding="utf-8")
