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
import logging
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
from coco_crops import coco_crops
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from public_photos import photo_paths
from reading import read_clip, read_picture
from shipping import sha256_of, write_card

from vision_app.cards import ModelCard, load_card
from vision_app.datatypes import FloatArray, ImageU8
from vision_app.preprocess import Preprocessor
from vision_app.resources import models_dir

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


class Pictures(CalibrationDataReader):  # type: ignore[misc]
    """Hands tensors to the calibration one by one."""

    def __init__(self, tensors: list[FloatArray]) -> None:
        self._rest = iter(tensors)

    def get_next(self) -> dict[str, FloatArray] | None:
        """The next input, None at the end."""
        tensor = next(self._rest, None)
        return None if tensor is None else {"image": tensor}


def session(model: Path | bytes, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    source = model if isinstance(model, bytes) else str(model)
    return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])


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


def weighted_layers(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    return [node for node in model.graph.node if node.op_type in {"Conv", "Gemm"}]


def correct_biases(model: onnx.ModelProto, left_alone: set[str], tensors: list[FloatArray]) -> None:
    """Subtract from each bias what rounding the weights adds to the output on average.

    Source: Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction,
    https://arxiv.org/abs/1906.04721, section 4.2, with the inputs' means taken from the calibration pictures.
    """
    means = _mean_inputs(model, tensors)
    values = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in weighted_layers(model):
        if node.name in left_alone:
            continue
        weights, bias = (numpy_helper.to_array(values[name]) for name in node.input[1:3])
        scale = np.abs(weights.reshape(len(weights), -1)).max(1) / 127
        scale = np.maximum(scale, 1e-12).reshape(-1, *[1] * (weights.ndim - 1))
        error = np.round(weights / scale) * scale - weights
        mean = means[node.input[0]]
        if weights.ndim == 4:
            error = error.sum((2, 3))  # pointwise, or depthwise with one input channel an output
        shift = error[:, 0] * mean if error.shape[1] == 1 else error @ mean
        values[node.input[2]].CopyFrom(
            numpy_helper.from_array((bias - shift).astype(np.float32), node.input[2])
        )


def _mean_inputs(model: onnx.ModelProto, tensors: list[FloatArray]) -> dict[str, NDArray[np.float64]]:
    """Mean over pictures and places of each input channel of each weighted layer, by tensor name."""
    tapped = onnx.ModelProto()
    tapped.CopyFrom(model)
    names = {node.input[0] for node in weighted_layers(model)} - {"image"}
    tapped.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in sorted(names))
    run = session(tapped.SerializeToString(), 0)
    outputs = [output.name for output in run.get_outputs()]
    sums: dict[str, NDArray[np.float64]] = {}
    for tensor in tensors:
        values = {"image": tensor, **dict(zip(outputs, run.run(None, {"image": tensor}), strict=True))}
        for name, value in values.items():
            mean = value[0].reshape(value.shape[1], -1).mean(1, dtype=np.float64)
            sums[name] = sums.get(name, 0.0) + mean / len(tensors)
    return sums


def quantise(source: Path, target: Path, tensors: list[FloatArray]) -> None:
    """Write the INT8 network."""
    model = onnx.load(source)
    in_float = [node.name for node in weighted_layers(model)[:LAYERS_LEFT_IN_FLOAT]]
    correct_biases(model, set(in_float), tensors)
    # the quantiser advises a preparation that the conversion has done already
    logging.disable(logging.WARNING)
    quantize_static(
        model,
        target,
        Pictures(tensors),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=in_float,
    )
    logging.disable(logging.NOTSET)
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
    one, other, preprocessor = session(fp32, 0), session(int8, 0), Preprocessor(card.input)
    rows: list[tuple[bool, float, float]] = []
    right: list[tuple[bool, bool]] = []
    for picture, wanted in pictures:
        tensor = preprocessor.prepare(picture, card.input.size_hw)[0]
        logits, logits8 = (s.run(None, {"image": tensor})[0][0] for s in (one, other))
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


def speedup(fp32: Path, int8: Path, tensor: FloatArray, rounds: int = 60) -> float:
    """Median time of fp32 divided by that of INT8, one thread, taken in turns."""
    sessions = [session(path, 1) for path in (fp32, int8)]
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for run, taken in zip(sessions, times, strict=True):
            started = time.perf_counter()
            run.run(None, {"image": tensor})
            taken.append(time.perf_counter() - started)
    medians = [float(np.median(taken)) for taken in times]
    print(f"one thread: fp32 {medians[0] * 1e3:.1f} ms, INT8 {medians[1] * 1e3:.1f} ms")
    return medians[0] / medians[1]


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
        target.write_bytes(made.read_bytes())
    write_card(int8_card(card, result, faster), target)
    print(f"{target}: {target.stat().st_size} bytes, SHA-256 {sha256_of(target)}")


if __name__ == "__main__":
    main()
