"""Every figure beside its peer, in one interleaved run.

    python benchmarks/table.py [--rounds 5] [--only files,networks] [--quick] [--detectors FOLDER] [--people-clip CLIP]
        [--python-openvino PY] [--python-litert PY] [--python-mediapipe PY] [--into PAGE] [--json FILE]

Each side of each row is a process of its own, in the Python that has it; a round runs every row once, both sides one
after the other, which of them first changing with the round. Medians of the rounds count, the ratio is the median of
the rounds' ratios: above 1 this program is faster. What is not there is said to be absent. `--detectors` is the folder
that `detectors.py` makes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from machine import SHORT_RUN, describe_machine, put_into

from vision_app.resources import demo_clip, models_dir

_HERE = Path(__file__).resolve().parent
_TIMEOUT_S = 600
# Source: tools/people/mediapipe_networks.py
_TFLITES = {
    "palm-detection-full": "palm_detection/palm_detection_full.tflite",
    "hand-landmarks-full": "hand_landmark/hand_landmark_full.tflite",
    "pose-detection": "pose_detection/pose_detection.tflite",
    "pose-landmarks": "pose_landmark/pose_landmark_full.tflite",
    "face-detection-full": "face_detection/face_detection_full_range_sparse.tflite",
    "face-mesh": "face_landmark/face_landmark.tflite",
}
_SOLUTIONS = {"hands": "hands", "body": "body", "faces": "faces", "face-mesh": "face mesh"}
_NETWORKS = {
    "nanodet-g": 416,
    "nanodet-g-int8": 416,
    "efficientnet-lite0": 224,
    "efficientnet-lite0-int8": 224,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One program's part of a row.

    Attributes:
        name: of the program.
        python: that has it; None where it is not there.
        job: what its worker is told.
        why: why it is not there.
    """

    name: str
    python: str | None
    job: dict[str, Any]
    why: str = ""


@dataclass(slots=True)
class Contest:
    """One row: a task, both sides, and what each round gave.

    Attributes:
        group: part of the table.
        title: the task.
        item: what the milliseconds are of.
        sides: this program and the peer.
        taken: figures of each side, round by round.
        absent: why a side is not there; "" where it is.
    """

    group: str
    title: str
    item: str
    sides: tuple[Side, Side]
    taken: tuple[list[dict[str, Any]], list[dict[str, Any]]] = field(default_factory=lambda: ([], []))
    absent: list[str] = field(default_factory=lambda: ["", ""])

    def run(self, *, turned: bool) -> None:
        """Both sides once, the peer first if turned; a side that is not there is not tried again."""
        for which in (1, 0) if turned else (0, 1):
            if not self.absent[which]:
                self._run_side(which)

    def _run_side(self, which: int) -> None:
        side = self.sides[which]
        if side.python is None:
            self.absent[which] = side.why
            return
        worker = "own_worker.py" if which == 0 else "peer_worker.py"
        try:
            done = subprocess.run(
                [side.python, str(_HERE / worker), json.dumps(side.job)],
                check=False,
                capture_output=True,
                text=True,
                timeout=_TIMEOUT_S,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
            )
        except subprocess.TimeoutExpired:
            self.absent[which] = f"took longer than {_TIMEOUT_S} s"
            return
        except OSError as error:
            self.absent[which] = f"{side.python}: {error.strerror}"
            return
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if not lines:
            self.absent[which] = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:160]
            return
        told = json.loads(lines[-1])
        if "absent" in told:
            self.absent[which] = told["absent"]
        else:
            self.taken[which].append(told)

    def median(self, which: int, what: str) -> float:
        """The median of one figure of one side."""
        return float(statistics.median(figures[what] for figures in self.taken[which]))

    def ratios(self, what: str) -> list[float]:
        """The peer's figure over this program's, round by round."""
        return [b[what] / a[what] for a, b in zip(*self.taken, strict=False)]

    def as_record(self) -> dict[str, Any]:
        """All that was measured, as plain values."""
        return {
            "group": self.group,
            "title": self.title,
            "item": self.item,
            "vision_app": {"absent": self.absent[0], "rounds": self.taken[0]},
            "peer": {"name": self.sides[1].name, "absent": self.absent[1], "rounds": self.taken[1]},
        }


