"""`models quantize` and `bench` as subprocesses, on tiny models."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests import tiny_models as tiny
from tests.clips import constant, write_clip
from tests.unit.test_quantise import small_network
from vision_app.cards.lookup import find_model
from vision_app.engine.predictors import LoadedModel
from vision_app.runtime import Session
from vision_app.sources import open_source

# each starts processes that import a lot; the run with all extras has them
pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "vision_app"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with a clip, and a network `small` in the catalogue."""
    models = tmp_path / "models"
    models.mkdir()
    tiny.write_card(small_network(models / "small.onnx"), published={"source": "made up", "top1": 55.5})
    monkeypatch.setenv("VISION_APP_MODELS", str(models))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", constant(40), noise=True)
    return tmp_path


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False
    )


def refused(done: subprocess.CompletedProcess[str], said: str, code: int = 2) -> None:
    assert done.returncode == code, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("vision-app")
    assert said in last
    assert "Traceback" not in done.stderr


def decide_by_a_hair(path: Path, clip: Path) -> None:
    """Let the network choose between two classes by what differs least from frame to frame."""
    model = onnx.load(path)
    tapped = onnx.load(path)
    del tapped.graph.output[:]
    tapped.graph.output.add().CopyFrom(helper.make_tensor_value_info("flat", TensorProto.FLOAT, [1, 6]))
    onnx.save(tapped, clip.with_name("tapped.onnx"))
    eyes = LoadedModel(find_model(str(path)), provider="cpu")
    session = Session(clip.with_name("tapped.onnx"), "cpu")

    def features_of(tensor):
        return session.run({session.inputs[0].name: tensor}, [session.outputs[0].name]).popitem()[1][0]

    with open_source(str(clip)) as source:
        features = np.array(
            [features_of(eyes.prepare(f.image)[0]) for f in iter(source.read, None) if f is not None]
        )
    middle = np.median(features, axis=0)
    least = np.linalg.svd(features - middle)[2][-1] * 1e4
    values = {
        "fc.w": np.stack([least, -least, 0 * least]),
        "fc.b": np.array([-least @ middle, least @ middle, -1e9]),
    }
    for tensor in model.graph.initializer:
        if tensor.name in values:
            tensor.CopyFrom(numpy_helper.from_array(values[tensor.name].astype(np.float32), tensor.name))
    onnx.save(model, path)


class TestQuantize:
    def quantize(self, *more: object) -> subprocess.CompletedProcess[str]:
        return run("models", "quantize", "small", "--calibrate", "clip.mp4", "--frames", 8, *more)

    def test_makes_a_model_that_runs(self, place: Path) -> None:
        done = self.quantize("--json")
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert made["name"] == "small-int8"
        assert made["agreement"] >= 0.9
        assert made["speed_ratio"] > 0
        assert made["provider"] == "cpu"
        assert made["worth_it"] is (made["speed_ratio"] >= 1.2)
        assert made["size_ratio"] == pytest.approx(
            (place / "models" / "small.onnx").stat().st_size / made["bytes"], abs=0.001
        )
        assert (made["calibration_frames"], made["held_out_frames"]) == (8, 8)
        card = json.loads((place / "models" / "small-int8.json").read_text())
        assert card["extra"]["made_from"] == "small"
        assert "8 frames of clip.mp4" in card["notes"]
        used = run("--source", "clip.mp4", "--model", "small-int8", "--no-save", "--json", "-", "--quiet")
        assert len(used.stdout.splitlines()) == 40
        assert run("models", "verify", "small-int8").returncode == 0

    def test_says_plainly_when_it_is_not_worth_it(self, place: Path) -> None:
        """A network of 6 channels at 32 x 32 has nothing to gain from 8 bits."""
        done = self.quantize()
        assert done.returncode == 0, done.stderr
        ratio = float(done.stdout.split("thread of cpu: ")[1].split(" x")[0])
        assert ("not worth it" in done.stdout) is (ratio < 1.2) or abs(ratio - 1.2) < 0.01

    def test_an_existing_model_is_kept_unless_told_otherwise(self, place: Path) -> None:
        assert self.quantize("--name", "mine").returncode == 0
        before = (place / "models" / "mine.onnx").read_bytes()
        refused(self.quantize("--name", "mine"), "there is a model 'mine' already")
        assert (place / "models" / "mine.onnx").read_bytes() == before
        assert self.quantize("--name", "mine", "--overwrite").returncode == 0

    def test_nothing_is_registered_when_it_disagrees(self, place: Path) -> None:
        decide_by_a_hair(place / "models" / "small.onnx", place / "clip.mp4")
        refused(self.quantize("--min-agreement", 1), "nothing was registered", code=1)
        assert sorted(p.name for p in (place / "models").glob("*.onnx")) == ["small.onnx"]

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("nothing-like-it", "--calibrate", "clip.mp4"), "no model is called"),
            (("efficientnet-lite0-int8", "--calibrate", "clip.mp4"), "quantised already"),
            (("small",), "required: --calibrate"),
            (("small", "--calibrate", "missing.mp4"), "no such file"),
            (("small", "--calibrate", "clip.mp4", "--provider", "cuda"), "no INT8 for provider 'cuda'"),
            (("small", "--calibrate", "one.png"), "too few"),
            (("small", "--calibrate", "clip.mp4", "--frames", "2"), "at least 4 frames"),
            (("small", "--calibrate", "clip.mp4", "--name", "../../evil"), "name must be"),
            (("small", "--calibrate", "clip.mp4", "--min-agreement", "2"), "from 0 to 1"),
        ],
    )
    def test_bad_input(self, place: Path, arguments: tuple[str, ...], said: str) -> None:
        cv2.imwrite(str(place / "one.png"), tiny.solid((1, 2, 3)))
        refused(run("models", "quantize", *arguments), said)
        assert sorted(p.name for p in (place / "models").iterdir()) == ["small.json", "small.onnx"]


