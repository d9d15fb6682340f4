"""The strip of the last seconds with the attention of a model over time above it, live."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.gui.live_parts import Live
from tests.gui.test_inside_panel import WAIT_MS, Window, live, window  # noqa: F401  # fixtures
from tests.hand_clip import moved, write_frames
from tests.movement_model import write_waver
from vision_app.engine.request import ModelRequest
from vision_app.gui.inside.moments_page import MomentStrip
from vision_app.live.status import Picture


def picture(captured_s: float) -> Picture:
    return Picture(np.full((48, 64, 4), 200, np.uint8), 0, (64, 48), captured_s)


def test_attention_of_a_stream_is_shown_over_its_pictures(
    live: Live,  # noqa: F811
    window: Window,  # noqa: F811
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    write_waver(tmp_path / "models" / "waver.onnx", attends=True)
    clip = write_frames(tmp_path / "hand.mp4", moved(lambda t: 100 * np.sin(4 * t), 3.0, 15), 15)
    window.panel.open("moments")
    page = window.panel.moments
    assert window.panel.page is page
    live.session.open(str(clip), loop=True)
    qtbot.waitUntil(lambda: len(page.strip.kept) > 1, timeout=WAIT_MS)
    assert page.strip.attention is None
    assert "No model over time" in page.said.text()
    write_waver(tmp_path / "models" / "stately.onnx")
    live.session.add_model(ModelRequest("stately"))
    qtbot.waitUntil(lambda: page.said.text().startswith("stately: no hand"), timeout=WAIT_MS)
    live.session.add_model(ModelRequest("waver"))
    qtbot.waitUntil(lambda: page.strip.attention is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: page.said.text().startswith("waver: "), timeout=WAIT_MS)
    assert page.strip.rate_hz == 15
    assert not page.strip.grab().isNull()
    window.panel.open("maps")
    assert not page.strip.kept, "nothing is kept where nobody looks"
    seen = len(live.pictures)
    qtbot.waitUntil(lambda: len(live.pictures) > seen + 3, timeout=WAIT_MS)
    assert not page.strip.kept


def test_the_newest_moment_is_at_the_right_and_old_pictures_go(qtbot: QtBot) -> None:
    strip = MomentStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 150)
    for i in range(100):
        strip.take(picture(i * 0.1), np.float32([0, 0, 1]), 10.0)
    assert 3.5 <= strip.kept[-1].captured_s - strip.kept[0].captured_s <= 5
    image = strip.grab().toImage()
    bar, ground = image.pixelColor(395, 20), image.pixelColor(200, 20)
    assert bar != ground
    assert image.pixelColor(380, 20) == ground, "the row before does not count"
    strip.take(picture(3.0), None, 1.0)
    assert [one.captured_s for one in strip.kept] == [3.0], "another source: nothing of the one before stays"
