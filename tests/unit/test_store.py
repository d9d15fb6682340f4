"""Adding, removing and checking models: what is copied is right, what is wrong is refused in one line."""

from __future__ import annotations

import hashlib
import json
import pickle
import zipfile

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from tests import tiny_models as tiny
from vision_app.cards import lookup
from vision_app.cards.card import load_card
from vision_app.cards.lookup import find_model
from vision_app.cards.overrides import parse_settings, read_labels
from vision_app.catalogue import place
from vision_app.engine.predictors import load_model
from vision_app.errors import ConfigError, ModelError
from vision_app.resources import models_dir
from vision_app.results.values import Classification

CLASSIFIER = {
    "input.scale": 1 / 255,
    "input.resize": "squash",
    "output.activation": "softmax",
    "labels": ["red", "green", "blue"],
}


@pytest.fixture
def models(tmp_path, monkeypatch):
    """The user's folder, which does not exist yet."""
    folder = tmp_path / "models"
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(folder))
    return folder


def visible(models):
    return sorted(p.name for p in models.iterdir() if not p.name.startswith(".")) if models.is_dir() else []


def refused(action, *said: str, kind=ModelError) -> str:
    with pytest.raises(kind) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text
    for part in said:
        assert part in text
    return text


# -- adding ----------------------------------------------------------------------------------------------


def test_a_file_with_its_card_beside_it_is_added_and_runs(models, tmp_path):
    added = place.add(tiny.colour_model(tmp_path))
    assert visible(models) == ["colours.json", "colours.onnx"]
    assert (models / "colours.onnx").read_bytes() == (tmp_path / "colours.onnx").read_bytes()
    assert find_model("colours").card == added.card
    result, _ = load_model("colours").predict(tiny.solid((0, 255, 0)))
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == "green"
    content = added.path.read_bytes()
    assert added.card is not None
    assert added.card.extra["weights"] == {
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    assert [r.state for r in place.verify(["colours"])] == ["ok"]


def test_nothing_of_the_way_there_is_left(models, tmp_path):
    place.add(tiny.colour_model(tmp_path))
    assert [p.name for p in (models / ".incoming").iterdir()] == ["colours.lock"]


def test_another_name_and_another_card(models, tmp_path):
    file = tiny.colour_classifier(tmp_path / "file.onnx")
    card = tiny.write_card(tmp_path / "elsewhere.onnx", labels=["a", "b", "c"])
    place.add(file, name="mine", card_file=card)
    assert load_card(models / "mine.json").labels == ("a", "b", "c")
    assert load_card(models / "mine.json").name == "mine"


def test_the_name_of_a_file_becomes_a_valid_one(models, tmp_path):
    place.add(tiny.colour_classifier(tmp_path / "My Colours (v2).onnx"), settings=CLASSIFIER)
    assert visible(models) == ["my-colours-v2.json", "my-colours-v2.onnx"]


def test_what_a_classifier_leaves_open_is_asked_for(models, tmp_path):
    file = tiny.colour_classifier(tmp_path / "m.onnx")
    text = refused(lambda: place.add(file), "looks like a classifier of 3 classes")
    for flag in ("--recipe imagenet|unit|", "--set input.resize=crop|squash|", "--labels FILE|NAME"):
        assert flag in text
    assert place.add(file, settings=CLASSIFIER).name == "m"
    result, _ = load_model("m").predict(tiny.solid((255, 0, 0)))
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == "blue"


@pytest.mark.parametrize("missing", ["input.scale", "input.resize", "labels"])
def test_a_missing_field_is_named_with_its_flag(models, tmp_path, missing):
    file = tiny.colour_classifier(tmp_path / "m.onnx")
    settings = {k: v for k, v in CLASSIFIER.items() if k != missing}
    flags = {"labels": "--labels FILE|NAME", "input.scale": "--recipe imagenet|"}
    refused(lambda: place.add(file, settings=settings), f"say it: {flags.get(missing, f'--set {missing}=')}")
    assert visible(models) == []


def test_an_ambiguous_detector_asks_for_its_layout(models, tmp_path):
    file = tiny.constant_model(tmp_path / "d.onnx", np.zeros((1, 2000, 9)), (1, 3, 64, 64))
    refused(lambda: place.add(file), "the output of no known detector", "--set output.layout=yolo-v8|")
    added = place.add(file, settings={"output.layout": "yolo-v5"})
    assert added.card is not None
    assert (added.card.task, len(added.card.labels)) == ("detect", 4)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"input.sclae": 1}, "input.sclae is not a field of a card"),
        ({"input.scale": "much"}, "input.scale must be a number"),
        ({"output.layout": "yolo-v99", "task": "detect"}, "output.layout"),
        ({"labels": ["red", "green"]}, "3"),
        ({"name": "../../evil"}, "name must be lower-case letters"),
        ({"licence.text": 1}, "licence is not a section"),
        ({"download": {"url": "ftp://x", "bytes": 1, "sha256": "0" * 64}}, "http or https"),
    ],
)
def test_wrong_settings_are_refused(models, tmp_path, settings, said):
    file = tiny.colour_classifier(tmp_path / "m.onnx")
    refused(lambda: place.add(file, settings={**CLASSIFIER, **settings}), said)
    assert visible(models) == []


