"""Every card in `models/` is right about its file, and every shipped network has one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from sketches.crops import TRIALS
from sketches.signs import LABELS

from vision_app.cards.card import card_as_json, load_card, parse_card_text
from vision_app.cards.chain import CHAIN_SUFFIX
from vision_app.cards.lookup import entries, find_model
from vision_app.resources import demo_clip, models_dir
from vision_app.tasks.layouts import LAYOUTS

# trained by training/sketches: what was measured stands in the card, nobody else has published anything
OURS = {
    "sketch-yolo",
    "sketch-yolo-int8",
    "sketch-mlp",
    "sketch-cnn",
    "sketch-vit",
    "sketch-hybrid",
    "sketch-capsnet",
}
CARDS = sorted(p for p in models_dir().glob("*.json") if not p.name.endswith(CHAIN_SUFFIX))
PARTS = sorted((models_dir() / "people").glob("*.onnx"))
CLASSES = {"classify": 1000, "detect": 80, "pose": 1}
WEIGHTS = sorted(models_dir().glob("*.onnx"))


def test_the_promised_models_are_there() -> None:
    names = {path.stem for path in CARDS}
    assert {"efficientnet-lite0", "yolox-nano", "yolo11n", "yolo26n", "rtdetr-l", "resnet50"} <= names
    assert {"efficientnet-lite0", *OURS} <= {path.stem for path in WEIGHTS}


@pytest.mark.parametrize("path", CARDS, ids=lambda p: p.stem)
def test_a_card_parses_and_is_called_like_its_file(path: Path) -> None:
    card = load_card(path)
    assert card.name == path.stem
    assert card.licence
    assert card.published is not None
    assert card.published.source
    if card.name in OURS:
        assert card.labels == LABELS
    else:
        assert len(card.labels) == CLASSES[card.task]
    layouts = {"classes"} if card.task == "classify" else set(LAYOUTS)
    assert card.output.layout in layouts
    again = parse_card_text(card_as_json(card), "again")
    assert again == card


# nobody published it for this input size, or for this file; the notes say so
WITHOUT_TOP1 = {"efficientnet-b4", "mobilenetv2-qdq"}


@pytest.mark.parametrize("path", [p for p in CARDS if p.stem not in OURS], ids=lambda p: p.stem)
def test_a_card_states_what_the_comparison_table_shows(path: Path) -> None:
    card = load_card(path)
    assert card.year is not None and 2010 < card.year < 2030
    assert card.origin_url.startswith("https://")
    published = card.published
    assert published is not None
    assert published.params is not None and 1e5 < published.params < 1e9
    assert published.depth is not None and 5 < published.depth < 500
    accuracy = published.top1 if card.task == "classify" else published.ap
    if card.task == "pose":  # its makers give no figure for this one of their networks
        assert "gives no figure" in published.source
        return
    if card.name in WITHOUT_TOP1:
        assert accuracy is None
        assert "top-1" in card.notes.lower()
    else:
        assert accuracy is not None and 20 < accuracy < 95
    assert card.input.size_hw[0] >= 192


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_network_of_ours_states_what_was_measured_and_how_it_was_trained(name: str) -> None:
    card = load_card(models_dir() / f"{name}.json")
    assert card.licence == "Apache-2.0"
    published, measured, training = card.published, card.extra["measured"], card.extra["training"]
    assert published is not None and published.params is not None and published.macs and published.depth
    assert "docs/sketches.md" in card.notes
    if card.task == "detect":
        assert 0.9e6 < published.params < 1.1e6
        assert measured["scenes"] == 2000
        assert measured["map50"] >= 95
        assert measured["false_alarms"] <= 0.05
        assert set(measured["by_class"]) == set(LABELS)
    else:
        assert published.params <= 1e6
        assert set(TRIALS) <= set(measured)
    log = json.loads(
        (models_dir() / "training" / f"{name.removesuffix('-int8')}.json").read_text(encoding="utf-8")
    )
    assert log["recipe"]["seed"] == training["seed"]
    assert len(log["epochs"]) == training["epochs"] <= log["recipe"]["epochs"]
    assert sum(row["seconds"] for row in log["epochs"]) < 90 * 60


@pytest.mark.parametrize("path", CARDS, ids=lambda p: p.stem)
def test_weights_that_are_not_shipped_can_be_had(path: Path) -> None:
    card = load_card(path)
    shipped = path.with_suffix(".onnx").is_file()
    says_how = card.download is not None or "yolo export" in card.notes
    assert shipped or says_how, "neither shipped, nor downloadable, nor explained"
    assert not (shipped and card.download is not None)


@pytest.mark.parametrize("path", WEIGHTS, ids=lambda p: p.stem)
def test_shipped_weights_are_those_of_the_card(path: Path) -> None:
    card = load_card(path.with_suffix(".json"))
    content = path.read_bytes()
    facts = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert card.extra["weights"] == facts


@pytest.mark.parametrize(
    ("name", "file"),
    [("yolox-nano", "yolox_nano_416_fp32.onnx"), ("mobilenetv2-qdq", "mobilenetv2-12-qdq.onnx")],
)
def test_a_download_is_known_under_any_name(name: str, file: str, shared_models: Path) -> None:
    found = find_model(str(shared_models / file))
    assert (found.name, found.card) == (name, load_card(models_dir() / f"{name}.json"))


def test_no_two_cards_claim_the_same_file() -> None:
    cards = [load_card(path) for path in CARDS]
    hashes = [c.download.sha256 for c in cards if c.download] + [
        c.extra["weights"]["sha256"] for c in cards if "weights" in c.extra
    ]
    assert len(hashes) == len(set(hashes))


def test_the_readme_lists_the_shipped_weights_with_their_hashes() -> None:
    text = (models_dir() / "README.md").read_text(encoding="utf-8")
    for path in WEIGHTS:
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["extra"]["weights"]
        assert f"`{path.name}`" in text
        assert facts["sha256"] in text


def test_the_networks_of_people_are_those_of_the_readme_and_of_the_chains() -> None:
    text = (models_dir() / "README.md").read_text(encoding="utf-8")
    for path in PARTS:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"| `people/{path.name}` | {path.stat().st_size} | `{digest}` |" in text
    used = {name for entry in entries() if entry.chain and entry.shipped for name in entry.chain.models}
    assert {f"people/{path.stem}" for path in PARTS} <= used


def test_what_is_shipped_is_small() -> None:
    files = [p for folder in (models_dir(), demo_clip().parent) for p in folder.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= 98_000_000
    assert demo_clip().stat().st_size <= 4_500_000
