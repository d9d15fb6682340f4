"""The process in which one model is measured: a job as JSON on standard input, its row on standard output."""

from __future__ import annotations

import dataclasses
import json
import sys

from vision_app.bench.measuring import Job, measure
from vision_app.bench.rows import Row
from vision_app.errors import VisionError


def main() -> None:
    """Measure what standard input asks for."""
    job = Job(**json.loads(sys.stdin.read()))
    try:
        row = measure(job)
    except VisionError as error:
        row = Row(job.model, job.provider, error=" ".join(str(error).split()))
    sys.stdout.write(json.dumps(dataclasses.asdict(row)))


if __name__ == "__main__":
    main()