def test_settings_correct_a_card(models, tmp_path):
    file = tiny.colour_model(tmp_path)
    added = place.add(file, settings={"licence": "MIT", "input.colour": "BGR"})
    assert added.card is not None
    assert (added.card.licence, added.card.input.colour) == ("MIT", "BGR")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "a/b", "..", "", ".hidden", "Ä", "a" * 101, "a\nb"])
def test_no_name_leads_out_of_the_folder(models, tmp_path, name):
    file = tiny.colour_model(tmp_path)
    if name:
        refused(lambda: place.add(file, name=name), "name must be lower-case letters")
    bad = tiny.write_card(tmp_path / "card.onnx", name=name)
    refused(lambda: place.add(file, card_file=bad), "name must be lower-case letters")
    assert visible(models) == []
    assert not (tmp_path / "evil.onnx").exists()


def test_a_card_inside_the_file_cannot_lead_out_of_the_folder(models, tmp_path):
    evil = json.dumps(tiny.card("../../evil"))
    file = tiny.colour_classifier(tmp_path / "m.onnx", metadata={"vision_app.card": evil})
    refused(lambda: place.add(file), "name must be lower-case letters")


def test_no_model_is_overwritten_unasked(models, tmp_path):
    place.add(tiny.colour_model(tmp_path))
    before = (models / "colours.onnx").read_bytes()
    other = tiny.colour_classifier(tmp_path / "other.onnx", gain=20)
    tiny.write_card(other)
    refused(lambda: place.add(other, name="colours"), "already", "--name", "--overwrite")
    assert (models / "colours.onnx").read_bytes() == before
    place.add(other, name="colours", overwrite=True)
    assert (models / "colours.onnx").read_bytes() == other.read_bytes()
    assert [r.state for r in place.verify(["colours"])] == ["ok"]


def test_a_shipped_model_is_hidden_only_when_told_and_comes_back(models, tmp_path):
    file = tiny.colour_model(tmp_path)
    name = lookup.DEFAULT_MODEL
    refused(lambda: place.add(file, name=name), "already")
    place.add(file, name=name, overwrite=True)
    assert find_model(name).path.parent == models
    place.remove(name)
    assert find_model(name).path.parent == models_dir()


def test_a_name_of_the_catalogue_is_for_the_file_of_its_card(models, tmp_path):
    refused(lambda: place.add(tiny.colour_model(tmp_path), name="resnet18"), "another model of the catalogue")
    assert visible(models) == []


