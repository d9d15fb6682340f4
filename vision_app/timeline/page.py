"""A timeline as one page for a browser: strips, a table, and the video beside it; it loads nothing from elsewhere."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from vision_app.resources import assets_dir
from vision_app.timeline.lanes import Lane
from vision_app.timeline.reading import Told

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "seen": "What was seen when",
        "what": "What",
        "times": "Times",
        "time": "Time",
        "first": "First",
        "last": "Last",
        "most": "At once",
        "objects": "Objects",
        "pictures": "Pictures",
        "none": "Nothing was seen.",
        "more": "and {n} more that were seen for a shorter time",
        "click": "Click a strip to go there; arrow keys move through the spans.",
    },
    "ko": {
        "seen": "언제 무엇이 보였나",
        "what": "대상",
        "times": "횟수",
        "time": "시간",
        "first": "처음",
        "last": "마지막",
        "most": "동시에",
        "objects": "개체 수",
        "pictures": "사진",
        "none": "보인 것이 없습니다.",
        "more": "더 짧게 보인 대상 {n}개가 더 있습니다",
        "click": "띠를 누르면 그 순간으로 이동합니다. 화살표 키로 구간을 옮겨 다닐 수 있습니다.",
    },
}


class PlayedVideo(NamedTuple):
    """A video beside the strips.

    Attributes:
        address: as seen from the page.
        starts_s: time of its first picture in the source, seconds.
    """

    address: str
    starts_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PageOptions:
    """How the page is made.

    Attributes:
        title: its heading.
        language: `en` or `ko`.
        most: how many strips of each source.
        names: what a label is called in the language; a label that is not in it keeps its name.
        videos: by source, a video that can be played.
    """

    title: str
    language: str = "en"
    most: int = 20
    names: Mapping[str, str] | None = None
    videos: Mapping[str, PlayedVideo] | None = None


def page_of(told: Told, options: PageOptions) -> str:
    """The page, whole: HTML in UTF-8."""
    data = {
        "sources": [_of_source(told, source, options) for source in told.timeline.sources],
        "words": _WORDS[options.language],
        "clock": told.by_clock,
        "pictures": [Path(f).name for f in told.files] if told.files else None,
    }
    # "<" would end the script element, whatever it says in JSON
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
    template = (assets_dir() / "timeline.html").read_text(encoding="utf-8")
    parts = {"LANGUAGE": options.language, "TITLE": html.escape(options.title), "DATA": text}
    return re.sub(r"\{\{([A-Z]+)\}\}", lambda mark: parts[mark[1]], template)


def _of_source(told: Told, source: str, options: PageOptions) -> dict[str, Any]:
    lanes = [lane for lane in told.timeline.lanes() if lane.key.source == source]
    first_s, last_s = told.timeline.bounds(source)
    video = (options.videos or {}).get(source)
    return {
        "name": source,
        "from": first_s,
        "to": last_s,
        "video": None if video is None else video.address,
        "starts": 0.0 if video is None else video.starts_s,
        "lanes": [_of_lane(lane, options.names or {}) for lane in lanes[: options.most]],
        "more": max(0, len(lanes) - options.most),
    }


def _of_lane(lane: Lane, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "label": names.get(lane.key.label, lane.key.label),
        "model": lane.key.model,
        "seconds": round(lane.seconds, 3),
        "frames": lane.frames,
        "most": lane.most,
        "tracks": lane.tracks,
        "spans": [[round(s.start_s, 3), round(s.end_s, 3), round(s.score, 3)] for s in lane.spans],
    }
