"""Every kind of result through one suite: written, tabled, drawn, said and named; none is dropped in silence."""

import csv
import json

import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.unit.test_line_sinks import INFO
from vision_app import overlay
from vision_app.errors import ModelError
from vision_app.kiosk.wording import Rows
from vision_app.overlay.kinds import ResultKind, known_kinds, table_columns, table_rows
from vision_app.results.affine import Affine
from vision_app.results.maps import ClassMap, DepthMap, Embedding, MadePicture
from vision_app.results.masks import BoxMask
from vision_app.results.movements import MovementEvent, Movements
from vision_app.results.saying import COLUMNS, Lines, Row
from vision_app.results.skeletons import Skeleton
from vision_app.results.turned import TurnedBoxes
from vision_app.results.values import Classification, Detections, Frame, Keypoints, Masks, Packet, Timings
from vision_app.sinks.jsonl import JsonlSink
from vision_app.sinks.table import FRAME_COLUMNS, CsvSink
from vision_app.tasks import TASKS

IMAGE = tiny.solid((40, 50, 60), (96, 64))
CLASSES = Classification("net", np.float32([0.75, 0.25]), ("cat", "dog"))
FOUND = Detections(
    "eyes", np.float32([[10, 10, 60, 50]]), np.float32([0.9]), np.int64([1]), ("cup", "hand"), np.int64([4])
)
RESULTS = {
    "classify": CLASSES,
    "detect": FOUND,
    "segment": Masks(FOUND, (BoxMask(10, 10, np.ones((40, 50), bool)),)),
    "pose": Keypoints(FOUND, np.float32([[[20, 20, 0.9], [50, 40, 0.8]]]), Skeleton(("a", "b"), ((0, 1),))),
}
RESULTS |= {
    "obb": TurnedBoxes(FOUND, np.float32([[[20, 10], [60, 30], [50, 50], [10, 30]]])),
    "semantic": ClassMap(
        "areas", np.repeat(np.uint8([[0, 0, 0, 1]]), 4, 0), ("road", "hand"), Affine.scale(24, 16)
    ),
    "depth": DepthMap("far", np.float32([[1, 2], [3, 4]]), Affine.scale(48, 32), inverse=False),
    "image": MadePicture("painter", np.full((128, 192, 3), 7, np.uint8), Affine.scale(0.5, 0.5)),
    "embed": Embedding("like", np.float32([0.6, 0.8]), (("cat", 0.75), ("dog", 0.5))),
    "movement": Movements(
        "moves",
        ("cat", "idle"),
        np.float32([0.75, 0.25]),
        1,
        None,
        (MovementEvent("cat", 1.0, 2.5, 0.8),),
        MovementEvent("cat", 1.0, 2.5, 0.8),
        np.float32([[0.1, 0.9], [0.75, 0.25]]),
        60,
        (FOUND,),
    ),
}
LABELS = {
    "classify": "cat",
    "semantic": "road",
    "depth": "depth",
    "image": "image",
    "embed": "cat",
    "movement": "cat",
}
SAID = {
    "classify": ("cat", "75%"),
    "semantic": ("road", "75%"),
    "depth": ("distance", "4.0 m"),
    "image": ("picture", "192 × 128"),
    "embed": ("cat", "75%"),
    "movement": ("cat", "✓"),
}
KOREAN = {"cat": "고양이", "hand": "손", "road": "도로", "distance": "거리", "picture": "이미지"}
NAMES = [kind.name for kind in known_kinds()]


def _kind(name):
    return next(kind for kind in known_kinds() if kind.name == name)


def test_every_kind_is_tested_and_every_task_has_one():
    # movements are what a chain gives, not what a file is asked for
    assert set(NAMES) == set(RESULTS) == {*TASKS, "movement"}


@pytest.mark.parametrize("name", NAMES)
def test_a_record_that_json_holds(name):
    result = RESULTS[name]
    record = json.loads(json.dumps(result.as_record(), allow_nan=False))
    assert (record["model"], record["task"]) == (result.model, name)


def _table(path):
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


@pytest.mark.parametrize("name", NAMES)
def test_the_files_hold_it(name, tmp_path):
    packet = Packet(Frame(IMAGE, 3, 0.0), (RESULTS[name],), Timings())
    for sink in (JsonlSink(tmp_path / "r.jsonl"), CsvSink(tmp_path / "t.csv")):
        sink.open(INFO)
        sink.write(packet)
        sink.close()
    line = json.loads((tmp_path / "r.jsonl").read_text())
    assert line["results"] == [RESULTS[name].as_record()]
    table = _table(tmp_path / "t.csv")
    assert tuple(table[0]) == (*FRAME_COLUMNS, *table_columns())
    assert (table[0]["task"], table[0]["label"]) == (name, LABELS.get(name, "hand"))


