"""`models export` from end to end: the library's network, our file and card, the engine. Needs the extra `export`."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from vision_app.cli import main
from vision_app.errors import ConfigError, ModelError, VisionError
from vision_app.resources import demo_clip

pytestmark = [pytest.mark.parity, pytest.mark.usefixtures("ultralytics")]

SHORT = ("torchvision:resnet18", "timm:vit_tiny", "ultralytics:yolo11n")


@pytest.fixture(scope="module")
def exported(ultralytics, tmp_path_factory) -> dict[str, dict[str, Any]]:
    """The outcome of `models export REFERENCE --random-weights --json` for each of the short list, by reference."""
    folder = tmp_path_factory.mktemp("exported")
    outcomes = {}
    for reference in SHORT:
        done = run("models", "export", reference, "--random-weights", "--json", models=folder)
        assert done.returncode == 0, done.stderr
        outcomes[reference] = json.loads(done.stdout)
    return outcomes


def run(*arguments: str, models: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command."""
    return subprocess.run(
        [sys.executable, "-m", "vision_app", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "VISION_APP_MODELS": str(models),
            "XDG_CACHE_HOME": str(models / "cache"),
            **environment,
        },
    )


def request(reference: str, **more: Any) -> Any:
    from vision_app.exporting import ExportRequest

    return ExportRequest(reference, random_weights=True, **more)


def silent(_: str) -> None:
    pass


@pytest.mark.parametrize("reference", SHORT)
def test_what_is_registered(reference, exported):
    outcome = exported[reference]
    path = Path(outcome["path"])
    assert outcome["name"].endswith("-random")
    assert path.stat().st_size == outcome["bytes"]
    assert 0 <= outcome["max_difference"] <= 1e-3
    assert outcome["pictures"] == 8
    assert outcome["seconds"] > 0
    card = json.loads(path.with_suffix(".json").read_text())
    assert "Random weights (seed 0)" in card["notes"]
    assert "top1" not in card["published"]
    assert card["extra"]["weights"]["bytes"] == outcome["bytes"]
    assert card["input"]["size_hw"] == ([640, 640] if "yolo" in reference else [224, 224])
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".export")] == []


@pytest.mark.parametrize("reference", SHORT)
def test_the_catalogue_knows_and_runs_it(reference, exported):
    outcome = exported[reference]
    models = Path(outcome["path"]).parent
    arguments = ("--source", str(demo_clip()), "--model", outcome["name"], "--max-frames", "2")
    done = run(*arguments, "--json", "-", "--no-save", "--quiet", models=models)
    assert done.returncode == 0, done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["results"][0]["model"] for r in records] == [outcome["name"]] * 2
    verified = run("models", "verify", outcome["name"], models=models)
    assert verified.returncode == 0, verified.stderr


def test_facts_of_the_catalogue(exported):
    """Size and kind of the same network in the shipped card, counted on the zoo's own network."""
    from vision_app.cards.card import load_card
    from vision_app.resources import models_dir

    for reference, name in (("torchvision:resnet18", "resnet18"), ("timm:vit_tiny", "vit-tiny-patch16-224")):
        ours = load_card(Path(exported[reference]["path"]).with_suffix(".json"))
        known = load_card(models_dir() / f"{name}.json")
        assert (ours.family, ours.year, ours.licence) == (known.family, known.year, known.licence)
        assert ours.title == f"{known.title} (random weights)"
        assert ours.labels == known.labels
        assert ours.published is not None and known.published is not None
        for figure in ("params", "macs", "depth"):
            assert getattr(ours.published, figure) == getattr(known.published, figure), (reference, figure)


def test_preprocessing_is_the_librarys(exported, photos):
    """The tensor of the engine against torchvision's and timm's own transforms of the same photo."""
    import timm
    from PIL import Image
    from torchvision.models import ResNet18_Weights

    from vision_app.engine.predictors import load_model

    config = timm.data.resolve_data_config(
        pretrained_cfg=timm.get_pretrained_cfg("vit_tiny_patch16_224").to_dict()
    )
    transforms = {
        "torchvision:resnet18": ResNet18_Weights.DEFAULT.transforms(),
        "timm:vit_tiny": timm.data.create_transform(**config),
    }
    for reference, transform in transforms.items():
        model = load_model(exported[reference]["path"])
        for name, image in photos.items():
            theirs = transform(Image.fromarray(np.ascontiguousarray(image[..., ::-1]))).numpy()
            ours, _ = model._task.prepare(image)
            assert ours.shape[1:] == theirs.shape
            grey_levels = np.abs(ours[0] - theirs).max() * max(model.card.input.std) * 255
            assert grey_levels <= 2, (reference, name)


