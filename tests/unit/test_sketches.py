"""Scenes of hand-drawn signs: the same from the same number, with boxes that hold the ink."""

from __future__ import annotations

import numpy as np
import pytest
from sketches.crops import TRIALS, crops_of, make_crop
from sketches.domains import SHIFTED, TRAIN
from sketches.scene import make_scene
from sketches.signs import LABELS, SIGNS, doodle

DOMAINS = pytest.mark.parametrize("domain", [TRAIN, SHIFTED], ids=["train", "shifted"])


@DOMAINS
def test_a_number_gives_the_same_scene_again(domain) -> None:
    for index in range(3):
        a, b = make_scene(domain, index), make_scene(domain, index)
        assert np.array_equal(a.image, b.image)
        assert np.array_equal(a.xyxy, b.xyxy)
        assert np.array_equal(a.class_ids, b.class_ids)


@pytest.mark.slow
@DOMAINS
def test_boxes_lie_in_the_picture_and_all_signs_come_up(domain) -> None:
    seen = set()
    empty = 0
    for index in range(60):
        scene = make_scene(domain, index)
        assert scene.image.shape == (320, 320, 3)
        assert scene.xyxy.shape == (len(scene.class_ids), 4)
        assert (scene.xyxy >= 0).all()
        assert (scene.xyxy <= 320).all()
        sides = scene.xyxy[:, 2:] - scene.xyxy[:, :2]
        assert (sides >= 7).all()
        seen.update(scene.class_ids.tolist())
        empty += not len(scene.class_ids)
    assert seen == set(range(len(LABELS)))
    assert 3 <= empty <= 40, "some scenes have no sign, so that a detector learns to find nothing"


def test_what_is_tested_was_not_trained_on() -> None:
    assert TRAIN.seed != SHIFTED.seed
    assert set(SHIFTED.papers) - set(TRAIN.papers), "papers of its own"
    assert set(SHIFTED.surfaces) - set(TRAIN.surfaces), "surfaces of its own"
    for index in range(5):
        assert not np.array_equal(make_scene(TRAIN, index).image, make_scene(SHIFTED, index).image)


@pytest.mark.parametrize("label", LABELS)
def test_each_sign_fills_its_square(label: str) -> None:
    for seed in range(20):
        drawing = SIGNS[label](np.random.default_rng(seed), 1.0)
        points = np.concatenate(drawing.strokes)
        assert np.isfinite(points).all()
        assert np.abs(points).max() < 1.7
        assert np.ptp(points, axis=0).max() > 1.2


def test_doodles_are_finite_and_many() -> None:
    counts = {len(doodle(np.random.default_rng(seed)).strokes) for seed in range(60)}
    assert len(counts) > 3


@pytest.mark.parametrize("trial", TRIALS)
def test_crops_go_through_the_signs_in_turn(trial) -> None:
    crops = [make_crop(SHIFTED, i, trial) for i in range(20)]
    assert [c.class_id for c in crops] == [i % 10 for i in range(20)]
    assert all(c.image.shape == (48, 48, 3) and c.image.std() > 1 for c in crops)
    assert np.array_equal(make_crop(SHIFTED, 3, trial).image, crops[3].image)


def test_crops_of_a_scene_have_its_classes() -> None:
    scene = next(s for i in range(50) if len((s := make_scene(TRAIN, i)).class_ids) >= 3)
    crops = crops_of(scene, np.random.default_rng(0))
    assert [c.class_id for c in crops] == scene.class_ids.tolist()


def test_a_picture_of_another_size() -> None:
    scene = make_scene(TRAIN, 4, (480, 256))
    assert scene.image.shape == (256, 480, 3)
