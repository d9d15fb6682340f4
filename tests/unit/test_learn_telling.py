"""One share over a whole training, from stage to stage: it never goes back."""

from __future__ import annotations

from itertools import pairwise

import pytest

from vision_app.cli.train_progress import TrainingBar
from vision_app.learn.options import TrainingProgress
from vision_app.learn.telling import MOVEMENTS, PICTURES, UNFREEZING, Telling, share_of


@pytest.mark.parametrize("stages", [PICTURES, UNFREEZING, MOVEMENTS])
def test_the_parts_are_the_whole(stages: dict) -> None:
    assert sum(stages.values()) == pytest.approx(1.0)
    last = list(stages)[-1]
    assert share_of(stages, last, 1, 1) == 1.0
    assert share_of(stages, next(iter(stages)), 0, 10) == 0.0


def test_a_stage_begins_where_the_one_before_ends() -> None:
    names = list(UNFREEZING)
    for before, after in pairwise(names):
        assert share_of(UNFREEZING, before, 5, 5) == share_of(UNFREEZING, after, 0, 5)


def test_what_is_told_late_or_of_nothing_does_not_go_back() -> None:
    seen: list[TrainingProgress] = []
    telling = Telling(PICTURES, seen.append)
    telling.tell(10, 10)
    telling.tell(3, 10)  # embedded once more
    telling.go_to("training")
    telling.tell(0, 0)
    assert [p.share for p in seen] == [0.6, 0.6, 0.6]


def test_after_the_last_picture_of_a_stage_the_next_one_begins() -> None:
    telling = Telling(UNFREEZING, lambda _: None)
    told = telling.of_stage("preparing", "unfreezing")
    told(1, 2)
    assert telling.phase == "preparing"
    told(2, 2)
    assert telling.phase == "unfreezing"


def test_a_stage_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="preparing"):
        share_of(PICTURES, "preparing", 1, 2)


def test_the_bar_of_the_command_line_is_full_once() -> None:
    bar, seen = TrainingBar(), []

    def show(progress: TrainingProgress) -> None:
        bar.update(progress)
        seen.append(bar.percentage)

    telling = Telling(UNFREEZING, show)
    for phase in UNFREEZING:
        telling.go_to(phase)
        telling.tell(1, 2)
        telling.tell(2, 2)
    assert seen == sorted(seen)
    assert seen.count(100.0) == 1
