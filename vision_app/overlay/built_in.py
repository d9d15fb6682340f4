"""The program's own kinds of results, one row each."""

from __future__ import annotations

from vision_app.messages import Message
from vision_app.overlay.bars import paint_classification
from vision_app.overlay.boxes import paint_detections
from vision_app.overlay.kinds import ResultKind
from vision_app.overlay.maps import (
    paint_class_map,
    paint_depth,
    paint_embedding,
    paint_picture,
    paint_turned_boxes,
)
from vision_app.overlay.masks import paint_masks
from vision_app.overlay.movements import paint_movements
from vision_app.overlay.skeletons import paint_keypoints
from vision_app.results.maps import ClassMap, DepthMap, Embedding, MadePicture
from vision_app.results.movements import Movements
from vision_app.results.saying import (
    SHAPE_COLUMNS,
    class_lines,
    class_rows,
    depth_lines,
    movement_lines,
    movement_rows,
    nearest_lines,
    nearest_rows,
    object_lines,
    object_rows,
    picture_lines,
    shaped_rows,
    share_lines,
    share_rows,
    whole_rows,
)
from vision_app.results.turned import TurnedBoxes
from vision_app.results.values import Classification, Detections, Keypoints, Masks

BUILT_IN = (
    ResultKind(
        "classify",
        Classification,
        {"en": "classes", "ko": "분류"},
        paint_classification,
        class_rows,
        class_lines,
    ),
    ResultKind(
        "detect",
        Detections,
        {"en": "objects", "ko": "물체"},
        paint_detections,
        object_rows,
        object_lines,
    ),
    ResultKind(
        "segment",
        Masks,
        {"en": "outlines", "ko": "윤곽"},
        paint_masks,
        shaped_rows,
        object_lines,
        SHAPE_COLUMNS,
    ),
    ResultKind(
        "pose",
        Keypoints,
        {"en": "keypoints", "ko": "특징점"},
        paint_keypoints,
        shaped_rows,
        object_lines,
        SHAPE_COLUMNS,
    ),
    ResultKind(
        "obb",
        TurnedBoxes,
        {"en": Message("turned boxes"), "ko": "회전 상자"},
        paint_turned_boxes,
        object_rows,
        object_lines,
    ),
    ResultKind(
        "semantic",
        ClassMap,
        {"en": "areas", "ko": "영역"},
        paint_class_map,
        share_rows,
        share_lines,
    ),
    ResultKind(
        "depth",
        DepthMap,
        {"en": "depth", "ko": "깊이"},
        paint_depth,
        whole_rows,
        depth_lines,
        ("unit", "nearest", "farthest", "median", "centre"),
    ),
    ResultKind(
        "image",
        MadePicture,
        {"en": "picture", "ko": "만든 이미지"},
        paint_picture,
        whole_rows,
        picture_lines,
        ("width", "height"),
    ),
    ResultKind(
        "embed",
        Embedding,
        {"en": "likeness", "ko": "유사도"},
        paint_embedding,
        nearest_rows,
        nearest_lines,
    ),
    ResultKind(
        "movement",
        Movements,
        {"en": "movements", "ko": "동작"},
        paint_movements,
        movement_rows,
        movement_lines,
        ("start_s", "end_s"),
    ),
)
