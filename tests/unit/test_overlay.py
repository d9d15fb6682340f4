"""What a viewer relies on: results are drawn, readable, inside the picture, and the frame stays as it was."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.errors import ModelError
from vision_app.overlay import Style, render
from vision_app.overlay.bars import percent
from vision_app.overlay.colours import contrast, index_colour, text_colour
from vision_app.overlay.style import metrics_for
from vision_app.overlay.text import clean, fitted, width_of
from vision_app.results.values import Classification, Detections, ImageU8

LABELS = ("person", "bicycle", "car", "dog", "사람")


def grey(width: int = 640, height: int = 480, value: int = 128) -> ImageU8:
    return np.full((height, width, 3), value, np.uint8)


def found(
    boxes: list[list[float]], classes: list[int], labels: tuple[str, ...] = LABELS, **more: Any
) -> Detections:
    scores = np.linspace(0.9, 0.5, len(boxes), dtype=np.float32)
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Detections("detector", xyxy, scores, np.array(classes, np.int64), labels, **more)


def classes(*probabilities: float, labels: tuple[str, ...] = LABELS, model: str = "net") -> Classification:
    return Classification(model, np.array(probabilities, np.float32), labels[: len(probabilities)])


def has_colour(image: ImageU8, colour: tuple[int, int, int]) -> bool:
    return bool((image == np.array(colour, np.uint8)).all(axis=2).any())


ONE_OF_EACH = (found([[100, 100, 300, 300]], [0]), classes(0.6, 0.3, 0.1))


def test_the_frame_is_not_drawn_on_and_may_be_read_only() -> None:
    image = grey()
    image.flags.writeable = False
    drawn = render(image, ONE_OF_EACH, ["30 fps"])
    assert (image == 128).all()
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert drawn.flags.writeable
    assert drawn.flags.c_contiguous
    assert (drawn != 128).any()


def test_nothing_to_draw_gives_an_equal_copy() -> None:
    image = grey()
    drawn = render(image, [])
    assert np.array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_a_picture_is_freed_as_soon_as_nobody_holds_it() -> None:
    gc.disable()
    try:
        drawn = render(grey(), ONE_OF_EACH, ["30 fps"])
        alive = weakref.ref(drawn)
        del drawn
        assert alive() is None
    finally:
        gc.enable()


def test_a_flipped_view_is_drawn_as_its_copy() -> None:
    image = np.random.default_rng(1).integers(0, 255, (120, 200, 3), np.uint8)
    view = image[:, ::-1]
    assert np.array_equal(render(view, ONE_OF_EACH), render(view.copy(), ONE_OF_EACH))


def test_the_same_input_gives_the_same_picture_in_every_thread() -> None:
    expected = [render(grey(400 + 40 * i, 300), ONE_OF_EACH, ["사람 12 fps"]) for i in range(6)]
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            (i, pool.submit(render, grey(400 + 40 * i, 300), ONE_OF_EACH, ["사람 12 fps"]))
            for _ in range(20)
            for i in range(6)
        ]
        assert all(np.array_equal(job.result(), expected[i]) for i, job in jobs)


def test_a_box_is_drawn_on_its_own_pixels_and_not_outside() -> None:
    drawn = render(grey(), [found([[100, 200, 300, 400]], [2], labels=("", "", ""))])
    colour = index_colour(2)
    for x, y in ((100, 200), (299, 200), (100, 399), (299, 399), (100, 300), (299, 300)):
        assert tuple(drawn[y, x]) == colour
    assert (drawn[:, 300:] == 128).all()
    assert (drawn[400:] == 128).all()
    assert (drawn[220:380, 120:280] == 128).all()


def test_a_class_has_the_same_colour_everywhere() -> None:
    one = render(grey(), [found([[50, 50, 90, 400]], [1])])
    other = render(grey(900, 700), [found([[10, 300, 60, 360], [400, 300, 500, 600]], [1, 3])])
    assert has_colour(one, index_colour(1))
    assert has_colour(other, index_colour(1))
    assert not has_colour(one, index_colour(3))


def test_colours_are_those_of_every_earlier_run() -> None:
    # Recordings of different days are compared by eye: a change here is a change for users.
    assert [index_colour(i) for i in range(3)] == [(123, 213, 86), (252, 139, 154), (141, 196, 253)]


def test_the_first_twenty_colours_can_be_told_apart() -> None:
    for one, other in combinations(range(20), 2):
        distance = np.abs(np.subtract(index_colour(one), index_colour(other))).sum()
        assert distance > 25, (one, other)


def test_a_track_is_coloured_by_its_id_and_an_untracked_box_by_its_class() -> None:
    boxes = [[50.0, 200.0, 200.0, 400.0], [300.0, 200.0, 500.0, 400.0]]
    drawn = render(grey(), [found(boxes, [0, 0], track_ids=np.array([7, -1]))])
    assert has_colour(drawn, index_colour(7))
    assert has_colour(drawn, index_colour(0))


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_text_reads_on_any_colour(colour: tuple[int, int, int]) -> None:
    assert contrast(text_colour(colour), colour) >= 4.5


def test_panel_text_reads_even_on_white() -> None:
    drawn = render(grey(value=255), [], ["WWWWWW"])
    values, counts = np.unique(drawn[drawn < 255], return_counts=True)
    ground = int(values[counts.argmax()])
    assert contrast((ground,) * 3, (228, 228, 228)) >= 4.5


@pytest.mark.parametrize("word", ["사람", "犬", "猫", "é", "привет"])
def test_letters_of_the_world_are_drawn_as_themselves(word: str) -> None:
    def picture(label: str) -> ImageU8:
        return render(grey(), [found([[100, 100, 400, 300]], [0], labels=(label,))])

    assert not np.array_equal(picture(word), picture("?" * len(word)))
    assert not np.array_equal(picture(word), picture(word[::-1] + "다"))


def test_the_label_of_a_box_below_another_stays_visible() -> None:
    box = [200.0, 200.0, 420.0, 420.0]
    second = np.array(index_colour(1), np.uint8)
    alone = render(grey(), [found([box], [1])])
    both = render(grey(), [found([box, box], [0, 1])])
    chip_px = (alone[:200] == second).all(axis=2).sum()
    assert chip_px > 500
    assert (both == second).all(axis=2).sum() > 0.9 * chip_px


def test_a_label_of_a_box_at_the_top_border_is_inside_the_picture() -> None:
    drawn = render(grey(), [found([[100, 0, 300, 200]], [0])])
    inside = (drawn[5:20, 110:150] == np.array(index_colour(0), np.uint8)).all(axis=2)
    assert inside.mean() > 0.3


def test_a_second_models_class_is_a_second_line() -> None:
    box = [[100.0, 200.0, 400.0, 400.0]]
    plain = render(grey(), [found(box, [0])])
    more = render(grey(), [found(box, [0], attached=((classes(0.1, 0.9),),))])
    chip = np.array(index_colour(0), np.uint8)
    rows = [int((image[:195] == chip).all(axis=2).any(axis=1).sum()) for image in (plain, more)]
    assert rows[1] > 1.5 * rows[0]


@pytest.mark.parametrize("count", [1, 3, 5])
def test_as_many_bars_as_classes_are_listed(count: int) -> None:
    result = Classification("net", np.array([0.4, 0.3, 0.15, 0.1, 0.05], np.float32), LABELS, top_k=count)
    drawn = render(grey(), [result])
    assert [has_colour(drawn, index_colour(i)) for i in range(5)] == [i < count for i in range(5)]


def test_the_best_bar_is_as_long_as_its_probability() -> None:
    drawn = render(grey(), [classes(0.75, 0.25)])
    lengths = [(drawn == np.array(index_colour(i), np.uint8)).all(axis=2).any(axis=0).sum() for i in range(2)]
    assert lengths[0] / lengths[1] == pytest.approx(3, rel=0.05)


def test_several_models_stack_and_are_named() -> None:
    one = render(grey(), [classes(0.7, 0.3)])
    two = render(grey(), [classes(0.7, 0.3), classes(0.7, 0.3, model="other")])
    used = [np.nonzero((image != 128).any(axis=(1, 2)))[0] for image in (one, two)]
    assert used[1].max() > 2 * used[0].max()


def test_panel_and_card_are_in_different_corners() -> None:
    drawn = render(grey(), [classes(0.7, 0.3)], ["30 fps"])
    assert (drawn[:100, :100] != 128).any()
    assert (drawn[:60, -60:] != 128).any()
    assert (drawn[300:] == 128).all()


@pytest.mark.parametrize(
    ("probability", "text"), [(0.674, "67%"), (1.0, "100%"), (0.001, "<1%"), (0.0, "0%")]
)
def test_percent(probability: float, text: str) -> None:
    assert percent(probability) == text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("two\nlines", "two lines"),
        ("bell\x07", "bell"),
        ("\u202eturned", "turned"),
        ("half \udc80", "half ?"),
        ("", ""),
        ("  \t ", ""),
        ("강아지 🐶", "강아지 🐶"),
    ],
)
def test_labels_become_one_printable_line(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_a_long_label_ends_in_an_ellipsis_and_fits() -> None:
    label = clean("very long " * 40)
    short = fitted(label, 150, 18)
    assert short.endswith("…")
    assert width_of(short, 18) <= 150
    assert len(short) > 8


@pytest.mark.parametrize(("width", "height"), [(32, 32), (160, 120), (1280, 720), (3840, 2160), (100, 2000)])
def test_measures_follow_the_size(width: int, height: int) -> None:
    m = metrics_for(width, height, 1.0)
    assert 8 <= m.text_px <= max(8, min(width, height) / 10)
    assert metrics_for(width * 2, height * 2, 1.0).text_px >= m.text_px


@pytest.mark.parametrize("bad", [{"scale": 0.0}, {"scale": float("nan")}, {"shade": 1.1}])
def test_a_style_is_checked(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Style(**bad)


@dataclass(frozen=True)
class Unknown:
    model: str = "odd"
    task: str = "divination"

    def as_record(self) -> dict[str, Any]:
        return {}


def test_a_kind_that_was_not_registered_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(ModelError, match=r"Unknown cannot be drawn.*Classification,.* Detections"):
        render(grey(), [Unknown()])


coordinates = st.one_of(
    st.floats(-50, 300, width=32), st.sampled_from([float("nan"), float("inf"), -1e30, 1e30])
)
texts = st.one_of(
    st.text(max_size=12), st.just("x" * 300), st.sampled_from(["", "\n", "🐶", "\ud800", "مرحبا"])
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(
    size=st.tuples(st.integers(1, 260), st.integers(1, 260)),
    boxes=st.lists(st.lists(coordinates, min_size=4, max_size=4), max_size=6),
    labels=st.lists(texts, min_size=3, max_size=3),
    panel=st.lists(texts, max_size=3),
    tracked=st.booleans(),
    scale=st.floats(0.2, 8),
)
def test_anything_is_drawn_without_an_error(
    size: tuple[int, int],
    boxes: list[list[float]],
    labels: list[str],
    panel: list[str],
    tracked: bool,
    scale: float,
) -> None:
    names = tuple(labels)
    image = grey(*size)
    second = tuple(classes(0.5, 0.3, 0.2, labels=names) for _ in boxes)
    ids = np.arange(len(boxes)) - 1 if tracked else None
    boxed = found(
        boxes,
        [i % 3 for i in range(len(boxes))],
        names,
        track_ids=ids,
        attached=tuple((one,) for one in second),
    )
    results = [boxed, classes(0.5, 0.3, 0.2, labels=names, model=labels[0])]
    drawn = render(image, results, panel, style=Style(scale=scale))
    assert drawn.shape == image.shape
    assert (image == 128).all()
    assert np.array_equal(drawn, render(image, results, panel, style=Style(scale=scale)))


def test_boxes_are_named_in_another_language_and_the_result_keeps_its_label() -> None:
    seen = found([[100, 100, 300, 300]], [0])
    plain, named = (render(grey(), [seen], style=Style(names=names)) for names in ({}, {"person": "사람"}))
    in_korean = render(grey(), [found([[100, 100, 300, 300]], [0], ("사람",))])
    assert (named == in_korean).all()
    assert (named != plain).any()
    assert seen.box_records()[0]["label"] == "person"
    assert (render(grey(), [seen], style=Style(names={"car": "자동차"})) == plain).all()