class TestBench:
    def bench(self, *more: object) -> subprocess.CompletedProcess[str]:
        return run("bench", "--source", "clip.mp4", "--frames", 6, *more)

    def test_json_has_all_figures(self, place: Path) -> None:
        done = self.bench("--models", "small", "--json")
        assert done.returncode == 0, done.stderr
        (row,) = json.loads(done.stdout)
        assert row["name"] == "small"
        assert row["file_bytes"] == (place / "models" / "small.onnx").stat().st_size
        assert row["params"] == 3 * 6 * 9 + 2 * 6 * 6 * 9 + 18 + 18 + 3
        assert row["published"]["top1"] == 55.5
        for name in ("load_ms", "infer_p50_ms", "infer_p95_ms", "frame_p50_ms", "fps_live", "fps_file"):
            assert row[name] > 0, name
        assert row["infer_p50_ms"] <= row["infer_p95_ms"]
        assert row["error"] == ""

    @pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
    def test_memory_is_that_of_the_model_alone(self, place: Path) -> None:
        rows = json.loads(self.bench("--models", "efficientnet-lite0,small", "--json").stdout)
        large, small = (row["memory_mb"] for row in rows)
        assert 20 < small < large

    def test_a_provider_that_cannot_be_had_has_its_row(self, place: Path) -> None:
        done = self.bench("--models", "small", "--providers", "nonsense,cpu", "--json")
        assert done.returncode == 0
        bad, good = json.loads(done.stdout)
        assert "nonsense" in bad["error"]
        assert bad["infer_p50_ms"] is None
        assert good["error"] == ""

    def test_a_model_that_is_not_here_is_skipped_with_a_note(self, place: Path) -> None:
        done = self.bench("--models", "resnet50,small", "--markdown")
        assert done.returncode == 0
        assert "skipped resnet50" in done.stderr
        assert "| small |" in done.stdout
        refused(self.bench("--models", "resnet50"), "none of the models is on this disk")

    def test_a_broken_model_does_not_stop_the_others(self, place: Path) -> None:
        (place / "models" / "broken.onnx").write_bytes(b"not a network")
        done = self.bench("--models", "broken,small")
        assert done.returncode == 0
        assert "broken on cpu" in done.stdout
        assert "top-1 55.5" in done.stdout
        assert self.bench("--models", "broken").returncode == 1

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--models", "smal"), "did you mean"),
            (("--source", "missing.mp4"), "no such file"),
            (("--frames", "1"), "at least 2 frames"),
            (("--rounds", "0"), "at least one round"),
            (("--plot", "picture.txt"), "plot"),
        ],
    )
    def test_bad_input(self, place: Path, arguments: tuple[str, ...], said: str) -> None:
        refused(run("bench", *arguments), said)

    @pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="needs the extra `plot`")
    def test_plot(self, place: Path) -> None:
        done = self.bench("--models", "small", "--rounds", 2, "--plot", "picture.png")
        assert done.returncode == 0, done.stderr
        picture = cv2.imread(str(place / "picture.png"))
        assert picture is not None
        assert picture.shape[1] > 800
        assert picture.std() > 5
