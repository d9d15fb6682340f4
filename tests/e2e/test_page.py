"""The page of a model in a real browser, opened from the disk: the numbers of the program, a camera, a picture."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import browser as browsers
from tests.browser import Browser
from tests.unit.test_bundles import RECIPES, SIZES_WH, grid, noise
from vision_app.bundles.bundle import bundle
from vision_app.bundles.recipe import A_PAGE, recipe_of
from vision_app.cards.lookup import ModelFile, find_model
from vision_app.engine.predictors import LoadedModel
from vision_app.errors import DownloadError
from vision_app.results.values import Classification, ImageU8
from vision_app.tasks import TaskOptions
from vision_app.tasks.classify import ClassifyTask

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(browsers.missing()), reason=browsers.missing())]

MODEL = "sketch-cnn"
PAGE_RECIPES = {name: changes for name, changes in RECIPES.items() if name != "as OpenCV"}
CLASSIFY = """
const [text, width, height] = args;
const pixels = Uint8ClampedArray.from(atob(text), (c) => c.charCodeAt(0));
const image = new ImageData(pixels, width, height);
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a shipped classifier."""
    try:
        return bundle(find_model(MODEL), "page", tmp_path_factory.mktemp("page") / "out").start
    except DownloadError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake camera shows: one picture again and again, without loss."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    data = cv2.imencode(".jpg", noise((320, 240), seed=3), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    path.write_bytes(data * 5)
    return path


@pytest.fixture(scope="module")
def opened(page: Path, clip: Path) -> Iterator[Browser]:
    """The page in a browser that has a camera and no network."""
    flags = [
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={clip}",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ]
    with browsers.browser(flags) as found:
        found.open(page.as_uri())
        found.run("await visionApp.ready;")
        yield found


def sent(image: ImageU8) -> tuple[str, int, int]:
    rgba = cv2.cvtColor(image, cv2.COLOR_BGR2RGBA)
    return base64.b64encode(rgba.tobytes()).decode(), image.shape[1], image.shape[0]


def said(model: LoadedModel, image: ImageU8) -> Classification:
    result, _ = model.predict(image)
    assert isinstance(result, Classification)
    return result


def test_the_same_probabilities_for_the_same_pixels(opened: Browser) -> None:
    model = LoadedModel(find_model(MODEL), provider="cpu")
    for size_wh in ((640, 480), (48, 48), (33, 90), (1280, 720)):
        image = noise(size_wh)
        got = opened.run(
            CLASSIFY + "return Array.from((await visionApp.classify(image)).probabilities);", *sent(image)
        )
        np.testing.assert_allclose(np.array(got), said(model, image).probabilities, atol=1e-6)


@pytest.mark.parametrize("name", PAGE_RECIPES)
def test_the_same_tensor(opened: Browser, tmp_path: Path, name: str) -> None:
    file = grid(tmp_path, **PAGE_RECIPES[name])
    recipe = recipe_of(file, A_PAGE)
    for size_wh in SIZES_WH:
        image = noise(size_wh)
        got = opened.run(
            CLASSIFY + "return Array.from(Preprocess.tensor(args[3], image).data);",
            *sent(image),
            recipe.to_json(),
        )
        wanted = _prepared(file, image)
        off = np.abs(np.array(got, np.float32) - wanted)
        step = 1 / min(recipe.divisor)
        # sums of floats in another order: one grey level, very rarely, where the value lies on the border of two
        assert off.max() <= 1.01 * step, (size_wh, off.max())
        assert (off > 1e-6).mean() < 0.0005, (size_wh, (off > 1e-6).mean())


def _prepared(file: ModelFile, image: ImageU8) -> np.ndarray:
    assert file.card is not None
    return ClassifyTask(file.card, TaskOptions(), False).prepare(image)[0].reshape(-1).copy()


def test_a_picture_is_chosen_and_named(opened: Browser, tmp_path: Path) -> None:
    image = noise((200, 150), seed=5)
    path = tmp_path / "picture.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    opened.put_file("#chooser", path)
    opened.wait("document.querySelectorAll('#classes li').length")
    wanted = said(LoadedModel(find_model(MODEL), provider="cpu"), image)
    rows = opened.run("return [...document.querySelectorAll('#classes li')].map((li) => li.innerText);")
    label, share = wanted.top(1)[0][1:]
    assert rows[0].split() == [*label.split(), f"{100 * share:.1f}", "%"]
    answer = opened.run("return document.getElementById('answer').textContent;")
    assert answer == ("Unknown" if wanted.unknown else label)


def test_no_picture_is_told(opened: Browser, tmp_path: Path) -> None:
    path = tmp_path / "no-picture.png"
    path.write_bytes(b"this is none")
    opened.put_file("#chooser", path)
    opened.wait("document.getElementById('state').className === 'bad'")
    assert "no picture" in opened.run("return document.getElementById('state').textContent;")


def test_a_camera_runs_until_it_is_stopped(opened: Browser) -> None:
    opened.run("document.getElementById('camera').click();")
    opened.wait("document.getElementById('state').textContent.includes('ms a picture')")
    assert opened.run("return document.getElementById('camera').textContent;") == "Stop"
    image = opened.run(
        "const c = document.getElementById('picture');"
        "const p = c.getContext('2d').getImageData(0, 0, c.width, c.height);"
        "return [p.width, p.height, btoa(String.fromCharCode(...p.data.slice(0, 4000)))];"
    )
    assert image[:2] == [320, 240]
    first = np.frombuffer(base64.b64decode(image[2]), np.uint8).reshape(-1, 4)[:320, 2::-1].astype(int)
    wanted = noise((320, 240), seed=3)[0].astype(int)
    assert np.abs(first - wanted).mean() < 12  # what it sees is what the camera shows
    opened.run("document.getElementById('camera').click();")
    assert opened.run("return document.getElementById('video').srcObject;") is None
    assert opened.run("return document.getElementById('camera').textContent;") == "Camera"


def test_it_speaks_korean_and_says_why_there_is_no_camera(page: Path, tmp_path: Path) -> None:
    with browsers.browser(["--deny-permission-prompts"], language="ko") as found:
        found.open(page.as_uri())
        found.run("await visionApp.ready;")
        assert found.run("return document.documentElement.lang;") == "ko"
        found.run("document.getElementById('camera').click();")
        found.wait("document.getElementById('state').className === 'bad'")
        assert "카메라" in found.run("return document.getElementById('state').textContent;")