def test_a_download_brought_by_hand_is_recognised(models, tmp_path):
    file = tiny.colour_classifier(tmp_path / "from-the-web.onnx")
    content = file.read_bytes()
    models.mkdir()
    download = {
        "url": "https://example.org/x.onnx",
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    tiny.write_card(models / "far.onnx", download=download)
    before = (models / "far.json").read_bytes()
    assert place.add(file).name == "far"
    assert visible(models) == ["far.json", "far.onnx"]
    assert (models / "far.json").read_bytes() == before


def test_a_card_of_other_weights_loses_its_download(models, tmp_path):
    download = {"url": "https://example.org/x.onnx", "bytes": 5, "sha256": "0" * 64}
    added = place.add(tiny.colour_model(tmp_path, download=download))
    assert added.card is not None
    assert added.card.download is None
    assert [r.state for r in place.verify()][-1] == "ok"


# -- files that are no models ----------------------------------------------------------------------------


def test_a_zip_and_a_pickle_called_onnx_are_refused(models, tmp_path):
    archive = tmp_path / "zip.onnx"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("data.pkl", "x")
    refused(lambda: place.add(archive), "this is a zip archive (or a PyTorch checkpoint)")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        (tmp_path / "pickle.onnx").write_bytes(pickle.dumps({"a": 1}, protocol))
        refused(lambda: place.add(tmp_path / "pickle.onnx"), "this is a Python pickle")


@pytest.mark.parametrize(
    "content", [b"", b"no model", b"\x00" * 100, b"<html>"], ids=["empty", "text", "zeros", "html"]
)
def test_other_files_are_refused(models, tmp_path, content):
    (tmp_path / "x.onnx").write_bytes(content)
    refused(lambda: place.add(tmp_path / "x.onnx"), "x.onnx")
    assert visible(models) == []


@pytest.mark.parametrize("suffix", [".pt", ".PTH", ".safetensors"])
def test_checkpoints_are_refused_with_a_hint(models, tmp_path, suffix):
    (tmp_path / f"yolo{suffix}").write_bytes(b"PK\x03\x04")
    refused(lambda: place.add(tmp_path / f"yolo{suffix}"), "vision-app models export")


def test_a_missing_file_and_a_folder(models, tmp_path):
    refused(lambda: place.add(tmp_path / "none.onnx"), "no such model file")
    refused(lambda: place.add(tmp_path), "this is a folder")


def test_ten_thousand_outputs_are_refused(models, tmp_path):
    names = [f"o{i}" for i in range(10_000)]
    path = tmp_path / "m.onnx"
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, 3, 32, 32]) for n in names]
    tiny.save(path, [helper.make_node("Relu", ["images"], [n]) for n in names], [tiny.picture()], outputs)
    tiny.write_card(path)
    refused(lambda: place.add(path), "has 10000 outputs, at most 256 make sense")


def test_an_unknown_operator_is_named(models, tmp_path):
    path = tmp_path / "m.onnx"
    node = helper.make_node("Magic", ["images"], ["out"], domain="com.example")
    output = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 3])
    graph = helper.make_graph([node], "tiny", [tiny.picture()], [output])
    opsets = [helper.make_opsetid("", tiny.OPSET), helper.make_opsetid("com.example", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), str(path))
    tiny.write_card(path)
    refused(lambda: place.add(path), "Magic", "com.example", "not in ONNX Runtime")
    assert visible(models) == []


@pytest.mark.parametrize("location", ["m.data", "../../etc/passwd", "/etc/passwd"])
def test_weights_in_another_file_are_refused(models, tmp_path, location):
    path = tmp_path / "m.onnx"
    tensor = numpy_helper.from_array(np.zeros((1, 3, 32, 32), np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    output = helper.make_tensor_value_info("out", TensorProto.FLOAT, [1, 3, 32, 32])
    graph = helper.make_graph(
        [helper.make_node("Add", ["images", "w"], ["out"])], "t", [tiny.picture()], [output], [tensor]
    )
    path.write_bytes(
        helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", tiny.OPSET)], ir_version=8
        ).SerializeToString()
    )
    tiny.write_card(path)
    refused(lambda: place.add(path), "its weights are in a separate file; make one file of it")


def test_a_model_that_is_not_of_pictures_is_refused(models, tmp_path):
    path = tiny.save(
        tmp_path / "m.onnx",
        [helper.make_node("Relu", ["x"], ["y"])],
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 10])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 10])],
    )
    refused(lambda: place.add(path), "not a vision model")


