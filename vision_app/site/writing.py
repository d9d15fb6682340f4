"""Writing site files: a first one, and rules that were drawn; what else stands in a file stays as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vision_app.documents import DocumentError, parse_toml, read_text
from vision_app.errors import ConfigError, disk_reason
from vision_app.kiosk.lines import key_lines
from vision_app.site.geometry import Point
from vision_app.site.plan import SitePlan
from vision_app.site.reading import load_site, parse_site

_HEADER = re.compile(r"\s*\[")
_LARGEST_FILE_BYTES = 1 << 20

_FIRST = """\
# A site: cameras and clips, what looks at them, what their events are, and who is told.
# vision-app site check {file}    vision-app site run {file}    docs/site.md

name = {name}
models = ["nanodet-g-int8"]   # for all streams that name none of their own

[media]                       # what rules keep that say snapshot = true or clip = true
before_s = 5
after_s = 5

[keep]                        # events, pictures and clips are removed after so long, or when there is more
days = 30
gigabytes = 10
"""

_STREAM = """
[[stream]]
name = {name}
source = {source}
"""

_RULES = """
# Where things are is said in shares of the picture: 0, 0 is its upper left corner, 1, 1 its lower right one.
# [[stream.rule]]
# kind = "line"
# name = "door"
# points = [[0.1, 0.6], [0.9, 0.6]]      # "in" is to the right of who walks from the first to the second point
# classes = ["person"]
#
# [[stream.rule]]
# kind = "zone"
# name = "till"
# points = [[0.3, 0.3], [0.7, 0.3], [0.7, 0.9], [0.3, 0.9]]
# classes = ["person"]
# dwell_s = 10
# snapshot = true
"""


def seen_from(path: Path, source: str) -> str:
    """How a site file names a source: a file below its folder as seen from there, another one with its whole path."""
    if "://" in source or not Path(source).exists():
        return source
    file, folder = Path(source).resolve(), path.absolute().parent.resolve()
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)


def first_file(path: Path, sources: Sequence[str]) -> str:
    """The text of a new site file.

    Args:
        path: where it will stand.
        sources: what its streams show, as seen from here; a synthetic picture when there are none.
    """
    from vision_app.site.reading import name_of

    shown = [seen_from(path, source) for source in sources] or ["synthetic:640x360@10"]
    streams = [
        _STREAM.format(name=_toml(f"stream {i}"), source=_toml(source)) for i, source in enumerate(shown, 1)
    ]
    return _FIRST.format(file=path.name, name=_toml(name_of(path))) + "".join(streams) + _RULES


def write_first(path: Path, sources: Sequence[str], *, overwrite: bool = False) -> None:
    """Write a new site file, and check it.

    Raises:
        ConfigError: it is there already, cannot be written, or a source cannot stand in it.
    """
    if not overwrite and os.path.lexists(path):
        raise ConfigError("{path} exists; choose another name, or --overwrite to replace it", path=path)
    text = first_file(path, sources)
    parse_site(parse_toml(text, str(path)), key_lines(text), path, trusted=True)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        raise ConfigError(
            "{path} cannot be written: {reason}", path=path, reason=disk_reason(error)
        ) from error


def add_rule(
    path: Path, stream: str, kind: str, name: str, points: Sequence[Point], *, trusted: bool
) -> SitePlan:
    """Add a line or zone that was drawn to a stream of a site file; all else in the file stays as it is.

    Args:
        path: the site file.
        stream: name of the stream.
        kind: `line` or `zone`.
        name: of the rule.
        points: its points, shares of the picture.
        trusted: as `load_site` has it.

    Returns:
        The site with the rule.

    Raises:
        ConfigError: the file with the rule would not be right; then it stays as it was.
    """
    shown = ", ".join(f"[{x:.4f}, {y:.4f}]" for x, y in points)
    rule = f"\n[[stream.rule]]\nkind = {_toml(kind)}\nname = {_toml(name)}\npoints = [{shown}]\n"
    lines, (_, end) = _block(path, stream, trusted=trusted)
    return _changed(path, [*lines[:end], *rule.splitlines(), *lines[end:]], trusted=trusted)


def remove_rule(path: Path, stream: str, name: str, *, trusted: bool) -> SitePlan:
    """Take a rule out of a site file.

    Raises:
        ConfigError: there is no such rule, or the file cannot be written.
    """
    lines, (begin, end) = _block(path, stream, trusted=trusted)
    plan = load_site(path, trusted=trusted)
    rules = next(one for one in plan.streams if one.name == stream).rules
    at = next((told.line for told in rules if told.rule.name == name), 0)
    if not at:
        raise ConfigError(
            "{path}: the stream {stream} has no rule {name}", path=path, stream=stream, name=name
        )
    last = next((i for i in range(at, len(lines)) if _HEADER.match(lines[i])), len(lines))
    while last > at and not lines[last - 1].strip():
        last -= 1
    first = at - 1
    if first > begin and not lines[first - 1].strip():
        first -= 1
    return _changed(path, [*lines[:first], *lines[min(last, end) :]], trusted=trusted)


def _block(path: Path, stream: str, *, trusted: bool) -> tuple[list[str], tuple[int, int]]:
    """The lines of a file, and where those of a stream begin and end."""
    plan = load_site(path, trusted=trusted)
    found = next((one for one in plan.streams if one.name == stream), None)
    if found is None or not found.line:
        raise ConfigError("{path} has no stream {stream}", path=path, stream=stream)
    try:
        lines = read_text(path, _LARGEST_FILE_BYTES).splitlines()
    except (FileNotFoundError, DocumentError) as error:
        raise ConfigError("{path} cannot be read: {error}", path=path, error=str(error)) from None
    end = found.line
    in_text = False
    for i in range(found.line, len(lines)):
        in_text ^= (lines[i].count('"""') + lines[i].count("'''")) % 2 == 1
        head = lines[i].strip().replace(" ", "")
        if not in_text and _HEADER.match(lines[i]) and lines[i].rstrip().split("#")[0].strip().endswith("]"):
            if head.startswith(("[stream.", "[[stream.")):
                end = i + 1
                continue
            if head.startswith("["):
                break
        if lines[i].strip() and not lines[i].lstrip().startswith("#"):
            end = i + 1
    return lines, (found.line - 1, end)


def _changed(path: Path, lines: Sequence[str], *, trusted: bool) -> SitePlan:
    text = "\n".join(lines) + "\n"
    try:
        plan = parse_site(parse_toml(text, str(path)), key_lines(text), path, trusted=trusted)
        _replace(path, text)
    except DocumentError as error:
        raise ConfigError(error.message) from None
    except OSError as error:
        raise ConfigError(
            "{path} cannot be written: {reason}", path=path, reason=disk_reason(error)
        ) from error
    return plan


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(path.stat().st_mode & 0o777)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink()


def _toml(text: str) -> str:
    """A text as TOML has it: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
