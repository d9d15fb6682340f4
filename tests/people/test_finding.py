"""The shipped chains of people, through the engine."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest

from vision_app.cards.asking import TaskOptions
from vision_app.cards.lookup import chain_paths, entries, find_chain
from vision_app.engine.build import Pool, Surroundings, build
from vision_app.engine.chain import Chain
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError, ModelError
from vision_app.results.maps import ClassMap
from vision_app.results.values import Frame, Keypoints
from vision_app.runtime import ThreadPolicy
from vision_app.sources.oriented import OrientedSource

CHAINS = ("body", "face-mesh", "face-mesh-468", "faces", "hands", "hands-lite", "outline", "people")
AROUND = Surroundings(ThreadPolicy(intra_op=1))


@pytest.fixture(scope="module")
def pool() -> Pool:
    return Pool(AROUND.threads)


def chain(name: str, pool: Pool, **options) -> Chain:
    predictor = build(ModelRequest(name, TaskOptions(**options)), AROUND, pool=pool).predictor
    assert isinstance(predictor, Chain)
    return predictor


def sign(folder: Path) -> np.ndarray:
    return cv2.imread(str(sorted((folder / "sign_digits" / "val" / "4").iterdir())[0]))


@pytest.mark.parametrize("name", CHAINS)
def test_every_chain_is_in_the_catalogue_with_all_its_networks(name: str) -> None:
    (entry,) = [e for e in entries() if e.name == name]
    assert entry.installed
    assert entry.chain is not None
    assert entry.chain.licence == "Apache-2.0"
    assert "surveillance" in entry.chain.notes


@pytest.mark.parametrize("name", CHAINS)
def test_every_chain_runs_on_a_picture_without_people(name: str, pool: Pool) -> None:
    predictor = chain(name, pool)
    predictor.warm_up((64, 48))
    result, timings = predictor.predict(np.full((48, 64, 3), 90, np.uint8))
    assert name in (result.model, "people")
    assert result.task == predictor.task == find_chain(name).task
    assert timings.infer_s > 0
    if isinstance(result, Keypoints):
        assert len(result.detections) == 0
    else:
        assert isinstance(result, ClassMap)


def test_a_network_is_loaded_once(pool: Pool) -> None:
    chain("face-mesh", pool)
    before = pool.loads
    chain("face-mesh", pool, conf=0.7)
    assert pool.loads == before


def test_left_and_right_follow_the_mirror(shared_data: Path, pool: Pool) -> None:
    hands = chain("hands", pool)
    image = sign(shared_data)
    plain = Frame(image, 0, 0.0, file="a.jpg")
    mirrored = Frame(np.ascontiguousarray(image[:, ::-1]), 0, 0.0, file="a.jpg", mirrored=True)
    labels = []
    for frame in (plain, mirrored, dataclasses.replace(plain, mirrored=True)):
        result, _ = hands.follow(hands.begin(frame), frame)
        labels.append(result.detections.label(0))
    assert labels[0] == labels[1]
    assert labels[2] != labels[0]


class OneFrame:
    """A source of one frame."""

    def __init__(self, image: np.ndarray) -> None:
        self.image = image

    def read(self) -> Frame:
        return Frame(self.image, 0, 0.0)

    def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(("mirror", "rotate_deg"), [(True, 0), (False, 90), (True, 90), (False, 0)])
def test_a_mirrored_source_says_so(mirror: bool, rotate_deg: int) -> None:
    frame = OrientedSource(
        OneFrame(np.zeros((4, 6, 3), np.uint8)), mirror=mirror, rotate_deg=rotate_deg
    ).read()
    assert frame is not None
    assert frame.mirrored is mirror


def test_pictures_of_a_folder_are_looked_at_by_themselves(shared_data: Path, pool: Pool) -> None:
    """Two hands in one picture must not keep the palm detector from the next."""
    hands = chain("hands", pool, max_det=1)
    image = sign(shared_data)
    far = cv2.copyMakeBorder(image, 0, 0, 300, 0, cv2.BORDER_REPLICATE)
    counts = []
    for number, one in enumerate((image, far)):
        frame = Frame(one, number, 0.0, file=f"{number}.jpg")
        result, _ = hands.follow(hands.begin(frame), frame)
        counts.append(len(result.detections))
        assert result.detections.track_ids is None
    assert counts == [1, 1]


def test_a_track_goes_on_and_a_second_look_changes_nothing(shared_data: Path, pool: Pool) -> None:
    hands = chain("hands", pool)
    image = sign(shared_data)
    results = []
    for index, again in ((0, False), (1, False), (1, True), (2, False)):
        frame = Frame(image, index, index / 30, index / 30, "clip", again=again)
        results.append(hands.follow(hands.begin(frame), frame)[0])
    assert [r.detections.track_ids.tolist() for r in results] == [[1]] * 4
    assert np.array_equal(results[1].points, results[2].points)
    new = dataclasses.replace(Frame(image, 0, 0.0, 0.0, "clip"), epoch=7)
    result, _ = hands.follow(hands.begin(new), new)
    assert np.array_equal(result.points, results[0].points)


def test_a_body_comes_with_its_outline(shared_data: Path, pool: Pool) -> None:
    image = cv2.imread(str(shared_data / "photos" / "skimage_astronaut.jpg"))
    result, _ = chain("body", pool).predict(image)
    (mask,) = result.masks
    theirs = cv2.imread(str(shared_data / "people-reference/masks/skimage_astronaut.pose.png"), 0) > 127
    ours = mask.on_frame(image.shape[1::-1])
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.97
    assert mask.inside.any(axis=0).all() or mask.inside[:, [0, -1]].any(axis=0).all()
    (record,) = result.as_record()["detections"]
    assert max(len(p) for p in record["polygons"]) > 20


def test_classes_and_limits_are_kept(shared_data: Path, pool: Pool) -> None:
    image = sign(shared_data)
    found = chain("hands", pool).predict(image)[0].detections
    other = "left hand" if found.label(0) == "right hand" else "right hand"
    assert len(chain("hands", pool, classes=(other,)).predict(image)[0].detections) == 0
    assert len(chain("hands", pool, conf=1.0).predict(image)[0].detections) == 0
    with pytest.raises(ConfigError, match="did you mean left hand"):
        chain("hands", pool, classes=("left hnd",))


def test_a_classifier_looks_at_each_hand(shared_data: Path) -> None:
    request = ModelRequest("hands", classify_boxes="efficientnet-lite0-int8")
    result, _ = build(request, AROUND).predictor.predict(sign(shared_data))
    assert result.detections.box_classes is not None
    assert result.detections.box_classes[0].model == "efficientnet-lite0-int8"


def test_a_card_with_a_network_that_is_not_there(tmp_path: Path) -> None:
    text = chain_paths()["hands"].read_text(encoding="utf-8").replace("palm-detection-full", "palms-of-mars")
    (tmp_path / "hands.chain.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match="'people/palms-of-mars' of a chain is not on this disk"):
        build(ModelRequest(str(tmp_path / "hands.chain.json")))
