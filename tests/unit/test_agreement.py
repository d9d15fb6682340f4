"""How two versions of a model are compared."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import ModelError
from vision_app.quantise.agreement import mean_average_precision, measure_of, same_top1
from vision_app.results.values import Classification, Detections

LABELS = ("cat", "dog")


def boxes(*rows: tuple[float, float, float, float, float, int]) -> Detections:
    """x1, y1, x2, y2, score, class."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Detections("m", table[:, :4], table[:, 4], table[:, 5].astype(np.int64), LABELS)


CAT, DOG = (0, 0, 10, 10, 0.9, 0), (50, 50, 80, 80, 0.8, 1)


def test_the_same_boxes_agree_fully() -> None:
    assert mean_average_precision([boxes(CAT, DOG)], [boxes(CAT, DOG)]) == 1.0


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        pytest.param([boxes(CAT)], 0.5, id="one of two classes missing"),
        pytest.param([boxes()], 0.0, id="nothing found"),
        pytest.param([boxes((0, 0, 10, 10, 0.9, 1), DOG)], 0.25, id="wrong class, and above the right one"),
        pytest.param([boxes((4, 4, 14, 14, 0.9, 0), DOG)], 0.5, id="too far off"),
        pytest.param([boxes((1, 0, 11, 10, 0.9, 0), DOG)], 1.0, id="a little off"),
        pytest.param([boxes(CAT, (20, 20, 30, 30, 0.95, 0), DOG)], 0.75, id="a better-scored false one"),
        pytest.param([boxes(CAT, (20, 20, 30, 30, 0.1, 0), DOG)], 1.0, id="a false one scored below"),
        pytest.param(
            [boxes(CAT, (0, 0, 10, 10, 0.95, 0), DOG)], 1.0, id="found twice, the better one counts"
        ),
    ],
)
def test_average_precision_by_hand(got: list[Detections], wanted: float) -> None:
    assert mean_average_precision([boxes(CAT, DOG)], got) == pytest.approx(wanted)


def test_a_box_of_one_frame_is_not_right_in_another() -> None:
    assert mean_average_precision([boxes(CAT), boxes()], [boxes(), boxes(CAT)]) == 0.0


def test_frames_without_anything_to_find_cannot_be_compared_on() -> None:
    with pytest.raises(ModelError, match="finds nothing"):
        mean_average_precision([boxes()], [boxes(CAT)])


@given(
    st.lists(st.tuples(st.integers(0, 90), st.floats(0.1, 1.0), st.integers(0, 1)), min_size=1, max_size=8)
)
def test_precision_is_a_share_and_full_for_the_same(rows: list[tuple[int, float, int]]) -> None:
    found = boxes(*((x, 0.0, x + 10.0, 10.0, score, kind) for x, score, kind in rows))
    assert mean_average_precision([found], [found]) == pytest.approx(1.0)
    moved = boxes(*((x + 4.0, 0.0, x + 14.0, 10.0, score, kind) for x, score, kind in rows))
    assert 0.0 <= mean_average_precision([found], [moved]) <= 1.0


def test_same_top1_is_a_share_of_frames() -> None:
    def says(*p: float) -> Classification:
        return Classification("m", np.array(p, np.float32), LABELS)

    assert same_top1([says(0.9, 0.1), says(0.4, 0.6)], [says(0.6, 0.4), says(0.7, 0.3)]) == 0.5


def test_a_task_without_a_measure_is_named() -> None:
    with pytest.raises(ModelError, match="to draw cannot be quantised"):
        measure_of("draw", "m")
