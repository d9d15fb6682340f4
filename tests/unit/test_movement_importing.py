"""Movements from clips, spans, tables and stores: what comes in, and what is refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.hand_clip import moved, write_frames
from tests.movement_examples import movement, new
from vision_app.cli import main
from vision_app.engine.rows import Looker, recorded, tracks_of
from vision_app.errors import SampleError
from vision_app.results.values import Frame
from vision_app.samples.importing import Imported
from vision_app.samples.landmark_tables import read_table
from vision_app.samples.movement_cutting import MovementRequest, idle_pieces
from vision_app.samples.movement_importing import import_movements
from vision_app.samples.movements import features_of, open_movements, read_movement
from vision_app.samples.store import SampleStore
from vision_app.sequences.files import as_bytes
from vision_app.sequences.layouts import HAND_WIDTH
from vision_app.sequences.recorded import Recorded


@pytest.fixture(scope="module")
def hand() -> list[np.ndarray]:
    """A second of a hand that goes aside."""
    return moved(lambda t: 150 * t, 1.0, 15)


@pytest.fixture(scope="module")
def looker() -> Looker:
    return Looker(tracks_of("hands"))


def brought(store: Path, looker: Looker | None, **more: object) -> Imported:
    with SampleStore.open(store) as opened:
        return import_movements(opened, MovementRequest(**more), looker=looker)  # type: ignore[arg-type]


def test_a_folder_of_clips(tmp_path: Path, hand: list[np.ndarray], looker: Looker) -> None:
    write_frames(tmp_path / "clips" / "train" / "aside" / "monday" / "1.mp4", hand, 15)
    write_frames(tmp_path / "clips" / "val" / "back" / "2.mp4", hand[::-1], 15)
    done = brought(tmp_path / "s", looker, source=tmp_path / "clips", pictures=True)
    assert (done.added, done.known, done.refused) == (2, 0, 0), done.messages
    found = open_movements(tmp_path / "s")
    assert [(s.label, s.session, s.split) for s in found.samples] == [
        ("aside", "clips/monday", "train"),
        ("back", "clips/val/back/2.mp4", "val"),
    ]
    one = read_movement(found.samples[0].path)
    assert len(one) == len(one.jpegs) == 15
    assert one.seen > 0.9
    again = brought(tmp_path / "s", None, source=tmp_path / "clips", pictures=True)
    assert (again.added, again.known) == (0, 2), "known without a look at the clips"


def test_spans_of_a_clip_and_what_lies_between(
    tmp_path: Path, hand: list[np.ndarray], looker: Looker
) -> None:
    clip = write_frames(tmp_path / "long.mp4", [*hand, *hand[::-1], *hand], 15)
    asked = {"source": clip, "label": "aside", "spans": ((0.0, 1.0), (2.0, 2.9)), "idle": "rest"}
    done = brought(tmp_path / "s", looker, **asked)
    assert done.by_label == {"aside": 2, "rest": 1}
    found = open_movements(tmp_path / "s")
    assert found.idle == "rest"
    assert [round(found.facts[s.id].seconds, 1) for s in found.of_label("aside")] == [1.0, 0.9]
    assert brought(tmp_path / "s", None, **asked).added == 0


def test_the_idle_class_is_cut_into_pieces() -> None:
    whole = movement("rest", seconds=7.0)
    tracks = {"hands": whole.tracks["hands"].copy()}
    tracks["hands"][whole.times_s > 5] = 0
    pieces = list(idle_pieces(Recorded(whole.times_s, tracks), "rest", (0.0, 7.0)))
    assert len(pieces) == 2, "of the last piece nothing was seen, at most a little"
    assert sum(len(p.recorded) for p in pieces) <= len(whole)
    assert pieces[0].span == (0.0, 3.5)


@pytest.mark.parametrize(
    ("frames", "more", "message"),
    [
        (2, {}, "has 2 frames; a movement needs at least 3"),
        (15, {"spans": ((5.0, 6.0),)}, "there is nothing from 5 to 6 s"),
        (15, {"spans": ((0.1, 0.15),)}, "needs at least 3"),
        (0, {}, "nothing of hands is seen in any of its 15 frames"),
    ],
    ids=["two-frames", "beyond", "short", "unseen"],
)
def test_clips_that_are_no_movement(
    tmp_path: Path, hand: list[np.ndarray], looker: Looker, frames: int, more: dict[str, object], message: str
) -> None:
    images = hand[:frames] if frames else [np.full_like(hand[0], 90)] * 15
    clip = write_frames(tmp_path / "c.mp4", images, 15)
    done = brought(tmp_path / "s", looker, source=clip, label="x", **more)
    assert (done.added, done.refused) == (0, 1)
    assert message in done.messages[0]


def test_a_long_clip_is_refused_before_all_of_it_was_looked_at(tmp_path: Path) -> None:
    class Nothing:
        name, parts = "hands", ()
        looked = 0

        def start(self) -> None: ...

        def row(self, state: object, flow: object) -> tuple[None, np.ndarray, None]:
            self.looked += 1
            return None, np.zeros(2 * HAND_WIDTH, np.float32), None

    track = Nothing()
    clip = write_frames(tmp_path / "c.mp4", [np.full((32, 32, 3), 90, np.uint8)] * 600, 1)
    done = brought(tmp_path / "s", Looker([track]), source=clip, label="x")
    assert "longer than 30 s, which is no single movement: give its parts with --span" in done.messages[0]
    assert track.looked < 40


def test_a_movement_and_another_store(tmp_path: Path) -> None:
    (tmp_path / "f" / "nod").mkdir(parents=True)
    (tmp_path / "f" / "nod" / "a.npz").write_bytes(as_bytes(movement("lift")))
    (tmp_path / "f" / "nod" / "b.npz").write_bytes(b"x")
    done = brought(tmp_path / "s", None, source=tmp_path / "f")
    assert (done.added, done.refused) == (1, 1)
    with SampleStore.open(tmp_path / "other") as other:
        other.add_many([new("wave"), new("rest")])
        other.set_background("rest")
    done = brought(tmp_path / "s", None, source=tmp_path / "other")
    assert done.by_label == {"wave": 1, "rest": 1}
    found = open_movements(tmp_path / "s")
    assert found.idle == "rest"
    assert brought(tmp_path / "s", None, source=tmp_path / "other").known == 2


def _table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_of_landmarks(tmp_path: Path) -> None:
    head = "class,recording,sequence,time_s,right_hand_0_x,right_hand_0_y,body_11_x"
    lines = [f"wave,mon,1,{t / 10},0.{t},0.5,{'' if t == 1 else 0.4}" for t in range(4)]
    lines += [f"wave,mon,2,{t / 10},,,0.4" for t in range(3)] + [
        "",
        "nod,tue,1,0.0,1,1,1",
        "nod,tue,1,0.1,1,1,1",
    ]
    found = list(read_table(_table(tmp_path / "t.csv", "\n".join([head, *lines]))))
    assert [(m.label, m.recording, m.line, len(m.recorded)) for m in found] == [
        ("wave", "mon", 2, 4),
        ("wave", "mon", 6, 3),
        ("nod", "tue", 10, 2),
    ]
    hands = found[0].recorded.tracks["hands"]
    np.testing.assert_allclose(hands[:, HAND_WIDTH + 1], [0, 0.1, 0.2, 0.3], atol=1e-6)
    assert hands[:, HAND_WIDTH].tolist() == [1, 1, 1, 1]
    assert not hands[:, :HAND_WIDTH].any()
    assert not found[1].recorded.tracks["hands"].any()
    body = found[0].recorded.tracks["body"]
    assert body[:, 0].tolist() == [1, 0, 1, 1]
    assert body[0, 1 + 4 * 11 + 3] == 1, "seen, where the file has no visibilities"


def test_a_table_of_other_numbers_comes_into_the_store(tmp_path: Path) -> None:
    text = "frame,a,b\n" + "\n".join(f"{i},{i},{'' if i == 2 else -i}" for i in range(5))
    table = _table(tmp_path / "t.csv", text)
    done = brought(tmp_path / "s", None, source=table, label="fall", rate_hz=10.0)
    assert done.added == 1, done.messages
    (sequence,) = open_movements(tmp_path / "s").sequences("table:2")
    np.testing.assert_allclose(sequence.times_s, np.arange(5) / 10)
    assert sequence.values[:, 1].tolist() == [0, -1, -1, -3, -4]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its first line has to name the columns"),
        ("1,2,3\n4,5,6\n", "it begins with 1, 2, 3"),
        ("time_s\n1\n", "no column of numbers"),
        ("time_s,a\n", "no line of numbers"),
        ("time_s,a\n0,1\n1,nan\n", "line 3: a number was expected, got 'nan'"),
        ("time_s,a\n0,1\nsoon,2\n", "line 3: a time was expected, got 'soon'"),
        ("time_s,a\n0,1\n1,2,3\n", "line 3: 3 cells, the first line names 2 columns"),
        ("time_s,a\n1,1\n0,2\n", "do not rise"),
        ("frame,a\n1,1\n2,2\n", "give their rate with --rate"),
        ("time_s,a\n0,\xff\n", "a number was expected"),
    ],
    ids=["empty", "no-head", "no-numbers", "no-lines", "nan", "text", "cells", "times", "rate", "letters"],
)
def test_a_wrong_table_is_refused_in_a_sentence(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SampleError, match=message) as caught:
        list(read_table(_table(tmp_path / "t.csv", text)))
    assert "t.csv" in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"time_s,a\n0,\xff\xfe\n")
    with pytest.raises(SampleError, match="no CSV in UTF-8"):
        list(read_table(tmp_path / "t.csv"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--base", "body"], "--base is for movements"),
        (["--movement", "--every", "2"], "--every is for pictures"),
        (["--movement", "--crop", "centre"], "--crop is for pictures"),
        (["--movement", "--span", "0-1"], "give that clip alone"),
        (["--movement", "--base", "nobody"], "nobody"),
        (["--movement"], "in folders of a class"),
    ],
)
def test_the_command_says_what_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    (tmp_path / "c").mkdir()
    code = main(["samples", "import", str(tmp_path / "c"), "--samples", str(tmp_path / "s"), *arguments])
    assert code != 0
    assert message in capsys.readouterr().err


def test_the_command_and_what_the_others_say_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "time_s,class,a,b\n" + "\n".join(f"{i / 15},{'x' if i < 20 else 'y'},{i},1" for i in range(40))
    table, store = _table(tmp_path / "t.csv", text), ["--samples", str(tmp_path / "s")]
    assert main(["samples", "import", str(table), "--movement", *store, "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["added"], last["by_class"]) == (2, {"x": 1, "y": 1})
    assert main(["samples", "stats", *store]) == 0
    assert "x: movements of 1.3 to 1.3 s" in capsys.readouterr().out
    assert main(["samples", "stats", *store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["movements"]["classes"][0]["label"] == "x"
    assert main(["samples", "list", *store, "--json"]) == 0
    assert [one["movement"] for one in json.loads(capsys.readouterr().out)] == [True, True]
    assert main(["samples", "check", *store, "--deep"]) == 0
    assert main(["samples", "export", str(tmp_path / "out"), *store]) == 0
    assert (
        main(["samples", "import", str(tmp_path / "out"), "--movement", "--samples", str(tmp_path / "t")])
        == 0
    )
    assert open_movements(tmp_path / "t").labels == ("x", "y")


def test_hands_and_body_are_looked_at_together(hand: list[np.ndarray]) -> None:
    frames = [Frame(image, i, i / 15, i / 15, "x") for i, image in enumerate(hand[:3])]
    found = recorded(Looker(tracks_of("hands+body")), frames)
    assert found is not None
    assert {name: rows.shape for name, rows in found.tracks.items()} == {"hands": (3, 128), "body": (3, 133)}
    assert set(features_of(found)) == {"hands", "body", "hands+body"}
    assert found.tracks["hands"][:, [0, HAND_WIDTH]].max() == 1
    assert recorded(Looker(tracks_of("hands")), []) is None
