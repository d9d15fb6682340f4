"""Make `models/efficientnet-lite0-int8.onnx` and its card from `models/efficientnet-lite0.onnx`.

    pip install -e '.[cpu]' scikit-image
    python tools/quantise_efficientnet_lite0.py --coco FOLDER [IMAGE OR CLIP ...]

Static INT8 (QDQ: 8-bit activations, 8-bit weights with one scale a channel), calibrated on random crops of
public-domain photos, with the biases corrected for the mean error of the rounded weights.

FOLDER holds COCO's `instances.json` and `images/`. On what is cut out of it, and on the further images and clips,
INT8 is compared with fp32. Nothing is written when it loses more than one point of top-1 or is not fast enough.
Why it is done this way: docs/decisions/0003-int8-efficientnet.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from coco_crops import coco_crops
from public_photos import photo_paths
from reading import read_clip, read_picture
from shipping import sha256_of, write_card

from vision_app.cards.card import ModelCard, load_card
from vision_app.graph.timing import seconds_a_run
from vision_app.quantise.network import Network
from vision_app.resources import models_dir
from vision_app.results.values import FloatArray, ImageU8
from vision_app.runtime import Session
from vision_app.tasks.preprocess import Preprocessor

SOURCE, NAME = "efficientnet-lite0", "efficientnet-lite0-int8"
CALIBRATION_PICTURES, SEED = 240, 0
# the first depthwise convolution loses more to rounding than all other layers together: it and its two neighbours
# stay in floating point, which costs no time
LAYERS_LEFT_IN_FLOAT = 3
MOST_POINTS_LOST, LEAST_SPEEDUP = 1.0, 1.7
FRAMES_A_CLIP = 20


@dataclass(frozen=True)
class Comparison:
    """What INT8 and fp32 say about the same pictures; shares of 1."""

    pictures: int
    same_top1: float
    fp32_above_half: int
    fp32_above_half_other_top1: int
    fp32_probability_of_own_choice: float
    fp32_probability_of_int8_choice: float
    labelled: int
    labelled_right_fp32: float
    labelled_right_int8: float
    labelled_right_only_fp32: int
    labelled_right_only_int8: int

    @property
    def points_lost(self) -> float:
        """Points of top-1 lost on the labelled pictures."""
        return 100 * (self.labelled_right_only_fp32 - self.labelled_right_only_int8) / self.labelled

    @property
    def points_lost_error(self) -> float:
        """Standard error of the points lost, pictures taken as independent (they are not quite)."""
        changed = self.labelled_right_only_fp32 + self.labelled_right_only_int8
        return 100 * float(np.sqrt(changed)) / self.labelled


def calibration_tensors(preprocessor: Preprocessor, size_hw: tuple[int, int]) -> list[FloatArray]:
    """Input tensors of random crops of the public photos, in other colours and contrasts each time."""
    photos = [read_picture(path) for path in photo_paths()]
    if not photos:
        raise SystemExit("the calibration needs the photos inside scikit-image: pip install scikit-image")
    rng = np.random.default_rng(SEED)
    crops = (_random_crop(photos[k % len(photos)], rng) for k in range(CALIBRATION_PICTURES))
    return [preprocessor.prepare(crop, size_hw)[0].copy() for crop in crops]


def _random_crop(photo: ImageU8, rng: np.random.Generator) -> ImageU8:
    height, width = photo.shape[:2]
    area, aspect = rng.uniform(0.1, 1.0) * height * width, np.exp(rng.uniform(-0.29, 0.29))
    w, h = int(min(width, np.sqrt(area * aspect))), int(min(height, np.sqrt(area / aspect)))
    x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
    crop = photo[y : y + h, x : x + w].astype(np.float32)
    if rng.random() < 0.5:
        crop = crop[:, ::-1]
    crop = (crop - 127) * rng.uniform(0.6, 1.4) + 127 + rng.uniform(-40, 40)
    grey = crop.mean(2, keepdims=True)
    crop = (grey + (crop - grey) * rng.uniform(0.3, 1.7)) * rng.uniform(0.8, 1.2, 3)
    if rng.random() < 0.25:
        crop = crop[:, :, rng.permutation(3)]
    return np.ascontiguousarray(np.clip(crop, 0, 255).astype(np.uint8))


def quantise(source: Path, target: Path, tensors: list[FloatArray]) -> None:
    """Write the INT8 network."""
    with tempfile.TemporaryDirectory() as folder:
        network = Network(source, lambda: iter(tensors), Path(folder))
        network.write(target, list(network.layers)[:LAYERS_LEFT_IN_FLOAT])
    made = onnx.load(target)
    made.producer_name, made.producer_version = "vision_app tools/quantise_efficientnet_lite0.py", ""
    made.graph.name = NAME
    onnx.checker.check_model(made, full_check=True)
    onnx.save(made, target)


def pictures_of(coco: Path, others: list[Path]) -> Iterator[tuple[ImageU8, frozenset[int] | None]]:
    """Pictures to compare on, with the class ids that are right where that is known."""
    yield from coco_crops(coco)
    for path in others:
        if path.suffix.lower() in {".jpg", ".jpeg", ".png"}:
            yield read_picture(path), None
            continue
        step = max(1, sum(1 for _ in read_clip(path)) // FRAMES_A_CLIP)
        yield from ((frame, None) for frame in islice(read_clip(path), 0, None, step))


def compare(
    fp32: Path,
    int8: Path,
    card: ModelCard,
    pictures: Iterator[tuple[ImageU8, frozenset[int] | None]],
) -> Comparison:
    """Run both networks over the pictures."""
    one, other, preprocessor = Session(fp32, "cpu"), Session(int8, "cpu"), Preprocessor(card.input)
    rows: list[tuple[bool, float, float]] = []
    right: list[tuple[bool, bool]] = []
    for picture, wanted in pictures:
        tensor = preprocessor.prepare(picture, card.input.size_hw)[0]
        logits, logits8 = (s.run_single(tensor)[0] for s in (one, other))
        probabilities = np.exp(logits - logits.max())
        probabilities /= probabilities.sum()
        choice, choice8 = int(logits.argmax()), int(logits8.argmax())
        rows.append((choice == choice8, float(probabilities[choice]), float(probabilities[choice8])))
        if wanted is not None:
            right.append((choice in wanted, choice8 in wanted))
    same, own, others = np.array(rows).T
    outcome = np.array(right)
    fp32_right, int8_right = outcome.mean(0)
    return Comparison(
        pictures=len(rows),
        same_top1=round(float(same.mean()), 4),
        fp32_above_half=int((own > 0.5).sum()),
        fp32_above_half_other_top1=int(((own > 0.5) & (same == 0)).sum()),
        fp32_probability_of_own_choice=round(float(own.mean()), 4),
        fp32_probability_of_int8_choice=round(float(others.mean()), 4),
        labelled=len(right),
        labelled_right_fp32=round(float(fp32_right), 4),
        labelled_right_int8=round(float(int8_right), 4),
        labelled_right_only_fp32=int((outcome[:, 0] & ~outcome[:, 1]).sum()),
        labelled_right_only_int8=int((outcome[:, 1] & ~outcome[:, 0]).sum()),
    )


def speedup(fp32: Path, int8: Path, tensor: FloatArray) -> float:
    """Median time of fp32 divided by that of INT8, one thread, taken in turns."""
    seconds = seconds_a_run((fp32, int8), tensor)
    print(f"one thread: fp32 {seconds[0] * 1e3:.1f} ms, INT8 {seconds[1] * 1e3:.1f} ms")
    return seconds[0] / seconds[1]


def cpu_flags() -> str:
    """The 8-bit instructions that this processor has, as far as Linux tells."""
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return "unknown"
    known = ("avx2", "avx512bw", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
    return " ".join(flag for flag in known if flag in words)


def int8_card(card: ModelCard, result: Comparison, faster: float) -> ModelCard:
    """The card of the INT8 network."""
    measured: dict[str, Any] = {**asdict(result), "speedup_one_thread": round(faster, 2), "cpu": cpu_flags()}
    notes = (
        "INT8 version of efficientnet-lite0 (QDQ, a scale for each channel, biases corrected, first three "
        "convolutions in floating point). There was no ImageNet validation set to measure on; the published figure "
        f"is that of the fp32 network. Measured instead: on {result.labelled} labelled crops of COCO objects with "
        f"an ImageNet counterpart its top-1 changes by {-result.points_lost:+.1f} points, standard error "
        f"{result.points_lost_error:.1f} ({100 * result.labelled_right_fp32:.1f} % to "
        f"{100 * result.labelled_right_int8:.1f} %); its top-1 is that of fp32 on {100 * result.same_top1:.1f} % of "
        f"{result.pictures} pictures, most of which show nothing that ImageNet knows, and on all but "
        f"{result.fp32_above_half_other_top1} of the {result.fp32_above_half} on which fp32 is more than 50 % sure. "
        "A first version, calibrated on one photo fewer, lost 0.7 points (standard error 0.3) on the same crops. "
        "x86 processors without VNNI may saturate in 8-bit products; that was not measured."
    )
    return replace(
        card,
        name=NAME,
        title=card.title + " INT8",
        notes=notes,
        extra={"measured": measured},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--coco", type=Path, required=True, help="folder with instances.json and images/")
    parser.add_argument(
        "--dry-run", action="store_true", help="measure, and leave the shipped files as they are"
    )
    parser.add_argument("others", nargs="*", type=Path, help="more images and clips to compare on")
    arguments = parser.parse_args()
    fp32, target = models_dir() / f"{SOURCE}.onnx", models_dir() / f"{NAME}.onnx"
    card = load_card(fp32.with_suffix(".json"))
    tensors = calibration_tensors(Preprocessor(card.input), card.input.size_hw)
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / target.name
        quantise(fp32, made, tensors)
        result = compare(fp32, made, card, pictures_of(arguments.coco, arguments.others))
        faster = speedup(fp32, made, tensors[0])
        print(*(f"{key}: {value}" for key, value in asdict(result).items()), sep="\n")
        print(f"speed: {faster:.2f} x fp32 on {cpu_flags()}")
        lost = result.points_lost
        print(f"points of top-1 lost: {lost:.2f}, standard error {result.points_lost_error:.2f}")
        if lost > MOST_POINTS_LOST or result.fp32_above_half_other_top1 > 0.01 * result.fp32_above_half:
            raise SystemExit(f"refused: it loses {lost:.1f} points, or changes its mind where fp32 is sure")
        if faster < LEAST_SPEEDUP:
            raise SystemExit(f"refused: it has to be at least {LEAST_SPEEDUP} times as fast as fp32")
        if arguments.dry_run:
            return
        target.write_bytes(made.read_bytes())
    write_card(int8_card(card, result, faster), target)
    print(f"{target}: {target.stat().st_size} bytes, SHA-256 {sha256_of(target)}")


if __name__ == "__main__":
    main()