@dataclass(frozen=True, slots=True)
class Place:
    """Where the peers and the inputs are, and how much is measured."""

    detectors: Path | None
    people_clip: Path | None
    openvino: str | None
    litert: str | None
    mediapipe: str | None
    frames: int
    times: int


def contests(place: Place) -> Iterator[Contest]:
    """All rows."""
    yield from _files(place)
    yield from _networks(place)
    yield from _people(place)
    yield from _suppression(place)
    yield from _decoding(place)


def _own(**job: Any) -> Side:
    return Side("vision_app", sys.executable, job)


def _files(place: Place) -> Iterator[Contest]:
    """A clip through the whole program: both in float32, both in INT8, and INT8 against float32."""
    clip = str(demo_clip())
    pairs = (("float32", "", ""), ("INT8, each its own", "-int8", "-ultralytics-int8"), ("INT8", "-int8", ""))
    for recipe in ("yolo11n", "yolov8n"):
        for title, own, peer in pairs:
            against = " against float32" if title == "INT8" else ""
            paths = [
                None if place.detectors is None else place.detectors / f"{recipe}{s}.onnx"
                for s in (own, peer)
            ]
            there = all(path is not None and path.exists() for path in paths)
            why = "" if there else "no such files: benchmarks/detectors.py makes them"
            jobs = [{"model": str(path), "source": clip, "frames": place.frames} for path in paths]
            sides = (
                Side("vision_app", sys.executable if there else None, {"kind": "file", **jobs[0]}, why),
                Side(
                    "ultralytics", sys.executable if there else None, {"kind": "ultralytics", **jobs[1]}, why
                ),
            )
            yield Contest("files", f"{recipe} 640 on a 720p clip, {title}{against}", "frame", sides)


def _networks(place: Place) -> Iterator[Contest]:
    """The same ONNX file on one thread: ONNX Runtime as it is used here, and OpenVINO's own runtime."""
    models = {str(models_dir() / f"{name}.onnx"): (name, size) for name, size in _NETWORKS.items()}
    for recipe in ("yolo11n", "yolo11n-int8") if place.detectors else ():
        assert place.detectors is not None
        models[str(place.detectors / f"{recipe}.onnx")] = (recipe, 640)
    for path, (name, size) in models.items():
        own = _own(kind="network", model=path, frames=place.times)
        for precision in ("f32",) if name.endswith("int8") else ("f32", ""):
            job = {"model": path, "shape": [1, 3, size, size], "frames": place.times, "precision": precision}
            peer = Side("OpenVINO", place.openvino, {"kind": "openvino", **job}, "no --python-openvino")
            rounded = "" if precision else ", the peer in bfloat16 where it can"
            yield Contest("networks", f"{name} {size}, one thread{rounded}", "run", (own, peer))


def _people(place: Place) -> Iterator[Contest]:
    """Networks of people beside LiteRT on their originals, whole chains beside mediapipe's pipelines."""
    folder = _modules_of(place.mediapipe)
    for name, file in _TFLITES.items():
        job = {"kind": "litert", "model": f"{folder}/{file}", "frames": place.times}
        python = place.litert if folder else None
        peer = Side("LiteRT", python, job, "no --python-litert, or no --python-mediapipe that has its files")
        own = _own(kind="part", network=name, frames=place.times)
        yield Contest("people", f"{name}, one thread", "run", (own, peer))
    clip = str(place.people_clip)
    for chain, solution in _SOLUTIONS.items():
        job = {"source": clip, "frames": place.frames}
        there = place.people_clip is not None
        peer = Side(
            "mediapipe",
            place.mediapipe if there else None,
            {"kind": "mediapipe", "solution": solution, **job},
            "no --python-mediapipe, or no --people-clip",
        )
        own = Side(
            "vision_app",
            sys.executable if there else None,
            {"kind": "chain", "chain": chain, **job},
            "no --people-clip",
        )
        yield Contest("people", f"{chain}, followed over a clip, 720p", "frame", (own, peer))


def _modules_of(python: str | None) -> str | None:
    """Where the .tflite files of a mediapipe are."""
    if python is None:
        return None
    code = "import importlib.util as u; print(u.find_spec('mediapipe').submodule_search_locations[0])"
    done = subprocess.run([python, "-c", code], check=False, capture_output=True, text=True)
    return f"{done.stdout.strip()}/modules" if done.returncode == 0 else None


