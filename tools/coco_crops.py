"""Labelled pictures for an ImageNet classifier, cut out of COCO: a stand-in for the ImageNet validation set.

Each object whose COCO class has counterparts in ImageNet becomes a square picture, right when the classifier's
answer is one of the counterparts. Objects are small, cut off and in a context that ImageNet lacks, so the share
of right answers is far below the published top-1: good for comparing two models, not for judging one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from reading import read_picture

from vision_app.results.values import ImageU8

# COCO class: ImageNet-1k class ids that are the same thing
COUNTERPARTS: dict[str, frozenset[int]] = {
    "bicycle": frozenset({444, 671}),
    "car": frozenset({407, 436, 468, 511, 609, 627, 656, 661, 717, 734, 751, 817}),
    "motorcycle": frozenset({665, 670}),
    "airplane": frozenset({404, 895}),
    "bus": frozenset({654, 779, 874}),
    "train": frozenset({466, 547, 565, 705, 820, 829}),
    "truck": frozenset({555, 569, 586, 675, 717, 803, 864, 867}),
    "boat": frozenset({472, 484, 510, 554, 576, 625, 628, 724, 780, 814, 871, 914}),
    "traffic light": frozenset({920}),
    "stop sign": frozenset({919}),
    "parking meter": frozenset({704}),
    "bench": frozenset({703}),
    "bird": frozenset({*range(7, 25), *range(80, 101), *range(127, 147)}),
    "cat": frozenset(range(281, 286)),
    "dog": frozenset(range(151, 269)),
    "horse": frozenset({339, 603}),
    "sheep": frozenset({348, 349}),
    "cow": frozenset({345, 346, 347, 690}),
    "elephant": frozenset({101, 385, 386}),
    "bear": frozenset({294, 295, 296, 297}),
    "zebra": frozenset({340}),
    "backpack": frozenset({414}),
    "umbrella": frozenset({879}),
    "handbag": frozenset({636, 748}),
    "tie": frozenset({457, 906}),
    "skis": frozenset({795}),
    "sports ball": frozenset({429, 430, 522, 574, 722, 768, 805, 852, 890}),
    "tennis racket": frozenset({752}),
    "bottle": frozenset({440, 720, 737, 898, 907}),
    "wine glass": frozenset({572, 966}),
    "cup": frozenset({441, 504, 647, 967, 968}),
    "spoon": frozenset({618, 910}),
    "bowl": frozenset({659, 809}),
    "banana": frozenset({954}),
    "apple": frozenset({948}),
    "orange": frozenset({950}),
    "broccoli": frozenset({937}),
    "hot dog": frozenset({934}),
    "pizza": frozenset({963}),
    "chair": frozenset({423, 559, 765, 857}),
    "couch": frozenset({831}),
    "potted plant": frozenset({738}),
    "bed": frozenset({520, 564, 831}),
    "dining table": frozenset({532}),
    "toilet": frozenset({861}),
    "tv": frozenset({598, 664, 782, 851}),
    "laptop": frozenset({620, 681}),
    "mouse": frozenset({673}),
    "remote": frozenset({761}),
    "keyboard": frozenset({508, 810, 878}),
    "cell phone": frozenset({487, 590, 605}),
    "microwave": frozenset({651}),
    "oven": frozenset({766, 827}),
    "toaster": frozenset({859}),
    "sink": frozenset({896}),
    "refrigerator": frozenset({760}),
    "book": frozenset({624, 917, 921}),
    "clock": frozenset({409, 530, 892}),
    "vase": frozenset({883}),
    "teddy bear": frozenset({850}),
    "hair drier": frozenset({589}),
}

MARGINS = (1.0, 1.3, 1.7)  # side of the square, in units of the longer side of the object's box
SMALLEST_PX = 48


def coco_crops(folder: Path) -> Iterator[tuple[ImageU8, frozenset[int] | None]]:
    """Pictures out of a COCO folder that holds `instances.json` and `images/`.

    Args:
        folder: the COCO folder.

    Yields:
        Each whole image with None, then its objects of at least 48 pixels as squares with three margins, with
        the ImageNet class ids that are right for them, or None where ImageNet has no counterpart.
    """
    data = json.loads((folder / "instances.json").read_text(encoding="utf-8"))
    names = {c["id"]: c["name"] for c in data["categories"]}
    boxes: dict[int, list[tuple[str, list[float]]]] = {}
    for a in data["annotations"]:
        if not a.get("iscrowd"):
            boxes.setdefault(a["image_id"], []).append((names[a["category_id"]], a["bbox"]))
    for entry in sorted(data["images"], key=lambda e: int(e["id"])):
        image = read_picture(folder / "images" / entry["file_name"])
        yield image, None
        for name, (x, y, w, h) in boxes.get(entry["id"], []):
            if max(w, h) >= SMALLEST_PX:
                for margin in MARGINS:
                    yield _square(image, x + w / 2, y + h / 2, max(w, h) * margin), COUNTERPARTS.get(name)


def _square(image: ImageU8, x: float, y: float, side: float) -> ImageU8:
    """The square around a point, moved and shrunk so that it lies inside the image."""
    height, width = image.shape[:2]
    size = int(min(side, height, width))
    left = int(min(max(x - size / 2, 0), width - size))
    top = int(min(max(y - size / 2, 0), height - size))
    return image[top : top + size, left : left + size]
