"""The model panel with the real session: cards, options, the catalogue, downloads, files, latencies."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from tests import tiny_models as tiny
from tests.file_server import FileServer
from tests.gui.live_parts import Live, live_parts
from vision_app.cards import lookup
from vision_app.cards.lookup import CatalogueEntry, find_card
from vision_app.engine.request import ModelRequest
from vision_app.gui.models.adding import AddDialog
from vision_app.gui.models.card import ModelCardWidget
from vision_app.gui.models.facts import (
    class_ids,
    class_names,
    grouped,
    is_copyleft,
    matches,
    provider_choices,
)
from vision_app.gui.models.panel import ModelPanel
from vision_app.gui.models.rows import CatalogueRow
from vision_app.gui.theme import theme
from vision_app.labels import label_names
from vision_app.live.latency import LatencyStore
from vision_app.live.status import ModelState, ModelStatus
from vision_app.locking import model_lock
from vision_app.resources import demo_clip, models_dir
from vision_app.results.values import Classification, Detections

WAIT_MS = 30_000
SHIPPED = "efficientnet-lite0"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(folder))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    return folder


@pytest.fixture
def live(tmp_path: Path, models: Path, qtbot: QtBot) -> Iterator[Live]:
    with live_parts(tmp_path) as parts:
        yield parts


@pytest.fixture
def panel(live: Live, tmp_path: Path, qtbot: QtBot) -> Iterator[ModelPanel]:
    made = make_panel(live, tmp_path, qtbot)
    yield made
    made.close_down()


def make_panel(live: Live, folder: Path, qtbot: QtBot) -> ModelPanel:
    made = ModelPanel(live.session, live.settings, LatencyStore(folder / "latency.json"))
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    until(qtbot, lambda: made.shelf.loaded and bool(made.shelf.providers))
    return made


def until(qtbot: QtBot, condition: object) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def only_card(panel: ModelPanel) -> ModelCardWidget:
    assert len(panel.cards) == 1
    return next(iter(panel.cards.values()))


def ready(panel: ModelPanel) -> bool:
    """Whether all models run, and the cards say so."""
    told = [card.status for card in panel.cards.values()]
    settled = all(s is not None and s.state is ModelState.READY and s.pending is None for s in told)
    return bool(told) and settled and len(told) == len(panel._session.model_statuses())


def run(qtbot: QtBot, panel: ModelPanel, reference: str) -> ModelCardWidget:
    """Run a model and give its card."""
    known = set(panel.cards)
    panel.run(reference)
    until(qtbot, lambda: ready(panel))
    return panel.cards[next(s for s in panel.cards if s not in known)]


def row(qtbot: QtBot, panel: ModelPanel, name: str) -> CatalogueRow:
    """The row of a model, its family opened."""
    panel.catalogue.filter.setText(name)
    until(qtbot, lambda: name in panel.catalogue.rows and panel.catalogue.rows[name].isVisible())
    return panel.catalogue.rows[name]


def status(panel: ModelPanel, slot: int = 0) -> ModelStatus:
    """What the panel was told last of a model."""
    told = panel.cards[slot].status
    assert told is not None
    return told


@pytest.fixture
def detector(models: Path) -> str:
    """Finds the same three boxes in each picture: two of class 0, the second one unsure, and one of class 2."""
    boxes = np.zeros((1, 3, 6), np.float32)
    boxes[0] = [[2, 2, 12, 12, 0.9, 0], [18, 18, 30, 30, 0.5, 0], [4, 18, 14, 30, 0.8, 2]]
    file = tiny.constant_model(models / "boxes.onnx", boxes)
    tiny.write_card(
        file,
        task="detect",
        title="Three boxes",
        family="Tests",
        output={"layout": "yolo-end2end"},
        labels=["person", "bicycle", "car"],
    )
    return "boxes"


def found(live: Live) -> Detections | None:
    newest = live.session.newest()
    results = newest[1] if newest is not None else ()
    return results[0] if results and isinstance(results[0], Detections) else None


# cards ---------------------------------------------------------------------------------------------------


def test_a_running_model_shows_what_it_is_where_it_runs_and_how_fast(
    qtbot: QtBot, live: Live, panel: ModelPanel
) -> None:
    assert panel.empty.isVisible()
    live.session.open(str(demo_clip()), loop=True)
    card = run(qtbot, panel, SHIPPED)
    assert not panel.empty.isVisible()
    assert card.name.text() == "EfficientNet-Lite0"
    assert card.facts.text() == "classifies · CPU"
    until(qtbot, lambda: " ms a picture, 95 % within " in card.speed.text())
    assert not card.badge.isVisible()
    assert not card.error.isVisible()


def test_a_model_that_cannot_be_had_says_so_on_its_card_and_the_others_go_on(
    qtbot: QtBot, live: Live, panel: ModelPanel, models: Path
) -> None:
    run(qtbot, panel, SHIPPED)
    panel.run(str(models / "not-there.onnx"))
    until(qtbot, lambda: len(panel.cards) == 2 and panel.cards[1].error.isVisible())
    card = panel.cards[1]
    assert "no such model file" in card.error.text()
    assert "\n" not in card.error.text()
    assert card.name.text() == "not-there.onnx"
    assert not card.tune.isEnabled()
    assert status(panel, 0).state is ModelState.READY
    tiny.colour_model(models, "not-there")
    card.again.click()
    until(qtbot, lambda: ready(panel))
    assert not card.error.isVisible()
    assert not card.again.isVisible()
    assert card.tune.isEnabled()


def test_a_change_that_fails_leaves_the_old_model_running_and_says_why(
    qtbot: QtBot, live: Live, panel: ModelPanel
) -> None:
    card = run(qtbot, panel, SHIPPED)
    slot, request = card.slot, card.request
    assert request is not None
    card.wanted.emit(slot, dataclasses.replace(request, provider="tensorrt"))
    until(qtbot, card.error.isVisible)
    assert "tensorrt" in card.error.text()
    assert status(panel).state is ModelState.READY
    assert card.facts.text() == "classifies · CPU"
    assert card.options.control("provider").currentData() == "auto"


def test_a_provider_that_was_not_the_one_asked_for_is_marked(qtbot: QtBot, panel: ModelPanel) -> None:
    card = ModelCardWidget(panel.shelf)
    qtbot.addWidget(card)
    fell = ModelStatus(
        7,
        ModelRequest("net"),
        ModelState.READY,
        name="net",
        task="detect",
        provider="CPUExecutionProvider",
        fell_back_from="CUDAExecutionProvider",
    )
    card.show_status(fell, {})
    card.show()
    assert card.badge.isVisible()
    assert card.badge_text.text() == "Runs on CPU: CUDA could not be had"
    card.show_status(dataclasses.replace(fell, fell_back_from=None), {})
    assert not card.badge.isVisible()


def test_hiding_stops_a_model_and_showing_runs_it_again(qtbot: QtBot, live: Live, panel: ModelPanel) -> None:
    card = run(qtbot, panel, SHIPPED)
    assert card.shown.accessibleName() == "Hide its results"
    card.shown.click()
    until(qtbot, lambda: not status(panel).request.shown)
    assert card.facts.text().endswith("hidden")
    assert card.shown.accessibleName() == "Show its results"
    card.shown.click()
    until(qtbot, lambda: status(panel).request.shown)


def test_removing_can_be_undone_with_all_that_was_chosen(qtbot: QtBot, live: Live, panel: ModelPanel) -> None:
    card = run(qtbot, panel, SHIPPED)
    card.options.control("top_k").setValue(2)
    until(qtbot, lambda: status(panel).request.options.top_k == 2)
    card.remove.click()
    until(qtbot, lambda: not panel.cards)
    assert live.session.model_statuses() == ()
    assert panel.undo_bar.isVisible()
    assert panel.undo_text.text() == "EfficientNet-Lite0 is off the screen"
    panel.undo_button.click()
    until(qtbot, lambda: ready(panel))
    assert live.session.model_statuses()[0].request.options.top_k == 2
    assert not panel.undo_bar.isVisible()
    assert not panel.undo_action.isEnabled()
    only_card(panel).remove.click()
    until(qtbot, lambda: not panel.cards)
    QTest.keyClick(panel, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    until(qtbot, lambda: ready(panel))


# options -------------------------------------------------------------------------------------------------


def test_thresholds_act_on_the_running_picture_and_have_a_way_back(
    qtbot: QtBot, live: Live, panel: ModelPanel, detector: str
) -> None:
    live.session.open("synthetic:64x64@30")
    card = run(qtbot, panel, detector)
    until(qtbot, lambda: (r := found(live)) is not None and len(r) == 3)
    card.tune.click()
    assert card.options.isVisible()
    assert card.options.control("conf").number.value() == 0.25
    assert not card.options.control("conf").reset.isEnabled()
    card.options.control("conf").slider.setValue(60)
    until(qtbot, lambda: (r := found(live)) is not None and len(r) == 2)
    assert card.options.control("conf").number.value() == 0.6
    card.options.control("conf").reset.click()
    until(qtbot, lambda: (r := found(live)) is not None and len(r) == 3)
    until(qtbot, lambda: status(panel).request.options.conf is None)
    card.tune.click()
    assert not card.options.isVisible()


def test_a_slider_under_the_hand_asks_seldom_and_ends_at_its_place(
    qtbot: QtBot, live: Live, panel: ModelPanel, detector: str
) -> None:
    card = run(qtbot, panel, detector)
    asked: list[ModelRequest] = []
    card.wanted.connect(lambda _, request: asked.append(request))
    for value in range(30, 90):
        card.options.control("conf").slider.setValue(value)
    until(qtbot, lambda: status(panel).request.options.conf == 0.89)
    assert len(asked) <= 5


def test_only_ticked_classes_are_found(qtbot: QtBot, live: Live, panel: ModelPanel, detector: str) -> None:
    live.session.open("synthetic:64x64@30")
    card = run(qtbot, panel, detector)
    card.tune.click()
    card.options.rows["classes"].fold.heading.click()
    picker = card.options.control("classes")
    assert card.options.rows["classes"].fold.heading.text() == "Classes: all"
    picker.search.setText("CA")
    assert picker.list.model().rowCount() == 1
    middle = picker.list.visualRect(picker.list.model().index(0, 0)).center()
    QTest.mouseClick(picker.list.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    until(qtbot, lambda: status(panel).request.options.classes == ("car",))
    until(qtbot, lambda: (r := found(live)) is not None and r.class_ids.tolist() == [2])
    assert card.options.rows["classes"].fold.heading.text() == "Classes: car"
    picker.search.clear()
    picker.list.setCurrentIndex(picker.list.model().index(0, 0))
    QTest.keyClick(picker.list, Qt.Key.Key_Space)
    until(qtbot, lambda: status(panel).request.options.classes == ("person", "car"))
    picker.all_button.click()
    until(qtbot, lambda: status(panel).request.options.classes == ())


def test_classes_are_named_and_searched_in_the_language_of_the_window(
    qtbot: QtBot, panel: ModelPanel, detector: str
) -> None:
    card = run(qtbot, panel, detector)
    names = label_names("ko")
    card.show_status(status(panel), names)
    picker = card.options.control("classes")
    model = picker.list.model()
    assert [model.index(i, 0).data() for i in range(3)] == [names["person"], names["bicycle"], names["car"]]
    picker.search.setText("bicy")
    assert model.rowCount() == 1
    picker.search.setText(names["bicycle"])
    assert model.rowCount() == 1


def test_a_detector_has_its_options_and_a_classifier_its_own(
    qtbot: QtBot, live: Live, panel: ModelPanel, detector: str
) -> None:
    boxes, classes = run(qtbot, panel, detector), run(qtbot, panel, SHIPPED)
    for card in (boxes, classes):
        card.tune.click()
    assert boxes.options.control("conf").isVisible()
    assert boxes.options.control("track").isVisible()
    assert not boxes.options.control("top_k").isVisible()
    assert not classes.options.control("conf").isVisible()
    assert not classes.options.control("sliced").isVisible()
    assert classes.options.control("top_k").isVisible()
    assert [classes.options.control("provider").itemData(i) for i in range(2)] == ["auto", "cpu"]
    live.session.open(str(demo_clip()))
    classes.options.control("top_k").setValue(2)
    until(qtbot, lambda: status(panel, classes.slot).request.options.top_k == 2)


@pytest.mark.slow
def test_windows_and_a_classifier_for_boxes_are_asked_for(
    qtbot: QtBot, live: Live, panel: ModelPanel, detector: str
) -> None:
    live.session.open("synthetic:64x64@30")
    card = run(qtbot, panel, detector)
    card.tune.click()
    assert not card.options.control("slice_size").isVisible()
    card.options.control("sliced").click()
    until(qtbot, lambda: status(panel).request.sliced and ready(panel))
    assert card.options.control("slice_size").isVisible()
    assert card.options.control("slice_size").text() == "automatic"
    card.options.control("slice_size").setValue(48)
    card.options.control("slice_stride").setValue(32)
    until(qtbot, lambda: (status(panel).request.slice_size, status(panel).request.slice_stride) == (48, 32))
    until(qtbot, lambda: " ms a picture with all its windows" in card.speed.text())
    card.options.control("sliced").click()
    place = card.options.control("classify_boxes").findData(SHIPPED)
    assert place > 0
    card.options.control("classify_boxes").setCurrentIndex(place)
    card.options.control("classify_boxes").activated.emit(place)
    until(qtbot, lambda: status(panel).request.classify_boxes == SHIPPED and ready(panel))
    until(qtbot, lambda: (r := found(live)) is not None and r.box_classes is not None)
    result = found(live)
    assert result is not None
    assert result.box_classes is not None
    assert isinstance(result.box_classes[0], Classification)
    assert card.options.control("top_k").isVisible()


def test_tracking_gives_numbers(qtbot: QtBot, live: Live, panel: ModelPanel, detector: str) -> None:
    card = run(qtbot, panel, detector)
    card.tune.click()
    live.session.open("synthetic:64x64@30")
    card.options.control("track").click()
    until(qtbot, lambda: (r := found(live)) is not None and r.track_ids is not None and r.track_ids.max() > 0)


# the catalogue -------------------------------------------------------------------------------------------


def families_on_disk() -> set[str]:
    """The families of the shipped files, read from the files and not from what the panel lists."""
    cards = [p.with_suffix(".json") for p in models_dir().glob("*.onnx")]
    told = [*cards, *models_dir().glob("*.chain.json")]
    return {json.loads(p.read_text("utf-8"))["family"] for p in told}


def test_all_models_are_listed_by_family_those_that_are_here_first(qtbot: QtBot, panel: ModelPanel) -> None:
    families = list(panel.catalogue.families)
    assert len(families) >= 10
    here = families_on_disk()
    assert set(families[: len(here)]) == here
    assert all(fold.open == (name in here) for name, fold in panel.catalogue.families.items())
    panel.catalogue.families["VGGNet (CNN)"].heading.click()
    until(qtbot, lambda: "vgg16" in panel.catalogue.rows and panel.catalogue.rows["vgg16"].isVisible())
    assert sum(len(g) for g in grouped(panel.shelf.entries).values()) == len(panel.shelf.entries)


def test_a_row_says_licence_size_year_and_published_figures(qtbot: QtBot, panel: ModelPanel) -> None:
    yolox = row(qtbot, panel, "yolox-nano")
    assert yolox.use.text() == "detects"
    assert yolox.facts.text() == "3.7 MB · 2021 · AP 25.8"
    assert yolox.licence.text() == "Apache-2.0"
    assert yolox.licence.property("kind") == "quiet"
    agpl = row(qtbot, panel, "yolo11n")
    assert agpl.licence.text() == "AGPL-3.0, copyleft"
    assert agpl.licence.property("kind") == "warn"
    assert "open source" in agpl.licence.toolTip()
    assert row(qtbot, panel, "resnet50").facts.text() == "102 MB · 2015 · top-1 76.1 %"


def test_every_row_shows_a_licence(qtbot: QtBot, panel: ModelPanel) -> None:
    for heading in panel.catalogue.families.values():
        heading.set_open(True)
    until(qtbot, lambda: len(panel.catalogue.rows) == len(panel.shelf.entries))
    for found_row in panel.catalogue.rows.values():
        assert found_row.licence.text()
        assert found_row.licence.text() in found_row.accessibleName()


def test_the_filter_finds_by_any_word(qtbot: QtBot, panel: ModelPanel) -> None:
    panel.catalogue.filter.setText("apache detect")
    until(qtbot, lambda: list(panel.catalogue.families) == ["NanoDet", "YOLO"])
    names = ["nanodet-g", "nanodet-g-int8", "sketch-yolo", "sketch-yolo-int8", "yolox-nano"]
    until(qtbot, lambda: [n for n, r in panel.catalogue.rows.items() if r.isVisible()] == names)
    panel.catalogue.filter.setText("nothing like that")
    until(qtbot, lambda: panel.catalogue.message.text() == "No model is like that.")
    panel.catalogue.filter.clear()
    panel.catalogue.installed_only.click()
    until(qtbot, lambda: set(panel.catalogue.families) == families_on_disk())


def test_a_model_of_the_list_is_run(qtbot: QtBot, panel: ModelPanel) -> None:
    found_row = row(qtbot, panel, SHIPPED)
    assert found_row.act.text() == "Add"
    assert found_row.trash is None
    found_row.act.click()
    until(qtbot, lambda: ready(panel))
    assert only_card(panel).name.text() == "EfficientNet-Lite0"


def test_a_model_that_has_no_download_says_how_it_is_had(qtbot: QtBot, panel: ModelPanel) -> None:
    found_row = row(qtbot, panel, "yolo11n")
    assert found_row.act.text() == "How?"
    found_row.act.click()
    assert "ultralytics" in found_row.extra.note.text().lower()
    found_row.act.click()
    assert not found_row.extra.note.isVisible()


def offer(models: Path, url: str, content: bytes, sha: str = "") -> str:
    """A card in the catalogue whose weights are at that address."""
    download = {"url": url, "bytes": len(content), "sha256": sha or hashlib.sha256(content).hexdigest()}
    tiny.write_card(models / "far.onnx", download=download, family="Tests", title="Far away")
    return "far"


@pytest.fixture
def weights(tmp_path: Path) -> bytes:
    """A working model of some size: its description is long."""
    file = tiny.colour_classifier(tmp_path / "w.onnx", metadata={"notes": "x" * 400_000})
    return file.read_bytes()


def test_a_download_shows_how_far_it_is_can_be_cancelled_and_goes_on(
    qtbot: QtBot, live: Live, tmp_path: Path, models: Path, weights: bytes
) -> None:
    half = 3 * 65_536
    with FileServer(weights, hold_after=half) as server:
        name = offer(models, server.url, weights)
        panel = make_panel(live, tmp_path, qtbot)
        found_row = row(qtbot, panel, name)
        assert found_row.act.text() == "Get"
        found_row.act.click()
        assert found_row.extra.bar.isVisible()
        until(qtbot, lambda: found_row.extra.bar.value() > 400)
        assert found_row.extra.note.text() == "0.2 MB of 0.4 MB"
        assert found_row.act.text() == "Cancel"
        found_row.act.click()
        until(qtbot, lambda: not found_row.extra.bar.isVisible())
        assert found_row.act.text() == "Get"
        assert not found_row.extra.note.isVisible()
        with model_lock("far"):  # the window went on at once; now the download's thread has ended, too
            pass
        server.hold_after = None
        server.release.set()
        found_row.act.click()
        until(qtbot, lambda: found_row.act.text() == "Add")
        assert server.requests[-1].range == f"bytes={half}-"
        assert (models / "far.onnx").read_bytes() == weights
        found_row.act.click()
        until(qtbot, lambda: ready(panel))
        assert only_card(panel).name.text() == "Far away"
        panel.close_down()


def test_wrong_weights_are_refused_in_one_line(
    qtbot: QtBot, live: Live, tmp_path: Path, models: Path, weights: bytes
) -> None:
    with FileServer(weights) as server:
        name = offer(models, server.url, weights, sha="0" * 64)
        panel = make_panel(live, tmp_path, qtbot)
        found_row = row(qtbot, panel, name)
        found_row.act.click()
        until(qtbot, lambda: "SHA-256" in found_row.extra.note.text())
        assert "\n" not in found_row.extra.note.text()
        assert found_row.act.text() == "Get"
        assert not (models / "far.onnx").exists()
        panel.close_down()


def test_offline_and_a_full_disk_are_said_in_one_line(
    qtbot: QtBot, live: Live, tmp_path: Path, models: Path, weights: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FileServer(weights) as server:
        url = server.url
    name = offer(models, url, weights)  # nobody listens there any more
    panel = make_panel(live, tmp_path, qtbot)
    found_row = row(qtbot, panel, name)
    found_row.act.click()
    until(qtbot, lambda: "is this machine online?" in found_row.extra.note.text())
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("vision_app.catalogue.download.shutil.disk_usage", lambda _: usage)
    found_row.act.click()
    until(qtbot, lambda: "make room" in found_row.extra.note.text())
    assert "\n" not in found_row.extra.note.text()
    panel.close_down()


def test_own_models_are_deleted_after_a_question(
    qtbot: QtBot, live: Live, tmp_path: Path, models: Path
) -> None:
    tiny.colour_model(models, "mine")
    panel = make_panel(live, tmp_path, qtbot)
    found_row = row(qtbot, panel, "mine")
    found_row.trash.click()
    assert "Delete it from this disk?" in found_row.extra.note.text()
    found_row.extra.keep.click()
    assert (models / "mine.onnx").exists()
    assert not found_row.extra.keep.isVisible()
    found_row.trash.click()
    found_row.extra.delete.click()
    until(qtbot, lambda: panel.shelf.entry("mine") is None)
    assert not (models / "mine.onnx").exists()
    until(qtbot, lambda: "Other models" not in [f.heading.text() for f in panel.catalogue.families.values()])
    panel.close_down()


# files ---------------------------------------------------------------------------------------------------


def test_a_file_that_describes_itself_is_added_and_run(
    qtbot: QtBot, live: Live, panel: ModelPanel, tmp_path: Path, models: Path
) -> None:
    file = tiny.colour_model(tmp_path, "colours")
    panel.file_button.click()
    dialog = panel.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(file))
    dialog.close()
    until(qtbot, lambda: ready(panel))
    assert (models / "colours.onnx").exists()
    assert only_card(panel).facts.text() == "classifies · CPU"
    until(qtbot, lambda: panel.shelf.entry("colours") is not None)


def test_what_a_file_leaves_open_is_asked_for(
    qtbot: QtBot, live: Live, panel: ModelPanel, tmp_path: Path, models: Path
) -> None:
    file = tiny.colour_classifier(tmp_path / "bare.onnx")
    labels = tmp_path / "names.txt"
    labels.write_text("red\ngreen\nblue\n", encoding="utf-8")
    panel.add_file(str(file))
    until(qtbot, lambda: panel.findChild(AddDialog) is not None)
    dialog = panel.findChild(AddDialog)
    assert dialog is not None
    assert "looks like a classifier of 3 classes" in dialog.finding.text()
    until(qtbot, lambda: dialog.trial.picture.shown)
    before = dialog.trial.picture.pixmap().toImage()
    choose(dialog, "recipe", "unit")
    until(qtbot, lambda: dialog.trial.picture.pixmap().toImage() != before)
    choose(dialog, "input.resize", "squash")
    choose(dialog, "output.activation", "softmax")
    dialog.add_button.click()  # the labels are those of ImageNet: they do not fit three classes
    until(qtbot, dialog.error.isVisible)
    assert "\n" not in dialog.error.text()
    dialog.take_labels(str(labels))
    dialog.add_button.click()
    until(qtbot, lambda: ready(panel))
    card = find_card("bare")
    assert card.labels == ("red", "green", "blue")
    assert card.input.mean == (0.0, 0.0, 0.0)


def choose(dialog: AddDialog, field: str, value: str) -> None:
    control = dialog.field(field)
    assert isinstance(control, QComboBox)
    control.setCurrentIndex(control.findData(value))


def test_a_file_that_was_dropped_and_cannot_run_as_it_is_can_be_described(
    qtbot: QtBot, live: Live, panel: ModelPanel, tmp_path: Path, models: Path
) -> None:
    file = tiny.constant_model(tmp_path / "d.onnx", np.zeros((1, 2000, 9)), (1, 3, 64, 64))
    panel.run(str(file))
    until(qtbot, lambda: bool(panel.cards) and only_card(panel).describe.isVisible())
    slot = only_card(panel).slot
    only_card(panel).describe.click()
    until(qtbot, lambda: panel.findChild(AddDialog) is not None)
    dialog = panel.findChild(AddDialog)
    assert dialog is not None
    choose(dialog, "output.layout", "yolo-v5")
    dialog.add_button.click()
    until(qtbot, lambda: ready(panel))
    assert only_card(panel).slot == slot
    assert status(panel, slot).request.reference == "d"
    assert not only_card(panel).describe.isVisible()


def test_an_ambiguous_detector_asks_for_its_layout_alone(
    qtbot: QtBot, live: Live, panel: ModelPanel, tmp_path: Path
) -> None:
    file = tiny.constant_model(tmp_path / "d.onnx", np.zeros((1, 2000, 9)), (1, 3, 64, 64))
    panel.add_file(str(file))
    until(qtbot, lambda: panel.findChild(AddDialog) is not None)
    dialog = panel.findChild(AddDialog)
    assert dialog is not None
    assert dialog.field("output.layout") is not None
    assert dialog.field("labels") is None
    choose(dialog, "output.layout", "yolo-v5")
    dialog.add_button.click()
    until(qtbot, lambda: ready(panel))
    assert only_card(panel).facts.text() == "detects · CPU"


def test_a_name_that_is_taken_can_be_changed(
    qtbot: QtBot, live: Live, panel: ModelPanel, tmp_path: Path, models: Path
) -> None:
    file = tiny.colour_model(tmp_path, SHIPPED)
    panel.add_file(str(file))
    until(qtbot, lambda: panel.findChild(AddDialog) is not None)
    dialog = panel.findChild(AddDialog)
    assert dialog is not None
    assert isinstance(dialog.name, QLineEdit)
    dialog.name.setText("my-colours")
    dialog.add_button.click()
    until(qtbot, lambda: ready(panel))
    assert (models / "my-colours.onnx").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.onnx", b"not a model", "m.onnx"),
        ("m.pt", b"x", "expected an ONNX model"),
        ("gone.onnx", None, "no such"),
    ],
)
def test_a_file_that_is_no_model_is_said_in_one_line(
    qtbot: QtBot, panel: ModelPanel, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    panel.add_file(str(file))
    assert "Looking at" in panel.message.text()
    until(qtbot, panel.hide_message.isVisible)
    assert said in panel.message.text()
    assert "\n" not in panel.message.text()
    panel.hide_message.click()
    assert not panel.message.isVisible()


# latencies -----------------------------------------------------------------------------------------------


def test_how_fast_a_model_ran_here_is_kept_and_shown(
    qtbot: QtBot, live: Live, panel: ModelPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_row = row(qtbot, panel, SHIPPED)
    assert found_row.use.text() == "classifies"
    live.session.open(str(demo_clip()), loop=True)
    run(qtbot, panel, SHIPPED)
    panel._clock.setInterval(50)
    until(qtbot, lambda: found_row.use.text().endswith(" ms here"))
    assert "on CPU" in found_row.use.toolTip()
    panel.close_down()
    kept = LatencyStore(tmp_path / "latency.json")
    kept.load()
    assert kept.best(SHIPPED) is not None


# facts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("licence", "copyleft"),
    [("AGPL-3.0", True), ("GPL-2.0", True), ("LGPL-3.0", False), ("Apache-2.0", False), ("", False)],
)
def test_copyleft_is_told_by_the_name_of_the_licence(licence: str, copyleft: bool) -> None:
    assert is_copyleft(licence) is copyleft


def test_classes_go_to_a_request_and_come_back() -> None:
    labels = ("person", "crane", "crane", "7", "Car ")
    for ids in (frozenset(), frozenset({0, 2}), frozenset({1, 3, 4})):
        assert class_ids(labels, class_names(labels, ids)) == ids


def test_models_without_a_card_are_found_too() -> None:
    bare = CatalogueEntry("bare", None, Path("bare.onnx"))
    assert matches(bare, "BAR", installed_only=True)
    assert not matches(bare, "detect", installed_only=False)
    assert list(grouped([bare])) == [""]


def test_only_providers_that_can_be_asked_for_are_offered() -> None:
    built_in = ("CUDAExecutionProvider", "AzureExecutionProvider", "CPUExecutionProvider")
    assert provider_choices(built_in) == ("auto", "cuda", "cpu")


# as a widget ---------------------------------------------------------------------------------------------


def test_everything_has_a_name_and_is_large_enough_and_fits(
    qtbot: QtBot, live: Live, panel: ModelPanel, qapp: QApplication, detector: str
) -> None:
    theme().follow(qapp)
    try:
        card = run(qtbot, panel, detector)
        card.tune.click()
        card.options.rows["classes"].fold.heading.click()
        panel.resize(320, 700)
        qtbot.wait(50)
        buttons = [b for b in panel.findChildren(QAbstractButton) if b.isVisible()]
        assert len(buttons) >= 15
        for button in buttons:
            assert button.accessibleName() or button.text(), button
            assert button.height() >= 36, (button, button.accessibleName(), button.text())
            right = button.mapTo(panel, button.rect().topRight()).x()
            assert right <= panel.width(), (button.accessibleName(), button.text())
    finally:
        qapp.setStyleSheet("")


def test_a_change_of_language_is_heard(qtbot: QtBot, panel: ModelPanel) -> None:
    found_row = row(qtbot, panel, SHIPPED)
    for widget in (panel, panel.catalogue, found_row):
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.LanguageChange))
    assert panel.file_button.text() == "Add from file…"
    assert found_row.act.text() == "Add"


def test_closing_in_the_middle_of_a_download_ends_all_threads(
    qtbot: QtBot, live: Live, tmp_path: Path, models: Path, weights: bytes
) -> None:
    with FileServer(weights, hold_after=65_536) as server:
        name = offer(models, server.url, weights)
        before = set(threading.enumerate())
        panel = make_panel(live, tmp_path, qtbot)
        row(qtbot, panel, name).act.click()
        assert server.held.wait(20)
        panel.close_down()
        left = [t.name for t in set(threading.enumerate()) - before if t.is_alive()]
        assert [n for n in left if n.startswith(("pull", "models"))] == []
        assert not (models / "far.onnx").exists()
