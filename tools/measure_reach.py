"""Makes assets/lessons/memory.json: how far back four networks over time look, before and after training.

OPENBLAS_NUM_THREADS=1 python tools/measure_reach.py
"""

from __future__ import annotations

import json
from pathlib import Path

from vision_app.temporal.lessons import memory_lesson

TARGET = Path(__file__).resolve().parents[1] / "assets" / "lessons" / "memory.json"
LENGTHS = (20, 40)


def main() -> None:
    """Train and write."""
    networks = [
        {
            "kind": reach.kind,
            "rows": rows,
            "before": [float(f"{v:.3g}") for v in reach.before],
            "gradients": [float(f"{v:.3g}") for v in reach.gradients],
            "accuracy": round(reach.accuracy, 4),
            "gates": {name: [round(float(v), 3) for v in values] for name, values in reach.gates.items()},
        }
        for rows in LENGTHS
        for reach in memory_lesson(rows)
    ]
    TARGET.write_text(json.dumps({"networks": networks}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
