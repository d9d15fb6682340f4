"""What looking inside costs, and how well its maps point at things.

    python benchmarks/explain.py speed [--vit FILE]      latency with and without a map, in turns
    python benchmarks/explain.py localise DATA           COCO pictures with one large object: is the peak in its box?
    python benchmarks/explain.py deletion DATA           how the score falls as the strongest places are taken away

DATA is a folder with `instances.json` and `images/` in COCO's format.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from machine import describe_machine, print_table

from vision_app.engine.predictors import LoadedModel, Watch, load_model
from vision_app.explaining.base import Choice, View
from vision_app.explaining.heatmap import Heatmap, region_of
from vision_app.explaining.probe import Probe
from vision_app.explaining.table import explainer_for, maps_of
from vision_app.resources import demo_clip
from vision_app.results.values import ImageU8
from vision_app.runtime import ThreadPolicy
from vision_app.sources import open_source

# COCO's name to classes of ImageNet-1k that are such a thing
CLASSES: dict[str, tuple[range, ...]] = {
    "bird": (range(7, 25), range(80, 101), range(127, 147)),
    "cat": (range(281, 286),),
    "dog": (range(151, 269),),
    "horse": (range(339, 340),),
    "sheep": (range(348, 350),),
    "cow": (range(345, 348),),
    "elephant": (range(385, 387),),
    "bear": (range(294, 298),),
    "zebra": (range(340, 341),),
    "bus": (range(779, 780), range(874, 875), range(654, 655)),
    "train": (range(466, 467), range(547, 548), range(820, 821), range(829, 830)),
    "truck": (range(555, 556), range(569, 570), range(717, 718), range(864, 865), range(867, 868)),
    "motorcycle": (range(670, 671), range(665, 666)),
    "airplane": (range(404, 405), range(895, 896)),
    "bicycle": (range(444, 445), range(671, 672)),
    "laptop": (range(620, 621), range(681, 682)),
    "toilet": (range(861, 862),),
    "teddy bear": (range(850, 851),),
    "pizza": (range(963, 964),),
    "banana": (range(954, 955),),
    "broccoli": (range(937, 938),),
    "clock": (range(409, 410), range(892, 893)),
    "umbrella": (range(879, 880),),
    "stop sign": (range(919, 920),),
    "traffic light": (range(920, 921),),
    "parking meter": (range(704, 705),),
    "bench": (range(703, 704),),
    "refrigerator": (range(760, 761),),
    "couch": (range(831, 832),),
}
_LEAST_SHARE, _MOST_OF_LARGEST = 0.04, 0.4
_STEPS = 12


@dataclass(frozen=True, slots=True)
class Case:
    """A picture with one large object."""

    image: ImageU8
    box: tuple[float, float, float, float]
    class_id: int


def cases(folder: Path, model: LoadedModel) -> Iterator[Case]:
    """Pictures whose one large object has a class of ImageNet; of its classes the one that the model is surest of."""
    data = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    names = {c["id"]: c["name"] for c in data["categories"]}
    found: dict[int, list[dict[str, Any]]] = {}
    for annotation in data["annotations"]:
        found.setdefault(annotation["image_id"], []).append(annotation)
    for picture in data["images"]:
        whole = picture["width"] * picture["height"]
        boxes = sorted(found.get(picture["id"], []), key=lambda a: -_area(a))
        if not boxes or _area(boxes[0]) < _LEAST_SHARE * whole:
            continue
        if any(_area(b) > _MOST_OF_LARGEST * _area(boxes[0]) for b in boxes[1:]):
            continue
        ranges = CLASSES.get(names[boxes[0]["category_id"]])
        if ranges is None:
            continue
        image = np.asarray(cv2.imread(str(folder / "images" / picture["file_name"])), np.uint8)
        result, _ = model.predict(image)
        probabilities = result.probabilities  # type: ignore[attr-defined]
        class_id = max((i for r in ranges for i in r), key=lambda i: float(probabilities[i]))
        x, y, w, h = boxes[0]["bbox"]
        yield Case(image, (x, y, x + w, y + h), class_id)


def _area(annotation: dict[str, Any]) -> float:
    _, _, width, height = annotation["bbox"]
    return float(width * height)


def localise(folder: Path, methods: tuple[str, ...]) -> None:
    """How often the peak lies in the box, beside the middle of the picture and chance."""
    model = load_model("efficientnet-lite0", threads=ThreadPolicy(1))
    probe = Probe(model)
    chosen = list(cases(folder, model))
    hits = dict.fromkeys((*methods, "middle", "chance"), 0.0)
    for case in chosen:
        left, top, right, bottom = case.box
        for method in methods:
            *_, found = maps_of(probe, case.image, method, Choice(class_id=case.class_id))
            x, y = found.peak_xy
            hits[method] += left <= x <= right and top <= y <= bottom
        height, width = case.image.shape[:2]
        hits["middle"] += left <= width / 2 <= right and top <= height / 2 <= bottom
        hits["chance"] += _share_of_seen(model, case)
    print(f"{len(chosen)} pictures, EfficientNet-Lite0; the peak of the map lies in the box of the object:\n")
    print_table(("method", "in the box"), [(n, f"{h / len(chosen):.0%}") for n, h in hits.items()])


def _share_of_seen(model: LoadedModel, case: Case) -> float:
    """Share of what the network sees that the box covers: a random peak would hit it so often."""
    seen = region_of(model.prepare(case.image)[1])
    height, width = case.image.shape[:2]
    seen = (max(seen[0], 0), max(seen[1], 0), min(seen[2], width), min(seen[3], height))
    wide = max(0.0, min(case.box[2], seen[2]) - max(case.box[0], seen[0]))
    high = max(0.0, min(case.box[3], seen[3]) - max(case.box[1], seen[1]))
    return wide * high / ((seen[2] - seen[0]) * (seen[3] - seen[1]))


def deletion(folder: Path, methods: tuple[str, ...], most: int) -> None:
    """Area below the score while the strongest places are greyed (less is better) and while they alone are shown.

    Source: Petsiuk et al., RISE, 2018, section 4.1: deletion and insertion.
    """
    model = load_model("efficientnet-lite0", threads=ThreadPolicy(1))
    probe = Probe(model)
    chosen = list(cases(folder, model))[:most]
    rng = np.random.default_rng(0)
    areas: dict[str, tuple[list[float], list[float]]] = {}
    for case in chosen:
        for method in (*methods, "random"):
            if method == "random":
                *_, found = maps_of(probe, case.image, "cam", Choice(class_id=case.class_id))
                values = rng.random(found.values.shape).astype(np.float32)
                found = Heatmap(values, found.region, found.frame_wh, "cam")
            else:
                *_, found = maps_of(probe, case.image, method, Choice(class_id=case.class_id))
            out, into = areas.setdefault(method, ([], []))
            out.append(_area_below(model, case, found, keep=False))
            into.append(_area_below(model, case, found, keep=True))
    print(f"{len(chosen)} pictures, {_STEPS} steps:\n")
    rows = [(n, f"{statistics.mean(o):.3f}", f"{statistics.mean(i):.3f}") for n, (o, i) in areas.items()]
    print_table(("method", "deletion (less is better)", "insertion (more is better)"), rows)


def _area_below(model: LoadedModel, case: Case, found: Heatmap, *, keep: bool) -> float:
    values, (left, top, right, bottom) = found.on_frame()
    order = np.argsort(-values.ravel(), kind="stable")
    blurred = cv2.GaussianBlur(case.image, (0, 0), 20)
    scores = []
    for step in range(_STEPS + 1):
        strong = np.zeros(values.size, bool)
        strong[order[: values.size * step // _STEPS]] = True
        mask = strong.reshape(values.shape, order="C")[:, :, None]
        image = (blurred if keep else case.image).copy()
        source = (case.image if keep else blurred)[top:bottom, left:right]
        part = image[top:bottom, left:right]
        part[...] = np.where(mask, source, part)
        result, _ = model.predict(np.asarray(image, np.uint8))
        scores.append(float(result.probabilities[case.class_id]))  # type: ignore[attr-defined]
    return float(np.trapezoid(scores, dx=1 / _STEPS))


def speed(vit: str | None, frames: int) -> None:
    """Latency of one frame with and without a map, in turns on the same frames."""
    plans = [
        ("efficientnet-lite0", "cam"),
        ("efficientnet-lite0", "features"),
        (vit or "sketch-vit", "rollout"),
    ]
    rows = []
    for reference, method in plans:
        model = load_model(reference, threads=ThreadPolicy(1))
        probe = Probe(model)
        began = time.process_time()
        explainer = explainer_for(method)
        names = explainer.needs(probe.inside, Choice())
        session = probe.with_outputs(names).session
        switching_s = time.process_time() - began
        plain: list[float] = []
        watched: list[float] = []
        computed: list[float] = []
        with open_source(str(demo_clip())) as source:
            for i in range(frames):
                frame = source.read()
                if frame is None:
                    break
                taken: list[View] = []
                take = _taker(taken)
                for on in (False, True) if i % 2 else (True, False):
                    model.watch = Watch(session, names, take) if on else None
                    started = time.process_time()
                    model.predict(frame.image)
                    (watched if on else plain).append(time.process_time() - started)
                started = time.process_time()
                list(explainer.maps(probe, taken[-1], Choice()))
                computed.append(time.process_time() - started)
        model.watch = None
        a, b, c = (statistics.median(v[4:]) * 1e3 for v in (plain, watched, computed))
        rows.append(
            (
                reference,
                method,
                f"{a:.2f}",
                f"{b:.2f}",
                f"{b / a - 1:+.1%}",
                f"{c:.2f}",
                f"{switching_s:.2f} s",
            )
        )
    print(f"{describe_machine()}; one thread, 720p, medians of {frames} frames in turns, processor time\n")
    header = (
        "model",
        "method",
        "without, ms",
        "with, ms",
        "added",
        "map in its own thread, ms",
        "switching on",
    )
    print_table(header, rows)


def _taker(taken: list[View]) -> Callable[[ImageU8, object], object]:
    def take(image: ImageU8, answer: object) -> None:
        taken.append(View(image, answer.geometry, answer.result, answer.outputs))  # type: ignore[attr-defined]

    return take


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("speed", "localise", "deletion"))
    parser.add_argument("data", nargs="?", type=Path)
    parser.add_argument("--vit", help="a ViT with its card, for the rollout")
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--pictures", type=int, default=30)
    parser.add_argument("--methods", default="cam,eigen,recipro,features")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    methods = tuple(arguments.methods.split(","))
    if arguments.what == "speed":
        speed(arguments.vit, arguments.frames)
    elif arguments.data is None:
        parser.error("give the folder of the pictures")
    elif arguments.what == "localise":
        localise(arguments.data, methods)
    else:
        deletion(arguments.data, methods, arguments.pictures)


if __name__ == "__main__":
    main()
