"""Filters behind a screen and in a kiosk: what models see, what is shown, and where results lie."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.filter_examples import small
from tests.live import Told
from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, parse_chain
from vision_app.kiosk.checking import check_programme
from vision_app.kiosk.programme import load_programme
from vision_app.live.bench import Bench, BenchPicture
from vision_app.live.session import LiveSession
from vision_app.results.values import Frame, ImageU8


def frame(chain: str, index: int = 0, epoch: int = 0) -> Frame:
    image = small("moving", 4 * index)
    return Frame(image, index, 0.0, epoch=epoch, seen=parse_chain(chain).start().bgr(image))


def picture(bench: Bench, shown: Frame) -> ImageU8:
    return BenchPicture(bench, None, print)(shown, ())


def test_views() -> None:
    shown = frame("invert")
    chain = parse_chain("invert")
    assert picture(Bench(chain), shown) is shown.for_models
    assert picture(Bench(chain, view="before"), shown) is shown.image
    split = picture(Bench(chain, view="split", split=0.25), shown)
    at = round(0.25 * shown.image.shape[1])
    assert np.array_equal(split[:, : at - 1], shown.image[:, : at - 1])
    assert np.array_equal(split[:, at + 1 :], shown.for_models[:, at + 1 :])
    for share, whole in ((0.0, shown.for_models), (1.0, shown.image)):
        assert np.array_equal(picture(Bench(chain, view="split", split=share), shown), whole)


def test_two_chains_side_by_side() -> None:
    shown = frame("invert")
    bench = Bench(parse_chain("invert"), parse_chain("threshold:0"), "beside")
    made = picture(bench, shown)
    height, width = made.shape[:2]
    assert not made[: height // 4].any()
    left = cv2.resize(shown.for_models, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    assert np.array_equal(made[height // 4 : height // 4 + height // 2, : width // 2], left)
    assert (made[height // 4 : height // 4 + height // 2, width - width // 2 :] == 255).mean() > 0.99


def test_the_second_chain_remembers_its_own_frames_and_forgets_at_a_jump() -> None:
    bench = Bench(FilterChain(), parse_chain("flow_dense"), "beside")
    show = BenchPicture(bench, None, print)
    right = np.s_[:, 160:]
    assert not show(frame("", 0), ())[right].any()
    moved = frame("", 1)
    assert show(moved, ())[right].any()
    assert show(moved, ())[right].any(), "painted once more, it has not stopped"
    assert not show(frame("", 2, epoch=1), ())[right].any()


def test_where_results_lie() -> None:
    points = np.array([[0, 0], [640, 360]], np.float32)
    plain = Bench(parse_chain("invert")).result_map((640, 360), (320, 180))
    assert plain is not None
    assert plain.points(points).tolist() == [[0, 0], [320, 180]]
    beside = Bench(view="beside").result_map((640, 360), (320, 180))
    assert beside is not None
    assert beside.points(points).tolist() == [[0, 45], [160, 135]]
    moves = parse_chain("perspective")
    assert Bench(moves, view="split").result_map((640, 360), (320, 180)) is None
    assert Bench(moves).result_map((640, 360), (320, 180)) is not None


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    cv2.imwrite(str(path), small("shapes"))
    return path


def test_a_picture_that_stands_still_follows_the_sliders(photo: Path) -> None:
    heard = Told()
    session = LiveSession(heard)
    try:
        session.open(str(photo))
        heard.until(lambda: heard.picture is not None)
        for size in range(1, 40, 2):
            session.set_bench(Bench(parse_chain(f"gaussian:{size}|threshold:120")))
        expected = parse_chain("gaussian:39|threshold:120").start().bgr(small("shapes"))
        heard.until(
            lambda: heard.picture is not None and np.array_equal(heard.picture.image[..., :3], expected)
        )
        assert session.filtered is not None
        assert [len(stage.shape) for stage in session.filtered.stages] == [3, 3, 2]
        newest = session.newest()
        assert newest is not None
        assert np.array_equal(newest[0].image, small("shapes")), "others see what was read"
        shot = session.snapshot(annotated=False)
        assert shot is not None
        assert np.array_equal(shot, expected)
        session.set_bench(Bench())
        heard.until(
            lambda: (
                heard.picture is not None and np.array_equal(heard.picture.image[..., :3], small("shapes"))
            )
        )
        assert session.filtered is None
        session.orient(mirror=True, rotate_deg=0)
        session.set_bench(Bench(parse_chain("invert")))
        mirrored = 255 - small("shapes")[:, ::-1]
        heard.until(
            lambda: heard.picture is not None and np.array_equal(heard.picture.image[..., :3], mirrored)
        )
    finally:
        session.close()


def test_a_chain_that_cannot_be_done_is_told_and_the_picture_goes_on(photo: Path) -> None:
    heard = Told()
    session = LiveSession(heard)
    try:
        session.open(str(photo))
        session.set_bench(Bench(parse_chain("template:nowhere.png")))
        heard.until(lambda: any("nowhere.png" in notice for notice in heard.notices))
        heard.until(
            lambda: (
                heard.picture is not None and np.array_equal(heard.picture.image[..., :3], small("shapes"))
            )
        )
    finally:
        session.close()


# kiosk ---------------------------------------------------------------------------------------------------


def kiosk_file(folder: Path, filters: str, blur: str = "off") -> Path:
    path = folder / "kiosk.toml"
    path.write_text(
        f'source = "demo"\n[privacy]\nblur = "{blur}"\n[[station]]\ntitle = "x"\n'
        f'models = ["efficientnet-lite0"]\nfilters = {filters}\n'
    )
    return path


def test_a_station_has_filters(tmp_path: Path, photo: Path) -> None:
    programme = load_programme(kiosk_file(tmp_path, '["clahe:3", "orb:photo.png|grey"]'))
    chain = programme.stations[0].filters
    assert [step.operation.name for step in chain.steps] == ["clahe", "orb", "grey"]
    assert chain.steps[1].values["picture"] == str(photo)
    assert not [finding for finding in check_programme(programme) if finding.forbids]


def test_filters_of_the_whole_file_hold_where_a_station_names_none(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    station = '[[station]]\ntitle = "x"\nmodels = ["efficientnet-lite0"]\n'
    path.write_text(
        f'source = "demo"\nfilters = ["blur:9"]\n{station}{station}filters = []\n{station}filters = ["grey"]\n'
    )
    assert [str(s.filters) for s in load_programme(path).stations] == ["blur:9", "", "grey"]


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ('"canny"', r"kiosk.toml line 7: filters must be a list such as"),
        ('["canny:3000"]', r"\(canny: low must be a whole number from 0 to 1000, got '3000'\)"),
        ("[3]", r"filters must be a list such as"),
    ],
)
def test_a_mistake_in_the_filters_is_named_with_its_line(tmp_path: Path, filters: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_programme(kiosk_file(tmp_path, filters))


def test_filters_that_cannot_be_done_or_spoil_the_blur_forbid_the_start(tmp_path: Path) -> None:
    for filters, blur, said in (
        ('["template:none.png"]', "off", "none.png: not a picture that can be read"),
        ('["canny"]', "others", "filters cannot be had with privacy.blur"),
    ):
        found = check_programme(load_programme(kiosk_file(tmp_path, filters, blur)))
        assert [finding for finding in found if finding.forbids and said in finding.text]
