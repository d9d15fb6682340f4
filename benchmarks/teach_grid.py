"""How fluid the grid of the teach panel is: opening, scrolling and choosing with many samples, stalls counted.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.teach_grid --count 20000

A stall is a turn of the window's loop, with its painting, that took longer than two pictures of a 60 Hz screen.
"""

from __future__ import annotations

import argparse
import json
import os
import time

import numpy as np

_STALL_MS = 33.0


def main() -> None:
    """Measure, and print one object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=300)
    parsed = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from vision_app.gui.teach.grid import Cell, Grid, PictureModel
    from vision_app.samples.pictures import decode_picture, encode_jpeg

    app = QApplication([])
    noise = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    data = encode_jpeg(noise, 85)
    model = PictureModel(lambda _: decode_picture(data, "sample").image)
    grid = Grid(model)
    grid.resize(940, 620)
    grid.show()
    app.processEvents()

    began_s = time.perf_counter()
    model.show_cells([Cell(f"{i}", f"class {i % 7}") for i in range(parsed.count)])
    app.processEvents()
    opened_ms = 1e3 * (time.perf_counter() - began_s)

    bar = grid.verticalScrollBar()
    turns_ms = []
    for turn in range(parsed.turns):
        began_s = time.perf_counter()
        bar.setValue(round(bar.maximum() * turn / parsed.turns) if turn % 3 == 0 else bar.value() + 60)
        app.processEvents()
        turns_ms.append(1e3 * (time.perf_counter() - began_s))
        time.sleep(0.005)
    began_s = time.perf_counter()
    grid.selectAll()
    app.processEvents()
    chosen_ms = 1e3 * (time.perf_counter() - began_s)
    model.close()
    print(
        json.dumps(
            {
                "count": parsed.count,
                "opened_ms": round(opened_ms, 1),
                "turn_p50_ms": round(float(np.percentile(turns_ms, 50)), 2),
                "turn_p95_ms": round(float(np.percentile(turns_ms, 95)), 2),
                "turn_worst_ms": round(max(turns_ms), 2),
                "stalls": sum(t > _STALL_MS for t in turns_ms),
                "turns": len(turns_ms),
                "all_chosen_ms": round(chosen_ms, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
