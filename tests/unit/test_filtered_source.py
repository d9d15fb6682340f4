"""Filters before the models: frames of a source, runs without a window, and probabilities along a value."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.filter_examples import small
from vision_app.cli import main
from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, parse_chain
from vision_app.filters.filtered import FilteredSource
from vision_app.filters.robustness import robustness, values_along
from vision_app.results.values import Classification, Frame, ImageU8
from vision_app.sources import open_source
from vision_app.sources.base import SourceInfo
from vision_app.sources.closing import ClosesAtExit


class Given(ClosesAtExit):
    """Frames that a test names: index, epoch, and which scene it is of if not the first."""

    def __init__(self, *places: tuple[int, ...]) -> None:
        self._places = iter(places)
        self.closed = False

    @property
    def info(self) -> SourceInfo:
        return SourceInfo("given", "video", (320, 180), 30.0, live=False, frame_count=None)

    def read(self) -> Frame | None:
        place = next(self._places, None)
        if place is None:
            return None
        image = small("moving", 5 * place[0])
        image.flags.writeable = False
        return Frame(image, place[0], 0.0, read_s=0.001, epoch=place[1], scene=sum(place[2:]))

    def close(self) -> None:
        self.closed = True


def test_the_filtered_picture_takes_the_place_of_the_frames() -> None:
    source = Given((0, 1), (1, 1))
    with FilteredSource(source, parse_chain("grey|canny")) as filtered:
        frame = filtered.read()
        assert frame is not None
        expected = cv2.cvtColor(parse_chain("canny").start().process(small("moving", 0)), cv2.COLOR_GRAY2BGR)
        assert np.array_equal(frame.image, expected)
        assert frame.for_models is frame.image
        assert not frame.image.flags.writeable
        assert frame.read_s > 0.001
        assert filtered.newest is not None
        assert [len(filtered.newest.steps), len(filtered.newest.stages)] == [2, 3]
        assert filtered.read() is not None
        assert filtered.read() is None
    assert source.closed


def test_the_original_can_be_kept_beside_it() -> None:
    filtered = FilteredSource(Given((0, 1)), parse_chain("invert"), keep_original=True)
    frame = filtered.read()
    assert frame is not None
    assert np.array_equal(frame.image, small("moving", 0))
    assert np.array_equal(frame.for_models, 255 - small("moving", 0))


@pytest.mark.parametrize("place", [(6, 2), (6, 1, 1)], ids=["a jump", "a cut"])
def test_what_remembers_begins_anew(place: tuple[int, ...]) -> None:
    filtered = FilteredSource(Given((5, 1), place), parse_chain("flow_dense"))
    for _ in range(2):
        frame = filtered.read()
        assert frame is not None
        assert not frame.image.any()
    goes_on = FilteredSource(Given((1, 1), (2, 1)), parse_chain("flow_dense"))
    goes_on.read()
    frame = goes_on.read()
    assert frame is not None
    assert frame.image.any()
    same = goes_on.again()
    assert same is not None
    assert np.array_equal(same.image, frame.image), "looked at once more, it has not stopped"


def test_a_chain_changes_between_frames_and_memories_of_kept_steps_stay() -> None:
    filtered = FilteredSource(Given((0, 1), (1, 1), (2, 1)), parse_chain("flow_dense"))
    filtered.read()
    filtered.chain = parse_chain("flow_dense|blur:3")
    frame = filtered.read()
    assert frame is not None
    assert frame.image.any(), "the flow goes on although a blur came behind it"
    filtered.chain = FilterChain()
    frame = filtered.read()
    assert frame is not None
    assert np.array_equal(frame.image, small("moving", 10))
    assert filtered.newest is None
    filtered.chain = parse_chain("invert")
    again = filtered.again()
    assert again is not None
    assert np.array_equal(again.image, 255 - small("moving", 10))


def test_a_chain_that_cannot_be_done_is_told_once_or_ends_the_run(tmp_path: Path) -> None:
    told: list[str] = []
    chain = parse_chain(f"template:{tmp_path / 'none.png'}")
    filtered = FilteredSource(Given((0, 1), (1, 1)), chain, report=told.append)
    for _ in range(2):
        frame = filtered.read()
        assert frame is not None
        assert filtered.newest is None
    assert len(told) == 1
    assert "none.png" in told[0]
    with pytest.raises(ConfigError, match=r"none\.png"):
        FilteredSource(Given((0, 1)), chain)


def test_chains_change_while_frames_are_read() -> None:
    filtered = FilteredSource(Given(*((i, 1) for i in range(60))), parse_chain("blur"), report=print)
    stop = threading.Event()

    def change() -> None:
        i = 0
        while not stop.is_set():
            filtered.chain = parse_chain(("flow|blur:3", "canny", "", "background|grey")[i % 4])
            filtered.again()
            i += 1

    thread = threading.Thread(target=change)
    thread.start()
    read = 0
    while filtered.read() is not None:
        read += 1
    stop.set()
    thread.join()
    assert read == 60


# runs ----------------------------------------------------------------------------------------------------


def saved(path: Path) -> list[ImageU8]:
    with open_source(str(path)) as source:
        frames = []
        while (frame := source.read()) is not None:
            frames.append(frame.image)
    return frames


def run(source: Path, folder: Path, *flags: str) -> int:
    return main(["--source", str(source), "--save", str(folder), "--quiet", *flags])


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("shapes", "coins"):
        cv2.imwrite(str(folder / f"{name}.png"), small(name))
    return folder


def test_the_models_see_the_filtered_pictures(photos: Path, tmp_path: Path) -> None:
    plain, filtered, by_hand = (tmp_path / f"{name}.jsonl" for name in ("plain", "filtered", "by_hand"))
    done = tmp_path / "done"
    done.mkdir()
    for path in photos.iterdir():
        made = parse_chain("gaussian:31|invert").start().process(cv2.imread(str(path)))
        cv2.imwrite(str(done / path.name), made)
    for target, source, flags in (
        (plain, photos, []),
        (filtered, photos, ["--filter", "gaussian:31|invert"]),
        (by_hand, done, []),
    ):
        assert main(["--source", str(source), "--json", str(target), "--no-save", "--quiet", *flags]) == 0
    lines = [
        [json.loads(line)["results"] for line in path.read_text().splitlines()]
        for path in (plain, filtered, by_hand)
    ]
    assert lines[1] == lines[2]
    assert lines[1] != lines[0]


def test_the_filtered_picture_is_saved_or_the_original(photos: Path, tmp_path: Path) -> None:
    assert run(photos, tmp_path / "filtered", "--filter", "threshold:0,inverse") == 0
    assert run(photos, tmp_path / "original", "--filter", "threshold:0,inverse", "--show-original") == 0
    (filtered, *_), (original, *_) = saved(tmp_path / "filtered"), saved(tmp_path / "original")
    corner = np.s_[-30:, -30:]
    assert filtered[corner].mean() < 3, "all is brighter than 0, so the inverse is black"
    assert np.abs(original[corner].astype(int) - small("coins")[corner]).mean() < 12


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (
            ("--filter", "canny:3000"),
            "--filter is wrong: canny: low must be a whole number from 0 to 1000, got '3000'",
        ),
        (("--filter", "cany"), "did you mean canny?"),
        (("--show-original",), "show_original needs a filter"),
        (("--filter", "perspective", "--show-original"), "show_original cannot be had with perspective"),
        (("--filter", "template"), "template: picture must be the path of a picture, none was given"),
    ],
)
def test_bad_flags_are_named(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], said: str
) -> None:
    assert run(photos, tmp_path / "out", *flags) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_settings_file_and_the_summary(photos: Path, tmp_path: Path) -> None:
    config, summary = tmp_path / "run.toml", tmp_path / "summary.json"
    config.write_text('filter = ["blur:9", "canny:80,200|!grey"]\n')
    flags = ["--config", str(config), "--summary", str(summary), "--no-save", "--quiet"]
    assert main(["--source", str(photos), *flags]) == 0
    assert json.loads(summary.read_text())["filter"] == "blur:9|canny:80,200|!grey"


# the command ---------------------------------------------------------------------------------------------


def test_the_list_the_lesson_and_the_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filters", "list"]) == 0
    assert "clahe:clip=2,tiles=8" in capsys.readouterr().out
    assert main(["filters", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["canny"]["parameters"][0] == {
        "name": "low",
        "title": {"en": "Lower threshold", "ko": "아래 임계값"},
        "default": "80",
        "takes": "a whole number from 0 to 1000",
        "unit": "",
    }
    assert main(["filters", "show", "gaussian", "--lang", "ko"]) == 0
    assert "가우시안" in capsys.readouterr().out
    assert main(["filters", "code", "blur:9", "--source", "a.png", "--save", "b.png"]) == 0
    assert "image = cv2.blur(image, (9, 9))" in capsys.readouterr().out
    assert main(["filters", "show", "gausian"]) == 2
    assert "did you mean gaussian?" in capsys.readouterr().err


# robustness ----------------------------------------------------------------------------------------------


def bright(image: ImageU8) -> Classification:
    share = np.float32(image.mean() / 255)
    return Classification("bright", np.array([share, 1 - share], np.float32), ("light", "dark"))


def test_the_probability_goes_along_the_value() -> None:
    image = np.full((10, 10, 3), 100, np.uint8)
    found = list(robustness(parse_chain("grey|!brightness"), 1, "brightness", image, bright, count=11))
    assert [label for label, _ in found] == ["dark"] * 11
    values = [point.value for _, point in found]
    assert (values[0], values[-1]) == (-255, 255)
    for _, point in found:
        assert point.probability == pytest.approx(1 - np.clip(100 + point.value, 0, 255) / 255, abs=1e-6)
        assert point.best == ("dark" if point.probability > 0.5 else "light")
    assert {
        label for label, _ in robustness(parse_chain("gamma"), 0, "gamma", image, bright, label="light")
    } == {"light"}


def test_values_along_keep_to_the_range_and_are_odd_where_they_must() -> None:
    chain = parse_chain("gaussian|sobel|morphology|kernel")
    sizes = values_along(chain, 0, "size", 5)
    assert sizes == (1, 25, 49, 75, 99)
    assert values_along(chain, 1, "direction") == ("both", "x", "y")
    assert values_along(chain, 2, "iterations", 50) == tuple(range(1, 11))
    for wrong, said in (
        ((3, "numbers"), "neither a number nor a choice"),
        ((0, "x"), "no parameter 'x'"),
        ((7, "size"), "from 1 to 4"),
    ):
        with pytest.raises(ConfigError, match=said):
            values_along(chain, *wrong)


def test_the_command_says_where_a_model_gives_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo = tmp_path / "photo.png"
    cv2.imwrite(str(photo), small("coins"))
    command = ["filters", "robustness", "blur|gaussian", "--source", str(photo), "--values", "3"]
    assert main([*command, "--along", "gaussian.size", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [point["value"] for point in said["points"]] == [1, 49, 99]
    assert main([*command, "--along", "2.size"]) == 0
    assert said["label"] in capsys.readouterr().out
    assert main([*command, "--along", "canny.low"]) == 2
    assert "a name that stands once in the chain (blur, gaussian)" in capsys.readouterr().err
    assert main([*command, "--along", "gaussian.size", "--label", "no such"]) == 2
    assert "has no class 'no such'" in capsys.readouterr().err
