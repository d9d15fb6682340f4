"""The program's own kinds of results, one row each."""

from __future__ import annotations

from vision_app.overlay.bars import paint_classification
from vision_app.overlay.boxes import paint_detections
from vision_app.overlay.kinds import ResultKind
from vision_app.overlay.masks import paint_masks
from vision_app.overlay.skeletons import paint_keypoints
from vision_app.results.saying import class_lines, class_rows, object_lines, object_rows
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
        object_rows,
        object_lines,
    ),
    ResultKind(
        "pose",
        Keypoints,
        {"en": "keypoints", "ko": "관절점"},
        paint_keypoints,
        object_rows,
        object_lines,
    ),
)