def test_attention_stays_visible(exported):
    """One Softmax for each of the 12 blocks, over (N, heads, T, T)."""
    graph = onnx.load(exported["timm:vit_tiny"]["path"]).graph
    assert sum(n.op_type == "Softmax" for n in graph.node) == 12


def test_free_sizes(exported):
    from vision_app.runtime import Session

    assert exported["ultralytics:yolo11n"]["free_size"] is True
    session = Session(Path(exported["ultralytics:yolo11n"]["path"]), "cpu")
    assert session.run_single(np.zeros((2, 3, 64, 96), np.float32)).shape == (2, 84, 96 + 24 + 6)
    classifier = Session(Path(exported["torchvision:resnet18"]["path"]), "cpu")
    assert classifier.run_single(np.zeros((3, 3, 224, 224), np.float32)).shape == (3, 1000)


def test_the_file_alone_is_enough(exported, tmp_path):
    """Every file carries its card."""
    from vision_app.engine.predictors import load_model

    source = Path(exported["torchvision:resnet18"]["path"])
    copy = tmp_path / "renamed.onnx"
    copy.write_bytes(source.read_bytes())
    card = load_model(str(copy)).card
    assert (card.name, card.input.mean) == ("resnet18-random", (0.485, 0.456, 0.406))


def test_a_network_that_differs_is_not_registered(tmp_path, monkeypatch):
    from vision_app.exporting import LIBRARIES, ExportError, export_model

    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path))
    library = LIBRARIES["torchvision"]

    def build(order):
        built = library.build(order)
        return dataclasses.replace(built, forward=lambda tensor: [o + 2e-3 for o in built.forward(tensor)])

    wrong = {"torchvision": dataclasses.replace(library, build=build)}
    with pytest.raises(ExportError, match=r"squeezenet1_1 is not registered: .* differ by 0\.002"):
        export_model(request("torchvision:squeezenet1_1"), silent, wrong)
    assert [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".lock"] == []


def test_an_existing_model_is_kept(tmp_path):
    from vision_app.exporting import export_model

    first = export_model(request("torchvision:squeezenet1_1", folder=tmp_path), silent)
    before = first.path.read_bytes()
    with pytest.raises(ModelError, match="exists; choose another --name"):
        export_model(request("torchvision:squeezenet1_1", folder=tmp_path, seed=1), silent)
    assert first.path.read_bytes() == before
    second = export_model(
        request("torchvision:squeezenet1_1", folder=tmp_path, seed=1, overwrite=True), silent
    )
    assert second.path == first.path
    assert second.path.read_bytes() != before
    assert second.card.extra["export"]["seed"] == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "squeezenet1-1-random.json",
        "squeezenet1-1-random.onnx",
    ]


def test_a_trusted_checkpoint(tmp_path, monkeypatch):
    """Its own classes; nothing is written beside it."""
    from vision_app.exporting import ExportRequest, export_model

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = tmp_path / "made"
    made.mkdir()
    checkpoint = made / "My Signs.pt"
    make_checkpoint(checkpoint)
    out = tmp_path / "out"
    done = export_model(ExportRequest(f"ultralytics:{checkpoint}", trust=True, folder=out), silent)
    assert done.card.name == "my-signs"
    assert done.card.labels == ("stop", "yield")
    assert done.card.published is not None and done.card.published.ap is None
    assert [p.name for p in made.iterdir()] == ["My Signs.pt"]


def make_checkpoint(path: Path) -> None:
    from benchmarks.peers import quiet

    with quiet():
        import torch
        from ultralytics import YOLO
        from ultralytics.nn.tasks import DetectionModel

        torch.manual_seed(0)
        model = YOLO("yolo11n.yaml")
        model.model = DetectionModel("yolo11n.yaml", nc=2, verbose=False)
        model.model.names = {0: "stop", 1: "yield"}
        model.model.args = {"imgsz": 320}
        for norm in (m for m in model.model.modules() if isinstance(m, torch.nn.BatchNorm2d)):
            torch.nn.init.uniform_(norm.weight, 0.8, 1.2)
        model.model.task = "detect"
        torch.save({"model": model.model, "train_args": {"imgsz": 320, "task": "detect"}}, path)


