"""Cards: what is accepted, what is refused, and how it is said."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import tiny_models
from vision_app.cards.card import card_as_json, load_card, named_labels, parse_card, parse_card_text
from vision_app.errors import ModelError


def _full() -> dict:
    data = tiny_models.card(
        "full",
        title="Full",
        year=2015,
        family="CNN",
        origin_url="https://example.org/x",
        notes="some",
        labels="coco-80",
        output={"layout": "yolox", "activation": "none", "conf": 0.3, "iou": 0.45},
        download={"url": "https://example.org/x.onnx", "bytes": 7, "sha256": "0" * 64},
        published={"source": "a paper", "ap": 25.8, "params": 1e6, "macs": 5e8, "depth": 12},
    )
    data["input"] |= {"mean": [0.1, 0.2, 0.3], "std": [1, 2, 3], "colour": "BGR", "stride": 16, "pad": 0}
    return data


def test_every_field_survives_the_way_through_json():
    card = parse_card(_full(), "here")
    assert parse_card_text(card_as_json(card), "there") == card
    assert card.labels == named_labels("coco-80")
    assert '"coco-80"' in card_as_json(card)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": 2}, "schema must be a whole number from 1 to 1, got 2"),
        ({"name": "../evil"}, "name must be lower-case letters"),
        ({"name": "Big"}, "name must be"),
        ({"task": 3}, "task must be a text, got 3"),
        ({"labels": []}, "labels must be"),
        ({"labels": "imagenet-22k"}, "coco-80"),
        ({"input__size_hw": [0, 32]}, "input.size_hw must be [height, width], each from 1 to 8192 pixels"),
        ({"input__size_hw": "32"}, "input.size_hw"),
        ({"input__resize": "stretch"}, "input.resize must be one of squash, crop"),
        ({"input__std": [1, 0, 1]}, "input.std must be three numbers above 0"),
        ({"input__mean": [1, 2]}, "input.mean must be three numbers"),
        ({"input__mean": [1, 2, float("nan")]}, "input.mean must be three numbers"),
        ({"input__scale": True}, "input.scale must be a number"),
        ({"input__crop_pct": 1.5}, "input.crop_pct must be a number from 0.01 to 1"),
        ({"input__colour": "rgb"}, "input.colour must be one of RGB, BGR"),
        ({"input__sclae": 1}, "input.sclae is not a field of a card; known: size_hw"),
        ({"output__activation": "tanh"}, "output.activation must be one of none, softmax, sigmoid"),
        ({"output__iou": 2}, "output.iou"),
        ({"download": {"url": "file:///x", "bytes": 1, "sha256": "0" * 64}}, "download.url must be an http"),
        ({"download": {"url": "http://x", "bytes": 1, "sha256": "XYZ"}}, "download.sha256 must be 64 hex"),
        ({"published": {"top1": 75}}, "published.source is missing"),
        ({"year": "2015"}, "year must be a whole number"),
        ({"colour": "RGB"}, "colour is not a field of a card"),
    ],
    ids=lambda v: v if isinstance(v, str) else None,
)
def test_a_wrong_field_is_named(change, said):
    with pytest.raises(ModelError) as caught:
        parse_card(tiny_models.card("x", **change), "x.json")
    assert said in str(caught.value)
    assert str(caught.value).startswith("x.json: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["schema", "name", "task", "licence", "input", "output", "labels"])
def test_a_missing_field_is_named(missing):
    data = tiny_models.card("x")
    del data[missing]
    with pytest.raises(ModelError, match=f"{missing} is missing"):
        parse_card(data, "x.json")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(field=st.sampled_from(sorted(_full())), value=json_values)
def test_strange_values_are_refused_politely_or_taken(field, value):
    try:
        card = parse_card({**_full(), field: value}, "x.json")
    except ModelError as error:
        assert "x.json" in str(error)
    else:
        assert dataclasses.is_dataclass(card)


@given(json_values)
def test_strange_documents_are_refused_politely(value):
    with pytest.raises(ModelError):
        parse_card(value, "x.json")


def test_a_file_that_is_not_json(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="must be JSON"):
        load_card(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="cannot be read"):
        load_card(path)


def test_labels_of_the_shipped_lists():
    assert len(named_labels("imagenet-1k")) == 1000
    assert len(named_labels("coco-80")) == 80
    assert json.loads(card_as_json(parse_card(tiny_models.card("x"), "x")))["labels"] == [
        "red",
        "green",
        "blue",
    ]
