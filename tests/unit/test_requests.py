"""How a model is asked for: the form for one model, what is asked of all, and which models have what."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import tiny_models as tiny
from tests.live import box_model
from vision_app.engine.build import Pool, build, resolve
from vision_app.engine.option_kinds import split_quoted
from vision_app.engine.options import BY_NAME, OPTIONS
from vision_app.engine.request import AskedModel, ModelRequest, parse_model, read_model, requested
from vision_app.errors import ConfigError
from vision_app.runtime import ThreadPolicy
from vision_app.tasks import TaskOptions


@pytest.mark.parametrize(
    ("text", "reference", "own"),
    [
        ("sketch-yolo", "sketch-yolo", {}),
        ("yolox-nano:conf=0.4,classes=person", "yolox-nano", {"conf": 0.4, "classes": ("person",)}),
        ("m:classes=person,dog,conf=0.4", "m", {"classes": ("person", "dog"), "conf": 0.4}),
        ("m:classes=person,track", "m", {"classes": ("person",), "track": True}),
        ('m:classes="track","chain saw, chainsaw"', "m", {"classes": ("track", "chain saw, chainsaw")}),
        ("m:track=off, sliced", "m", {"track": False, "sliced": True}),
        ("m:max-det=5,multi-label", "m", {"max_det": 5, "multi_label": True}),
        (r"C:\nets\x.onnx", r"C:\nets\x.onnx", {}),
        (r"C:\nets\x.onnx:conf=.4", r"C:\nets\x.onnx", {"conf": 0.4}),
        ("c:/nets/x.onnx:agnostic", "c:/nets/x.onnx", {"agnostic": True}),
        ("./a:b/x.onnx", "./a:b/x.onnx", {}),
        ("mine@1", "mine@1", {}),
        ("mine@1:top_k=3,provider=cpu", "mine@1", {"top_k": 3, "provider": "cpu"}),
        (r"m:classify_boxes=C:\c.onnx", "m", {"classify_boxes": r"C:\c.onnx"}),
    ],
)
def test_one_model_with_options_of_its_own(text, reference, own):
    assert parse_model(text) == AskedModel(reference, own)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("m:confi=0.4", "'confi' is not an option of a model; did you mean conf?"),
        ("m:conf=1.5", "conf must be a number from 0 to 1, got '1.5'"),
        ("m:conf", "conf needs a value"),
        ("m:", "nothing stands after the colon"),
        ("model:0.4", "'0.4' is not an option"),
        (":conf=1", "has no name"),
        ("m:conf=0.1,conf=0.2", "conf is given twice"),
        ("m:max_det=0", "max_det must be a whole number from 1 to 100000, got '0'"),
        ("m:classes=", "classes must be one or more names"),
        ("m:sliced=perhaps", "sliced must be true or false, got 'perhaps'"),
        ("m:shown=false", "shown cannot be given here: a model that is not to run is left out"),
    ],
)
def test_a_mistake_is_named(text, said):
    with pytest.raises(ConfigError) as caught:
        parse_model(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_called_like_options_is_that_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("x:conf=0.4").touch()
    assert parse_model("x:conf=0.4") == AskedModel("x:conf=0.4")


def test_a_switch_that_another_one_needs(tmp_path):
    assert requested("m:sliced,slice_size=64").slice_size == 64
    with pytest.raises(ConfigError, match="slice_size needs sliced"):
        requested("m:slice_size=64")


def test_tables_of_a_file():
    assert read_model({"name": "m", "conf": 0.4, "classes": [1, "dog"]}).own == {
        "conf": 0.4,
        "classes": ("1", "dog"),
    }
    for item, said in (
        ({"name": "m", "conf": "0.4"}, "conf must be a number from 0 to 1"),
        ({"name": "m", "topk": 1}, "did you mean top_k"),
        ({"conf": 0.4}, "a model must be a text, or a table"),
        (7, "a model must be a text, or a table"),
    ):
        with pytest.raises(ConfigError, match=said):
            read_model(item)


def test_the_table_and_the_request_say_the_same():
    fields = {f.name for f in dataclasses.fields(TaskOptions)} - {"shared_classes"}
    fields |= {f.name for f in dataclasses.fields(ModelRequest)} - {"reference", "options"}
    assert set(BY_NAME) == fields
    plain = ModelRequest("m")
    for option in OPTIONS:
        assert plain.value(option.name) == option.default, option.name
        assert set(option.title) == set(option.help) == {"en", "ko"}
        assert all([*option.title.values(), *option.help.values(), *option.absent.values()])
        assert not option.needs or option.needs in BY_NAME
    assert plain.said == {}


@given(st.text(max_size=30))
def test_any_text_is_a_model_or_refused_in_a_line(text):
    try:
        asked = parse_model(f"m:{text}")
    except ConfigError as error:
        assert str(error)
    else:
        assert asked.reference


@given(st.lists(st.text(st.characters(exclude_characters='",'), max_size=5), min_size=1, max_size=5))
def test_parts_between_commas(parts):
    assert split_quoted(",".join(parts), ",") == parts


@pytest.fixture
def nets(tmp_path):
    """A detector of red, green, blue; one of other classes; a classifier."""
    other = box_model(tmp_path, "other")
    tiny.write_card(
        Path(other),
        task="detect",
        output={"layout": "yolo-end2end", "conf": 0.25},
        labels=["dog", "cat", "red"],
    )
    return {
        "boxes": box_model(tmp_path),
        "other": other,
        "colours": str(tiny.colour_model(tmp_path)),
    }


def _resolved(asked, plain, flags=()):
    pool = Pool(ThreadPolicy())
    requests, unused = resolve(asked, plain, pool, must_fit={n: BY_NAME[n].flag for n in flags})
    return [build(r, pool=pool).request for r in requests], unused


def test_what_is_asked_of_all_goes_to_those_that_have_it(nets):
    asked = [AskedModel(nets["boxes"]), AskedModel(nets["colours"]), AskedModel(nets["other"], {"conf": 0.9})]
    (boxes, colours, other), unused = _resolved(
        asked, {"conf": 0.5, "top_k": 2, "track": False}, ("conf", "top_k")
    )
    assert (boxes.options.conf, other.options.conf, colours.options.conf) == (0.5, 0.9, None)
    assert (boxes.options.top_k, colours.options.top_k) == (5, 2)
    assert unused == ()


def test_an_option_that_no_model_has(nets):
    one = [AskedModel(nets["colours"])]
    with pytest.raises(
        ConfigError, match=r"--sliced needs a detector; add one with --model \(given: colours to"
    ):
        _resolved(one, {"sliced": True}, ("sliced",))
    assert _resolved(one, {"sliced": True})[1] == ("sliced",)
    with pytest.raises(ConfigError, match="it has no conf"):
        _resolved([AskedModel(nets["colours"], {"conf": 0.4})], {})


def test_a_class_that_one_of_the_models_knows_is_enough(nets, monkeypatch):
    asked = [AskedModel(nets["boxes"]), AskedModel(nets["other"])]
    pool = Pool(ThreadPolicy())
    requests, _ = resolve(asked, {"classes": ("green",)}, pool, must_fit={})
    grey = tiny.solid((9, 9, 9), (32, 32))
    found = [len(build(r, pool=pool).predictor.predict(grey)[0].detections) for r in requests]
    assert found == [1, 0]  # the second model knows no green: nothing of it is wanted, not everything
    with pytest.raises(
        ConfigError, match="none of the models boxes, other has a class 'gren'; did you mean green"
    ):
        resolve(asked, {"classes": ("gren",)}, pool, must_fit={})
    requests, _ = resolve(asked[:1], {"classes": ("cat",)}, pool, must_fit={})
    with pytest.raises(ConfigError, match="boxes has no class 'cat'"):
        build(requests[0], pool=pool)


def test_a_change_of_thresholds_loads_nothing_and_keeps_the_tracker(nets):
    first = build(ModelRequest(nets["boxes"], track=True, classify_boxes=nets["colours"]))
    again = build(first.request.changed({"conf": 0.5, "top_k": 1}), before=first)
    assert (first.loaded, again.loaded) == (True, False)
    assert again.predictor._after == first.predictor._after
    assert again.model.session is first.model.session
    assert again.classifier.session is first.classifier.session
    assert again.predictor.predict(tiny.solid((9, 9, 9), (32, 32)))[0].detections.box_classes[0].top_k == 1
