"""Write the cards of the chains of people."""

from __future__ import annotations

import json
from typing import Any

from vision_app.cards.chain import CHAIN_SUFFIX
from vision_app.resources import models_dir

GOOGLE = (
    "Networks: Google, Copyright The MediaPipe Authors, Apache-2.0; converted from the .tflite files in the wheel "
    "mediapipe 0.10.21, see models/README.md. "
)
PRIVACY = "Nothing is stored and nobody is recognised: it says where a face is, not whose it is. "
LIMITS = "Its makers' limits: no surveillance, and no judgement of persons. "
PAGE = "https://ai.google.dev/edge/mediapipe/solutions/vision/"


def networks(**names: str) -> dict[str, str]:
    return {role: f"people/{name}" for role, name in names.items()}


CHAINS: dict[str, dict[str, Any]] = {
    "faces": {
        "title": "Faces",
        "task": "pose",
        "family": "BlazeFace",
        "year": 2021,
        "origin_url": PAGE + "face_detector",
        "notes": "Faces with six marks, up to about five metres away (full range). "
        + PRIVACY
        + LIMITS
        + GOOGLE,
        "steps": [{"find": "faces", "networks": networks(faces="face-detection-full"), "least": 0.6}],
    },
    "face-mesh": {
        "title": "Face mesh with irises",
        "task": "pose",
        "family": "BlazeFace + Face Mesh",
        "year": 2020,
        "origin_url": PAGE + "face_landmarker",
        "notes": "478 points of up to four faces within about two metres, the irises too. Bad at profiles and at faces "
        "that are far away. " + PRIVACY + LIMITS + GOOGLE,
        "steps": [
            {
                "find": "face-mesh",
                "networks": networks(faces="face-detection-short", mesh="face-mesh-iris"),
                "most": 4,
            }
        ],
    },
    "face-mesh-468": {
        "title": "Face mesh",
        "task": "pose",
        "family": "BlazeFace + Face Mesh",
        "year": 2019,
        "origin_url": PAGE + "face_landmarker",
        "notes": "468 points, without irises: half the time of face-mesh. " + PRIVACY + LIMITS + GOOGLE,
        "steps": [
            {
                "find": "face-mesh",
                "networks": networks(faces="face-detection-short", mesh="face-mesh"),
                "most": 4,
            }
        ],
    },
    "hands": {
        "title": "Hands",
        "task": "pose",
        "family": "BlazePalm + hand landmarks",
        "year": 2021,
        "origin_url": PAGE + "hand_landmarker",
        "notes": "21 points of up to two hands, left or right, followed from frame to frame. Hands that the edge of "
        "the picture cuts are found too. Bad at fast hands, which blur, and at folded ones. "
        + LIMITS
        + GOOGLE,
        "steps": [
            {
                "find": "hands",
                "networks": networks(palms="palm-detection-full", landmarks="hand-landmarks-full"),
                "most": 2,
            }
        ],
    },
    "hands-lite": {
        "title": "Hands, lite",
        "task": "pose",
        "family": "BlazePalm + hand landmarks",
        "year": 2021,
        "origin_url": PAGE + "hand_landmarker",
        "notes": "As hands, with the smaller networks: faster, its points less exact. " + LIMITS + GOOGLE,
        "steps": [
            {
                "find": "hands",
                "networks": networks(palms="palm-detection-lite", landmarks="hand-landmarks-lite"),
                "most": 2,
            }
        ],
    },
    "body": {
        "title": "Body",
        "task": "pose",
        "family": "BlazePose",
        "year": 2021,
        "origin_url": PAGE + "pose_landmarker",
        "notes": "33 points of one person, smoothed over time; it stays with the first one until he is lost. Points "
        "that are hidden or outside the picture are guesses with a low visibility. Bad at people far away. "
        + LIMITS
        + GOOGLE,
        "steps": [
            {"find": "body", "networks": networks(bodies="pose-detection", landmarks="pose-landmarks")}
        ],
    },
    "people": {
        "title": "People",
        "task": "pose",
        "family": "MoveNet",
        "year": 2021,
        "origin_url": "https://tfhub.dev/google/tfjs-model/movenet/multipose/lightning/1",
        "notes": "Up to six people with 17 points each, with a number that each keeps: movenet-multipose, tracked. "
        + LIMITS,
        "steps": [{"model": "movenet-multipose"}, {"memory": "track"}],
    },
    "outline": {
        "title": "Outline of a person",
        "task": "semantic",
        "family": "MediaPipe Selfie Segmentation",
        "year": 2021,
        "origin_url": PAGE + "image_segmenter",
        "notes": "Which pixels are a person, for those near the camera; cuts out, blurs or replaces what is behind. "
        + LIMITS
        + GOOGLE,
        "steps": [{"find": "outline", "networks": networks(outline="selfie-segmentation")}],
    },
}


def main() -> None:
    for name, card in CHAINS.items():
        data = {"schema": 1, "name": name, "licence": "Apache-2.0", **card}
        path = models_dir() / f"{name}{CHAIN_SUFFIX}"
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
