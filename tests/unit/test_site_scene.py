"""From results to scenes, and what is drawn of rules."""

from __future__ import annotations

import numpy as np

from vision_app.results.movements import MovementEvent, Movements
from vision_app.results.values import Classification, Detections, Frame
from vision_app.site.painting import paint_shapes
from vision_app.site.rules.base import Shape
from vision_app.site.scene import SceneMaker

LABELS = ("person", "chair", "car", "truck")


def frame(i: int, epoch: int = 1) -> Frame:
    return Frame(np.zeros((100, 200, 3), np.uint8), i, i * 0.1, i * 0.1, "s", epoch=epoch)


def found(*rows: tuple[float, float, float, float, float, int, int]) -> Detections:
    """Objects as left, top, right, bottom, score, class, track."""
    table = np.array(rows, np.float64).reshape(-1, 7)
    return Detections(
        "m",
        table[:, :4].astype(np.float32),
        table[:, 4].astype(np.float32),
        table[:, 5].astype(np.int64),
        LABELS,
        table[:, 6].astype(np.int64),
    )


def test_boxes_become_shares_and_an_object_without_a_number_has_none() -> None:
    (one,) = SceneMaker().make(frame(0), [found((20, 10, 60, 50, 0.5, 0, -1))]).objects
    assert (one.label, one.track) == ("person", None)
    assert np.allclose(one.box, (0.1, 0.1, 0.3, 0.5))
    assert np.allclose(
        [one.anchor(a) for a in ("feet", "centre", "top")], [(0.2, 0.5), (0.2, 0.3), (0.2, 0.1)]
    )


def test_a_label_that_flickers_is_steady_and_one_that_has_changed_is_taken_up() -> None:
    maker = SceneMaker()
    flicker = [maker.make(frame(i), [found((0, 0, 9, 9, 0.6, 1 if i % 3 == 2 else 0, 7))]) for i in range(30)]
    assert {scene.objects[0].label for scene in flicker} == {"person"}
    after = [maker.make(frame(30 + i), [found((0, 0, 9, 9, 0.4, 1, 7))]).objects[0].label for i in range(25)]
    assert after[0] == "person"
    assert after[-1] == "chair"
    again = maker.make(frame(60, epoch=2), [found((0, 0, 9, 9, 0.1, 0, 7))])
    assert again.objects[0].label == "person"


def test_one_thing_of_two_classes_is_one_object_the_same_in_every_frame() -> None:
    maker = SceneMaker()
    for i, (car, truck) in enumerate(((0.9, 0.4), (0.4, 0.9), (0.6, 0.5))):
        box = (10, 10, 50, 50)
        (one,) = maker.make(frame(i), [found((*box, car, 2, 3), (*box, truck, 3, 8))]).objects
        assert one.track == 3
    two = maker.make(frame(9), [found((10, 10, 50, 50, 0.9, 0, 1), (12, 10, 52, 50, 0.9, 0, 2))])
    assert len(two.objects) == 2  # two people close to each other are two


def test_answers_and_movements_are_passed_on_and_movements_only_once() -> None:
    said = Classification("c", np.array([0.7, 0.295, 0.005, 0], np.float32), LABELS)
    done = Movements(
        "g",
        ("wave", "nothing"),
        np.array([0.5, 0.5], np.float32),
        1,
        None,
        (MovementEvent("wave", 1.0, 2.0, 0.9),),
        None,
        np.zeros((0, 2), np.float32),
        10,
    )
    maker = SceneMaker()
    scene = maker.make(frame(0), [said, done])
    assert set(scene.answers) == {"person", "chair"}
    assert [(m.label, m.start_s, m.end_s) for m in scene.movements] == [("wave", 1.0, 2.0)]
    assert maker.make(frame(1), [said, done], looked=False).movements == ()


def test_zones_and_lines_are_drawn_where_they_are() -> None:
    image = np.full((360, 640, 3), 90, np.uint8)
    square = ((0.1, 0.3), (0.4, 0.3), (0.4, 0.8), (0.1, 0.8))
    paint_shapes(
        image, [Shape(square, True, "zone  1", True), Shape(((0.6, 0.9), (0.9, 0.9)), False, "line", False)]
    )
    changed = (image != 90).any(axis=2)
    assert changed[200, 160], "the inside of the zone"
    assert changed[324, 480], "the line"
    assert not changed[200, 400], "between them"
    arrow = changed[325:345, 470:490].any(axis=1)
    assert arrow.all(), "the arrow points down: to the right of who walks to the right"
    assert not changed[290, 480]
