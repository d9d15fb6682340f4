"""Makes assets/lessons/depth.json: the gradients of a plain and a residual network, layer by layer, as trained.

python tools/measure_depth.py
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from vision_app.learn.depth import train

DEPTHS = (3, 7, 21, 41)
STEPS, EVERY = 600, 50
TARGET = Path(__file__).resolve().parents[1] / "assets" / "lessons" / "depth.json"


def main() -> None:
    import torch

    torch.set_num_threads(1)
    runs = []
    for depth in DEPTHS:
        for residual in (False, True):
            started = time.perf_counter()
            steps: list[dict[str, Any]] = [
                {
                    "step": s.step,
                    "gradients": [float(f"{g:.4g}") for g in s.gradients],
                    "loss": round(s.loss, 4),
                    "accuracy": round(s.accuracy, 4),
                }
                for s in train(depth, residual=residual, steps=STEPS, every=EVERY)
            ]
            runs.append({"depth": depth, "residual": residual, "steps": steps})
            print(depth, residual, steps[0]["gradients"][0], steps[0]["gradients"][-1], steps[-1]["accuracy"])
            print(f"  {time.perf_counter() - started:.0f} s")
    TARGET.parent.mkdir(exist_ok=True)
    content = {"made_by": "tools/measure_depth.py", "torch": torch.__version__, "seed": 0, "runs": runs}
    TARGET.write_text(json.dumps(content) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
