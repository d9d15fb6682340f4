"""Write `assets/labels/*.txt` from the class names that torchvision (BSD-3-Clause) publishes.

    python tools/make_labels.py

Needs the extra `export`. One name a line, in index order.
"""

from __future__ import annotations

from pathlib import Path

LABELS = Path(__file__).resolve().parent.parent / "assets" / "labels"


def main() -> None:
    from torchvision.models._meta import _COCO_CATEGORIES, _IMAGENET_CATEGORIES

    # torchvision keeps the 91 ids of the paper, background and gaps included; detectors use the 80 real ones
    coco = [name for name in _COCO_CATEGORIES if name not in {"__background__", "N/A"}]
    LABELS.mkdir(parents=True, exist_ok=True)
    for file_name, names in (("imagenet-1k.txt", _IMAGENET_CATEGORIES), ("coco-80.txt", coco)):
        (LABELS / file_name).write_text("\n".join(names) + "\n", encoding="utf-8")
        print(f"{file_name}: {len(names)} names")


if __name__ == "__main__":
    main()
