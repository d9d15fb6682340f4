"""From clips of signs to movements: what is seen, what is told apart, what is reported of nothing.

    python benchmarks/movements.py CLIPS [--cache FOLDER]

CLIPS is a folder of clips with one sign each. Each is made into changed versions: faster and slower, as in a mirror,
larger and smaller, at 15 frames a second. A head learns from three of them and is asked about the others.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from machine import describe_machine

from vision_app.engine.rows import Looker, recorded, tracks_of
from vision_app.results.values import Frame, ImageU8
from vision_app.samples.movements import read_movement
from vision_app.sequences.files import as_bytes
from vision_app.sequences.recorded import Recorded, sequence_of
from vision_app.sequences.resampling import RATE_HZ, resampled
from vision_app.sequences.sequence import Sequence as Movement
from vision_app.sources import open_source
from vision_app.temporal.batches import batch_of
from vision_app.temporal.fitting import fit
from vision_app.temporal.heads import HEADS, HeadKind
from vision_app.temporal.options import TemporalOptions


@dataclass(frozen=True, slots=True)
class Version:
    """How a clip is changed."""

    speed: float = 1.0
    mirror: bool = False
    scale: float = 1.0
    every: int = 1

    @property
    def name(self) -> str:
        """For the cache."""
        return f"{self.speed:g}-{'m' if self.mirror else 'p'}-{self.scale:g}-{self.every}"


LEARNT = (Version(), Version(0.85, scale=0.8), Version(1.2, mirror=True))
ASKED = (
    Version(0.8),
    Version(1.25),
    Version(mirror=True),
    Version(scale=0.7),
    Version(scale=1.25),
    Version(every=2),
    Version(0.9, mirror=True, every=2),
    Version(1.1, scale=0.8),
)


def changed(clip: Path, version: Version) -> Iterator[Frame]:
    """The frames of a changed clip."""
    with open_source(str(clip)) as source:
        index = 0
        while (frame := source.read()) is not None:
            if index % version.every == 0:
                at_s = (frame.position_s or 0.0) / version.speed
                yield Frame(_scaled(frame.image, version), index, at_s, at_s, clip.name)
            index += 1


def _scaled(image: ImageU8, version: Version) -> ImageU8:
    if version.mirror:
        image = np.ascontiguousarray(image[:, ::-1])
    if version.scale == 1.0:
        return image
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 0, version.scale)
    made: ImageU8 = cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)  # type: ignore[assignment]
    return made


def looked_at(looker: Looker, clip: Path, version: Version, cache: Path) -> Recorded:
    """What is seen in a changed clip; from the cache where it was looked at before."""
    path = cache / f"{clip.stem}-{version.name}.npz"
    if path.is_file():
        return read_movement(path)
    found = recorded(looker, changed(clip, version))
    assert found is not None
    path.write_bytes(as_bytes(found))
    return found


def told_apart(
    clips: Sequence[Path], looker: Looker, cache: Path, features: str, heads: Sequence[HeadKind]
) -> Iterator[tuple[str, float, float]]:
    """Each head: its name, the share that it tells apart, and how long it learnt."""

    def movements(versions: Sequence[Version]) -> tuple[list[Movement], list[int]]:
        made, labels = [], []
        for label, clip in enumerate(clips):
            for version in versions:
                seen = looked_at(looker, clip, version, cache)
                made.append(resampled(sequence_of(seen, features), RATE_HZ))
                labels.append(label)
        return made, labels

    learnt, asked = movements(LEARNT), movements(ASKED)
    for head in heads:
        started = time.perf_counter()
        options = TemporalOptions(head=head)
        found = fit(batch_of(*learnt, options.most_rows), None, len(clips), options).head
        spent_s = time.perf_counter() - started
        said = found.probabilities(batch_of(*asked, options.most_rows)).argmax(axis=1)
        yield head, float(np.mean(said == np.array(asked[1]))), spent_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("runs/movements"))
    parser.add_argument("--heads", nargs="+", choices=HEADS, default=HEADS)
    parser.add_argument("--features", nargs="+", default=("hands", "body", "hands+body"))
    parsed = parser.parse_args()
    parsed.cache.mkdir(parents=True, exist_ok=True)
    clips = sorted(p for p in parsed.clips.iterdir() if p.suffix in (".mkv", ".mp4"))
    looker = Looker(tracks_of("hands+body"))
    print(describe_machine())
    print(f"{len(clips)} clips")
    for clip in clips:
        seen = looked_at(looker, clip, Version(), parsed.cache)
        print(
            f"  {clip.stem}: {len(seen)} frames, {seen.duration_s:.1f} s, something seen in {seen.seen:.0%}"
        )
    for features in parsed.features:
        for head, share, spent_s in told_apart(clips, looker, parsed.cache, features, parsed.heads):
            print(
                f"{features:11} {head:12} {share:.3f} of {len(clips) * len(ASKED)}, learnt in {spent_s:.1f} s"
            )


if __name__ == "__main__":
    main()
