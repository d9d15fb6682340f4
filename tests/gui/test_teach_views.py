"""What the training makes of samples, and what filters would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from tests.sample_pictures import new_sample
from vision_app.filters.chain import FilterChain, parse_chain
from vision_app.gui.pieces.background import Background
from vision_app.gui.teach.views_dialog import ViewsDialog, preview
from vision_app.learn.augment import changed, views_of
from vision_app.samples.store import SampleStore


def test_a_row_a_class_with_the_views_of_the_training_and_the_filtered_picture(
    tmp_path: Path, qtbot: QtBot
) -> None:
    with SampleStore.open(tmp_path / "samples") as store:
        store.add_many([new_sample("cup", 1), new_sample("cup", 2), new_sample("pen", 3)])
        chain = parse_chain("gaussian:9|canny")
        cup, pen = preview(store, 3, chain, flip=False)
        assert (cup.label, pen.label) == ("cup", "pen")
        sample = store.sample(store.ids("cup")[-1])
        image = store.read(sample.id)
        for made, view in zip(cup.views, views_of(3, flip=False), strict=True):
            assert np.array_equal(made, changed(image, view, sample.sha256))
        assert cup.filtered is not None
        assert np.array_equal(cup.filtered, chain.start().bgr(image))
        assert preview(store, 1, FilterChain(), flip=True)[0].filtered is None
        background = Background("views")
        dialog = ViewsDialog(background, store, 8, chain)
        qtbot.addWidget(dialog)
        qtbot.waitUntil(lambda: dialog.grid.itemAtPosition(2, 5) is not None, timeout=20_000)
        assert "gaussian:9|canny" in dialog.text.text()
        assert [head.text() for head in dialog.heads][-1] == "Behind the filters"
        background.close()


def test_no_samples_and_filters_that_cannot_be_done_are_said(tmp_path: Path, qtbot: QtBot) -> None:
    with SampleStore.open(tmp_path / "samples") as store:
        background = Background("views")
        empty = ViewsDialog(background, store, 1, FilterChain())
        qtbot.addWidget(empty)
        qtbot.waitUntil(lambda: "no samples" in empty.said.text(), timeout=20_000)
        store.add_many([new_sample("cup", 1)])
        broken = ViewsDialog(background, store, 1, parse_chain("orb:nowhere.png"))
        qtbot.addWidget(broken)
        qtbot.waitUntil(lambda: "nowhere.png" in broken.said.text(), timeout=20_000)
        background.close()
