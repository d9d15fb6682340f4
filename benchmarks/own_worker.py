"""This program's side of `table.py`: one measurement in a process of its own, as one line of JSON.

python benchmarks/own_worker.py '{"kind": "file", "model": "nanodet-g", "source": "clip.mp4", "frames": 100}'
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stopwatch import Laps, boxes_to_suppress, picture_tensor, pictures_of, report

_WARM_UP = 3


def file(job: dict[str, Any]) -> None:
    """A whole clip through the pipeline; the answer is the number of boxes."""
    from vision_app.headless.run import HeadlessRun
    from vision_app.headless.settings import load_settings

    with tempfile.TemporaryDirectory() as name:
        results = Path(name) / "r.jsonl"
        asked = {
            "source": job["source"],
            "model": [job["model"]],
            "max_frames": str(job["frames"]),
            "json": str(results),
            "conf": "0.25",
            "iou": "0.7",
        }
        run = HeadlessRun(load_settings(asked), lambda _: None)
        run.start()
        stats = run.streams[0].pipeline.stats
        laps = Laps()
        while stats.first_result_s is None and not run.join(0.002):
            pass
        laps.begin(skip=stats.frames)
        run.join()
        laps.end(stats.frames)
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    report(laps, sum(len(line["results"][0]["detections"]) for line in lines))


def network(job: dict[str, Any]) -> None:
    """The network alone on one thread, its graph as it runs here: rewritten where that is faster."""
    from vision_app.cards.lookup import find_model
    from vision_app.engine.predictors import LoadedModel
    from vision_app.engine.rewriting import rewrite
    from vision_app.runtime import ThreadPolicy

    file_of = find_model(job["model"])
    rewrite(file_of)
    model = LoadedModel(file_of, None, "cpu", ThreadPolicy(intra_op=1))
    tensor = picture_tensor((1, 3, *model.card.input.size_hw))
    report(Laps.of(lambda: model.session.run({model.picture_name: tensor}), job["frames"]), 0)


def part(job: dict[str, Any]) -> None:
    """A network of the people chains on one thread."""
    from vision_app.engine.finding import Part
    from vision_app.runtime import ThreadPolicy

    one = Part(f"people/{job['network']}", "cpu", ThreadPolicy(intra_op=1))
    width, height = one.spatial()
    tensor = picture_tensor((1, 3, height, width))
    report(Laps.of(lambda: one.session.run({"picture": tensor}), job["frames"]), 0)


def chain(job: dict[str, Any]) -> None:
    """A chain with what it remembers, frame after frame; the answer is how many it found in all."""
    from vision_app.engine.build import Pool, Surroundings, build
    from vision_app.engine.request import ModelRequest
    from vision_app.results.values import Frame
    from vision_app.runtime import ThreadPolicy
    from vision_app.tasks import TaskOptions

    pictures = pictures_of(job["source"], job["frames"])
    around = Surroundings(ThreadPolicy.for_live(), (1280, 720), 30.0)
    predictor: Any = build(
        ModelRequest(job["chain"], TaskOptions()), around, pool=Pool(around.threads)
    ).predictor
    found = 0
    laps = Laps()
    for number, picture in enumerate(pictures):
        if number == _WARM_UP:
            laps.begin(skip=number)
        frame = Frame(picture, number, number / 30, number / 30)
        result, _ = predictor.follow(predictor.begin(frame), frame)
        found += len(result.detections)
    laps.end(len(pictures))
    report(laps, found)


def suppression(job: dict[str, Any]) -> None:
    """Non-maximum suppression; the answer is how many boxes stay."""
    from vision_app.tasks.nms import non_maximum_suppression

    boxes, scores, classes = boxes_to_suppress(job["boxes"], job["classes"])
    kept = non_maximum_suppression(boxes, scores, classes, 0.5, len(boxes))
    report(
        Laps.of(lambda: non_maximum_suppression(boxes, scores, classes, 0.5, len(boxes)), job["frames"]),
        len(kept),
    )


def decode(job: dict[str, Any]) -> None:
    """Frames of a clip as arrays; the answer is how many."""
    from vision_app.sources import open_source

    with open_source(job["source"]) as source:
        source.read()
        laps = Laps()
        laps.begin()
        count = 0
        while count < job["frames"] and source.read() is not None:
            count += 1
        laps.end(count)
    report(laps, count)


KINDS: dict[str, Callable[[dict[str, Any]], None]] = {
    "file": file,
    "network": network,
    "part": part,
    "chain": chain,
    "suppression": suppression,
    "decode": decode,
}

if __name__ == "__main__":
    work = json.loads(sys.argv[1])
    KINDS[work["kind"]](work)
