"""Write assets/skeletons: hand, body, face and its meshes. The lines of the meshes are read out of MediaPipe's wheel.

python -m people.make_skeletons WHEEL        (in tools/)
"""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from itertools import pairwise
from pathlib import Path

from vision_app.resources import assets_dir

LINES = "mediapipe/python/solutions/face_mesh_connections.py"
CONTOURS = ("LIPS", "LEFT_EYE", "LEFT_EYEBROW", "RIGHT_EYE", "RIGHT_EYEBROW", "FACE_OVAL")
IRISES = ("LEFT_IRIS", "RIGHT_IRIS")
FINGERS = {
    "thumb": ("cmc", "mcp", "ip", "tip"),
    **dict.fromkeys(("index", "middle", "ring", "pinky"), ("mcp", "pip", "dip", "tip")),
}
HAND_LINES = ("0-1-2-3-4", "0-5-6-7-8", "5-9-10-11-12", "9-13-14-15-16", "13-17-18-19-20", "0-17")
BODY_LINES = (
    *("0-1-2-3-7", "0-4-5-6-8", "9-10", "11-12", "11-13-15-17-19-15-21", "12-14-16-18-20-16-22"),
    *("11-23-24-12", "23-25-27-29-31-27", "24-26-28-30-32-28"),
)
BODY_NAMES = (
    *(
        "nose",
        "left_eye_inner",
        "left_eye",
        "left_eye_outer",
        "right_eye_inner",
        "right_eye",
        "right_eye_outer",
    ),
    *("left_ear", "right_ear", "mouth_left", "mouth_right"),
    *(
        f"{side}_{part}"
        for part in (
            *("shoulder", "elbow", "wrist", "pinky", "index", "thumb"),
            *("hip", "knee", "ankle", "heel", "foot_index"),
        )
        for side in ("left", "right")
    ),
)
FACE_NAMES = ("right_eye", "left_eye", "nose_tip", "mouth_centre", "right_ear", "left_ear")
IRIS_NAMES = [f"{side}_iris_{part}" for side in ("right", "left") for part in ("centre", "a", "b", "c", "d")]


def pairs(lines: tuple[str, ...]) -> list[list[int]]:
    """`0-1-2` as pairs of neighbours."""
    ways = [[int(i) for i in line.split("-")] for line in lines]
    return [[a, b] for way in ways for a, b in pairwise(way)]


def read_lines(wheel: Path) -> dict[str, list[list[int]]]:
    """The lines of the mesh by name, each once."""
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(LINES).decode())
    found: dict[str, list[list[int]]] = {}
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args):
            continue
        name = node.targets[0].id.removeprefix("FACEMESH_")  # type: ignore[attr-defined]
        try:
            listed = ast.literal_eval(node.value.args[0])
        except ValueError:  # a union of the others
            continue
        found[name] = [list(pair) for pair in sorted({(min(p), max(p)) for p in listed})]
    return found


def write(name: str, names: tuple[str, ...], limbs: list[list[int]], web: list[list[int]]) -> None:
    data = {"names": names, "limbs": limbs} | ({"web": web} if web else {})
    path = assets_dir() / "skeletons" / f"{name}.json"
    path.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


def main() -> None:
    lines = read_lines(Path(sys.argv[1]))
    hand = ("wrist", *(f"{finger}_{joint}" for finger, joints in FINGERS.items() for joint in joints))
    write("hand-21", hand, pairs(HAND_LINES), [])
    write("body-33", BODY_NAMES, pairs(BODY_LINES), [])
    write("face-6", FACE_NAMES, [], [])
    mesh = tuple(str(i) for i in range(468))
    contours = [pair for name in CONTOURS for pair in lines[name]]
    irises = [pair for name in IRISES for pair in lines[name]]
    web = lines["TESSELATION"]
    write("face-mesh-468", mesh, contours, web)
    write("face-mesh-478", (*mesh, *IRIS_NAMES), [*contours, *irises], web)


if __name__ == "__main__":
    main()