def _suppression(place: Place) -> Iterator[Contest]:
    for boxes, classes in ((300, 80), (3000, 80), (3000, 1), (24_000, 1)):
        job = {"boxes": boxes, "classes": classes, "frames": place.times}
        for name, kind in (("torchvision", "torchvision"), ("OpenCV", "opencv nms")):
            sides = _own(kind="suppression", **job), Side(name, sys.executable, {"kind": kind, **job})
            title = f"suppress {boxes} boxes of {classes} class{'es' * (classes > 1)}"
            yield Contest("boxes", title, "call", sides)


def _decoding(place: Place) -> Iterator[Contest]:
    job = {"source": str(demo_clip()), "frames": max(place.frames, 100)}
    for name, kind in (("PyAV", "pyav"), ("OpenCV", "opencv")):
        sides = _own(kind="decode", **job), Side(name, sys.executable, {"kind": kind, **job})
        yield Contest("decoding", "read 720p H.264 as BGR", "frame", sides)


def markdown(rows: Sequence[Contest]) -> str:
    """The table: on the wall, of the processor, memory, ratios with their range, and what both found."""
    titles = (
        "task",
        "milliseconds a",
        "vision_app",
        "peer",
        "",
        "faster by",
        "less processor time by",
        "MB",
        "answers",
    )
    lines = [f"| {' | '.join(titles)} |", "|" + "---|" * len(titles)]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cells(row: Contest) -> list[str]:
    figures = [_figure(row, which) for which in (0, 1)]
    version = row.taken[1][0]["version"] if row.taken[1] else ""
    cells = [row.title, row.item, figures[0], f"{row.sides[1].name} {version}".strip(), figures[1]]
    if not all(row.taken):
        return [*cells, "-", "-", "-", "-"]
    answers = [int(row.median(which, "answer")) for which in (0, 1)]
    return [
        *cells,
        _ratio(row.ratios("ms")),
        _ratio(row.ratios("cpu_ms")),
        " / ".join(f"{row.median(which, 'mb'):.0f}" for which in (0, 1)),
        "-" if not any(answers) else " / ".join(map(str, answers)),
    ]


def _figure(row: Contest, which: int) -> str:
    if not row.taken[which]:
        return f"absent: {row.absent[which]}"
    return f"{row.median(which, 'ms'):.3g} ({row.median(which, 'cpu_ms'):.3g} CPU)"


def _ratio(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="few frames: shows that all of it works")
    parser.add_argument("--only", default="", help="groups: files,networks,people,boxes,decoding")
    parser.add_argument("--detectors", type=Path, help="folder that detectors.py made")
    parser.add_argument("--people-clip", type=Path, help="a clip with a person, face and hands")
    parser.add_argument("--python-openvino")
    parser.add_argument("--python-litert")
    parser.add_argument("--python-mediapipe")
    parser.add_argument("--into", type=Path, help="a page that has a place for the table: docs/benchmarks.md")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    place = Place(
        asked.detectors and asked.detectors.resolve(),
        asked.people_clip and asked.people_clip.resolve(),
        asked.python_openvino,
        asked.python_litert,
        asked.python_mediapipe,
        frames=30 if asked.quick else 150,
        times=15 if asked.quick else 60,
    )
    wanted = asked.only.split(",") if asked.only else []
    rows = [row for row in contests(place) if not wanted or row.group in wanted]
    for turn in range(asked.rounds):
        for number, row in enumerate(rows):
            print(f"round {turn + 1}, {number + 1} of {len(rows)}: {row.title}", file=sys.stderr, flush=True)
            row.run(turned=bool(turn % 2))
    text = f"{describe_machine()}; medians of {asked.rounds} rounds\n\n{markdown(rows)}"
    if asked.quick:
        text = f"{SHORT_RUN}\n\n{text}"
    print(text)
    if asked.into:
        put_into(asked.into, "table", text)
    if asked.json:
        record = {"machine": describe_machine(), "rows": [row.as_record() for row in rows]}
        asked.json.write_text(json.dumps(record, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
