"""Closing the window does not wait for a model whose first run never ends."""

import time
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.endless import endless_model
from vision_app.gui.pieces.background import Background
from vision_app.runtime import Session


@pytest.mark.parametrize("way", ["close", "finish"])
def test_an_endless_job_is_called_off(qtbot: QtBot, tmp_path: Path, way: str) -> None:
    import numpy as np

    session = endless_model(tmp_path / "endless.onnx")
    background, done = Background("models"), []
    background.run(lambda: Session(session, "cpu").run_single(np.zeros((1, 3, 32, 32), np.float32)))
    background.run(lambda: done.append("saved"))
    qtbot.wait(300)
    began = time.perf_counter()
    getattr(background, way)()
    assert time.perf_counter() - began < 3
    assert done == (["saved"] if way == "finish" else [])
