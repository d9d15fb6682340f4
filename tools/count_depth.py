"""Write the depth of the YOLO and RT-DETR networks into their cards: layers with weights on the longest path.

    pip install -e '.[cpu,export]'
    python tools/count_depth.py [--yolox yolox_nano.onnx]

Ultralytics' networks are built from the YAML files inside its package, without weights and without a download;
YOLOX is counted in its ONNX file. Cards that cannot be counted are left as they are, and named.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any
from unittest import mock

import onnx
import torch

from vision_app.cards.card import load_card
from vision_app.exporting.counting import longest_path
from vision_app.quantise.parts import weighted_nodes
from vision_app.resources import models_dir

FAMILIES = ("YOLO", "DETR (CNN + Transformer)")


def depth_of_yaml(name: str) -> int:
    from ultralytics.nn.tasks import DetectionModel, RTDETRDetectionModel

    kind = RTDETRDetectionModel if name.startswith("rtdetr") else DetectionModel
    network = kind(f"{name}.yaml", verbose=False).eval()
    # heads cut the way back to the backbone, which says nothing about the way forward
    with mock.patch.object(torch.Tensor, "detach", lambda tensor: tensor), torch.enable_grad():
        output: Any = network(torch.zeros(1, 3, 640, 640))
    while not isinstance(output, torch.Tensor):
        output = output[0]
    return longest_path(output.grad_fn)


def depth_of_onnx(path: Path) -> int:
    """The same of a graph, whose nodes are in an order in which they can be computed."""
    model = onnx.load(str(path))
    weighted = {node.output[0] for node in weighted_nodes(model)}
    depth: dict[str, int] = {}
    for node in model.graph.node:
        own = max((depth.get(name, 0) for name in node.input), default=0) + (node.output[0] in weighted)
        depth.update((name, own) for name in node.output)
    return max(depth[output.name] for output in model.graph.output)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yolox", type=Path, help="the ONNX file of yolox-nano")
    arguments = parser.parse_args()
    for path in sorted(models_dir().glob("*.json")):
        card = load_card(path)
        if card.task == "classify" or card.published is None or card.family not in FAMILIES:
            continue
        if card.family == "YOLO" and card.name.startswith("yolox"):
            if arguments.yolox is None:
                print(f"{card.name}: left as it is, --yolox was not given")
                continue
            depth = depth_of_onnx(arguments.yolox)
        else:
            depth = depth_of_yaml(
                card.name.removesuffix("u") if card.name.startswith("yolov5") else card.name
            )
        print(f"{card.name}: {depth}")
        record = json.loads(path.read_text(encoding="utf-8"))
        published = record["published"]
        published["depth"] = depth
        if "depth" not in published["source"]:
            published["source"] += "; depth is counted: layers with weights on the longest path"
        path.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