@pytest.mark.parametrize("name", NAMES)
def test_its_rows_keep_to_its_columns(name):
    rows = list(_kind(name).rows(RESULTS[name]))
    assert rows
    allowed = {*COLUMNS, *_kind(name).columns}
    for row in rows:
        assert set(row.cells) <= allowed
        assert {"model", "task", "label"} <= set(row.cells)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_seen_on_the_picture(name):
    assert not np.array_equal(overlay.render(IMAGE, [RESULTS[name]]), IMAGE)


@pytest.mark.parametrize("name", NAMES)
def test_the_kiosk_says_it(name):
    (row, *_) = Rows([{}, KOREAN]).of([RESULTS[name]])
    assert (row.label, row.figure) == SAID.get(name, ("hand", "× 1"))
    assert row.second in KOREAN.values()


@pytest.mark.parametrize("name", NAMES)
def test_it_has_a_word_in_both_languages(name):
    words = _kind(name).words
    assert words["en"].isascii()
    assert any("가" <= letter <= "힣" for letter in words["ko"])


@pytest.mark.parametrize("outer", ["detect", "segment", "pose", "obb"])
@pytest.mark.parametrize("inner", NAMES)
def test_any_kind_can_be_attached_to_objects(outer, inner):
    result = RESULTS[outer].with_detections(FOUND.with_attached([RESULTS[inner]]))
    (record,) = result.as_record()["detections"]
    if inner == "classify":
        assert record["classes_model"] == "net"
        assert "attached" not in record
    else:
        assert record["attached"] == [RESULTS[inner].as_record()]
    first, second, *_ = table_rows(result)
    assert second["task"] == inner
    assert [second[c] for c in ("x1", "y2", "track_id")] == [first[c] for c in ("x1", "y2", "track_id")]
    plain = overlay.render(IMAGE, [RESULTS[outer]])
    moved = RESULTS[inner].mapped(Affine.scale(0.5, 0.5))
    more = RESULTS[outer].with_detections(FOUND.with_attached([moved]))
    assert not np.array_equal(overlay.render(IMAGE, [more]), plain)


class Odd:
    model, task = "seer", "divination"

    def as_record(self):
        return {"model": self.model, "task": self.task}

    def mapped(self, to, within_wh=None):
        return self


def test_a_kind_that_was_not_registered_is_never_dropped_in_silence(tmp_path):
    for use in (
        lambda: overlay.render(IMAGE, [Odd()]),
        lambda: list(table_rows(Odd())),
        lambda: Rows([{}]).of([Odd()]),
        lambda: list(table_rows(FOUND.with_attached([Odd()]))),
    ):
        with pytest.raises(ModelError, match="seer: results of the type Odd cannot be drawn or written down"):
            use()


def test_a_kind_of_somebody_else(monkeypatch, tmp_path):
    from vision_app.overlay import kinds as table

    monkeypatch.setattr(table, "_KINDS", dict(table._KINDS))
    drawn = []
    kind = ResultKind(
        "divination",
        Odd,
        {"en": "omens", "ko": "징조"},
        lambda canvas, result: drawn.append(result.model),
        lambda result: [Row({"model": result.model, "task": result.task, "label": "rain", "omen": 7})],
        lambda result: Lines(("rain",), figures=("soon",)),
        ("omen",),
    )
    overlay.register_kind(kind)
    with pytest.raises(ValueError, match="already"):
        overlay.register_kind(kind)
    overlay.render(IMAGE, [Odd()])
    assert drawn == ["seer"]
    sink = CsvSink(tmp_path / "t.csv")
    sink.open(INFO)
    sink.write(Packet(Frame(IMAGE, 0, 0.0), (CLASSES, Odd()), Timings()))
    sink.close()
    table_now = _table(tmp_path / "t.csv")
    assert [row["omen"] for row in table_now] == ["", "", "7"]
    (row,) = Rows([{}]).of([Odd()])
    assert (row.label, row.figure, row.share) == ("rain", "soon", None)


def test_a_kind_without_a_word_is_refused():
    with pytest.raises(ValueError, match="needs a word in ko"):
        overlay.register_kind(ResultKind("x", Odd, {"en": "x"}, print, list, list))