# -- removing --------------------------------------------------------------------------------------------


def test_own_models_are_removed_with_their_card(models, tmp_path):
    place.add(tiny.colour_model(tmp_path))
    assert [p.name for p in place.remove("colours")] == ["colours.onnx", "colours.json"]
    assert visible(models) == []
    refused(lambda: place.remove("colours"), "no model is called 'colours'")


def test_a_card_that_says_how_to_get_the_weights_again_stays(models, tmp_path):
    models.mkdir()
    file = tiny.colour_classifier(models / "far.onnx")
    facts = {"bytes": file.stat().st_size, "sha256": lookup.sha256(file), "url": "https://example.org/x"}
    tiny.write_card(file, download=facts)
    place.remove("far")
    assert visible(models) == ["far.json"]
    place.remove("far")
    assert visible(models) == []


def test_shipped_models_and_those_that_are_not_here_are_not_removed(models):
    refused(lambda: place.remove(lookup.DEFAULT_MODEL), "is shipped with the program and is read-only")
    assert find_model(lookup.DEFAULT_MODEL).path.is_file()
    refused(lambda: place.remove("resnet18"), "not on this disk")
    refused(lambda: place.remove("../x"), "no model is called")


# -- verifying -------------------------------------------------------------------------------------------


def test_every_way_to_differ_is_told(models, tmp_path):
    place.add(tiny.colour_model(tmp_path))
    file = models / "colours.onnx"
    content = file.read_bytes()

    def state():
        return next(iter(place.verify(["colours"])))

    assert state().good
    file.write_bytes(content[:-1])
    assert (state().state, state().good) == ("differs", False)
    assert f"{len(content)} bytes were wanted" in state().detail
    file.write_bytes(content[:-1] + b"?")
    assert hashlib.sha256(content).hexdigest() in state().detail
    (models / "colours.json").write_text("{", encoding="utf-8")
    assert state().state == "unreadable"
    (models / "colours.json").unlink()
    assert (state().state, state().good) == ("unstated", True)


def test_all_that_is_here_is_verified_and_shipped_models_are_right(models):
    results = list(place.verify())
    assert {r.name for r in results} >= {lookup.DEFAULT_MODEL}
    assert all(r.state == "ok" for r in results)


def test_verify_needs_the_file(models):
    refused(lambda: list(place.verify(["resnet18"])), "not on this disk")
    refused(lambda: list(place.verify(["nothing"])), "no model is called")


# -- settings and labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["output.layout", "=5", "a.b.c=1", ""])
def test_settings_that_are_none(text):
    refused(lambda: parse_settings([text]), "--set wants", kind=ConfigError)


def test_a_setting_given_twice():
    refused(lambda: parse_settings(["licence=MIT", "licence=BSD"]), "twice", kind=ConfigError)


@pytest.mark.parametrize("content", ["red\ngreen\n\n", '["red", "green"]', "\ufeffred\r\ngreen\r\n"])
def test_labels_of_a_file(tmp_path, content):
    (tmp_path / "names.txt").write_text(content, encoding="utf-8", newline="")
    assert read_labels(str(tmp_path / "names.txt")) == ["red", "green"]


def test_labels_by_name_and_wrong_ones(tmp_path):
    assert read_labels("imagenet-1k") == "imagenet-1k"
    (tmp_path / "names.txt").write_text("red\n\ngreen", encoding="utf-8")
    refused(lambda: read_labels(str(tmp_path / "names.txt")), "none empty", kind=ConfigError)
    (tmp_path / "names.txt").write_bytes(b"\xff\xfe\x00")
    refused(lambda: read_labels(str(tmp_path / "names.txt")), "cannot be read", kind=ConfigError)
    refused(lambda: read_labels(str(tmp_path / "none.txt")), "no such file", kind=ConfigError)
