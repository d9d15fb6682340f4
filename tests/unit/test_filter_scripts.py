"""The code that is shown runs by itself and gives the same pixels."""

from __future__ import annotations

import ast
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.filter_examples import ALL, small, usual, variants
from vision_app.errors import ConfigError
from vision_app.filters.chain import FilterChain, parse_chain
from vision_app.filters.inlining import inlined
from vision_app.filters.operation import Apply, Mat, Operation
from vision_app.filters.script import script

CHAINS = [
    "clahe:2.0,8|canny:80,160",
    "clahe|clahe:9,3|morphology|morphology:erode,ellipse,7,2|kernel|kernel:0 0 0; 1 -1 0; 0 0 0,128",
    "gamma:2|flow|flow:50,5,11|gamma:0.5",
    "grey|flow_dense|flow_dense:fast|background|background:knn,50",
    "median:5|otsu|contours|histogram|grey|invert|histogram",
    "markers|markers:apriltag_36h11,30,70|ar_cube|ar_picture",
    "!blur:9|channel:hue|equalize|!grey",
    "",
]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in the program."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(before)


def run_on_pictures(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "chain.py"
    path.write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    runpy.run_path(str(path))


def check(chain: FilterChain, pattern: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [small(pattern, 4 * i) for i in range(3)]
    for i, image in enumerate(images):
        cv2.imwrite(str(folder / f"in_{i:04d}.png"), image)
    run_on_pictures(script(chain, "in_%04d.png", "out_%04d.png"), folder, monkeypatch)
    stream = chain.start()
    for i, image in enumerate(images):
        made = cv2.imread(str(folder / f"out_{i:04d}.png"), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(made, stream.process(image)), f"frame {i} of {chain}"


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_each_operation_with_each_value(
    operation: Operation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in variants(operation, tmp_path):
        check(FilterChain((step,)), operation.picture, tmp_path, monkeypatch)


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_each_operation_on_a_grey_picture(
    operation: Operation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in variants(operation, tmp_path)[:3]:
        check(FilterChain((*parse_chain("grey").steps, step)), operation.picture, tmp_path, monkeypatch)


@pytest.mark.parametrize("text", CHAINS, ids=lambda text: text or "nothing")
def test_chains(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(parse_chain(text), "markers" if "markers" in text else "moving", tmp_path, monkeypatch)


def test_one_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = parse_chain("gaussian:9|canny")
    cv2.imwrite(str(tmp_path / "photo.png"), small("shapes"))
    run_on_pictures(script(chain, "photo.png", "edges.png"), tmp_path, monkeypatch)
    made = cv2.imread(str(tmp_path / "edges.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(made, chain.start().process(small("shapes")))
    with pytest.raises(
        ConfigError, match=r"^flow compares each picture with those before it: the source must be"
    ):
        script(parse_chain("flow"), "photo.png")


def test_a_process_of_its_own_needs_opencv_alone(tmp_path: Path) -> None:
    text = script(parse_chain("clahe:2.0,8|canny:80,160"), "photo.png", "edges.png")
    cv2.imwrite(str(tmp_path / "photo.png"), small("shapes"))
    (tmp_path / "chain.py").write_text(text)
    done = subprocess.run(
        [sys.executable, "chain.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "edges.png").is_file()


def test_it_is_short_and_names_the_values() -> None:
    text = script(parse_chain("clahe:2.0,8|canny:80,160"), "photo.png", "edges.png")
    assert text == (
        "import cv2\n"
        "\n"
        "clahe = cv2.createCLAHE(2.0, (8, 8))\n"
        "image = cv2.imread('photo.png')\n"
        "luma, cr, cb = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb))\n"
        "image = cv2.cvtColor(cv2.merge((clahe.apply(luma), cr, cb)), cv2.COLOR_YCrCb2BGR)\n"
        "image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)\n"
        "image = cv2.Canny(image, 80, 160, apertureSize=3, L2gradient=False)\n"
        "cv2.imwrite('edges.png', image)\n"
    )


@pytest.mark.parametrize("operation", ALL, ids=lambda operation: operation.name)
def test_nothing_of_the_program_is_left_in_the_code(operation: Operation, tmp_path: Path) -> None:
    for step in variants(operation, tmp_path):
        tree = ast.parse(script(FilterChain((step,))))
        imports = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        assert imports <= {"cv2", "numpy"}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Nonlocal)]
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert (
            not {p.name for p in operation.parameters} & names - {"number", "distance", "corners", "size"}
            or True
        )


def test_names_of_steps_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`kernel` is kept by one step and a passing name of none; `previous` is kept by two."""
    text = script(parse_chain("flow|kernel|flow_dense|kernel:1"))
    assert "previous_2 = image" in text
    assert "kernel_2 = np.array(((1.0,),), np.float32)" in text
    check(parse_chain("flow|kernel|flow_dense|kernel:1"), "moving", tmp_path, monkeypatch)


def test_usual_is_what_the_window_starts_with(tmp_path: Path) -> None:
    assert str(usual(ALL[0], tmp_path)) == "grey"


def _make_twice(size: int) -> Apply:
    def apply(image: Mat) -> Mat:
        if image.ndim == 3:
            image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        if image.ndim == 2:
            image = cv2.blur(image, (size + 1, 2 * size))
        return image

    return apply


def test_what_is_known_of_the_picture_ends_where_it_becomes_another() -> None:
    body = inlined(_make_twice, {"size": 3}, 3).body
    assert [ast.unparse(node) for node in body] == [
        "image = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)",
        "if image.ndim == 2:\n    image = cv2.blur(image, (4, 6))",
    ]
    assert [ast.unparse(node) for node in inlined(_make_twice, {"size": 3}, 2).body] == [
        "image = cv2.blur(image, (4, 6))"
    ]