class Payload:
    """Unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_a_poisoned_download_runs_no_code(tmp_path, monkeypatch):
    """Weights of the releases are read by a loader that knows networks only."""
    import torch

    from vision_app.errors import DownloadError
    from vision_app.exporting import ExportRequest, export_model

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = tmp_path / "vision-app" / "ultralytics"
    cache.mkdir(parents=True)
    torch.save({"model": Payload(tmp_path / "ran"), "train_args": {}}, cache / "yolo11n.pt")
    with pytest.raises(DownloadError, match="the weights of ultralytics:yolo11n cannot be loaded"):
        export_model(ExportRequest("ultralytics:yolo11n", folder=tmp_path / "out"), silent)
    assert not (tmp_path / "ran").exists()


def test_weights_of_the_library(tmp_path, monkeypatch):
    """From the library's cache: the card has the plain name and the published accuracy of these weights."""
    import torch
    from torchvision import models

    from vision_app.exporting import ExportRequest, export_model

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    url = models.ResNet18_Weights.DEFAULT.url
    checkpoint = tmp_path / "hub" / "checkpoints" / url.rpartition("/")[2]
    checkpoint.parent.mkdir(parents=True)
    torch.save(models.resnet18().state_dict(), checkpoint)
    done = export_model(ExportRequest("torchvision:resnet18", folder=tmp_path / "out"), silent)
    assert (done.card.name, done.weights) == ("resnet18", "IMAGENET1K_V1")
    assert done.card.published is not None
    assert done.card.published.top1 == 69.758
    assert "random" not in done.path.with_suffix(".json").read_text().lower()


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("torchvision:resnet51", "torchvision has no model 'resnet51'; did you mean resnet50"),
        ("timm:vit_tiiny", "timm has no model 'vit_tiiny'; did you mean vit_tiny"),
        (
            "timm:vit_tiny_patch16_224.nope",
            "timm has no weights 'nope' for vit_tiny_patch16_224; it has augreg",
        ),
        ("ultralytics:yolo11nn", "ultralytics has no model 'yolo11nn'; did you mean yolo11n"),
        ("timm:vit_small_patch14_dinov2", "gives features, no classes"),
        ("ultralytics:/nowhere/best.pt", "best.pt is a Python pickle: .* add --trust"),
    ],
)
def test_what_cannot_be_exported(reference, message, tmp_path):
    from vision_app.exporting import export_model

    with pytest.raises(VisionError, match=message):
        export_model(request(reference, folder=tmp_path), silent)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize("reference", ["torchvision:resnet18", "ultralytics:yolo11n"])
def test_without_a_connection(reference, tmp_path):
    nowhere = "http://127.0.0.1:9"
    environment = {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "TORCH_HOME": str(tmp_path)}
    done = run("models", "export", reference, "--quiet", models=tmp_path, **environment)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert f"the weights of {reference} cannot be loaded" in last
    assert "--random-weights" in last
    assert "put " in last
    assert not list(tmp_path.glob("*.onnx"))


def test_the_command_line_passes_everything_on(tmp_path, capsys):
    chosen = ("--seed", "7", "--name", "mine", "--output", str(tmp_path))
    code = main(["models", "export", "torchvision:squeezenet1_1", "--random-weights", "--quiet", *chosen])
    shown = capsys.readouterr()
    assert (code, shown.err) == (0, "")
    assert "mine: classify" in shown.out
    assert json.loads((tmp_path / "mine.json").read_text())["extra"]["export"]["seed"] == 7


def test_bad_folders(tmp_path):
    from vision_app.exporting import export_model

    file = tmp_path / "file"
    file.touch()
    with pytest.raises(ConfigError, match="--output wants a folder"):
        export_model(request("torchvision:resnet18", folder=file), silent)
    with pytest.raises(ModelError, match="cannot be written"):
        export_model(request("torchvision:resnet18", folder=file / "below"), silent)
    with pytest.raises(ConfigError, match="--photos wants a folder"):
        export_model(request("torchvision:resnet18", photos=file), silent)
