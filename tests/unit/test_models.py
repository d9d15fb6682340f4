"""Finding, describing, loading and running models: what a user sees of a good file and of a bad one."""

import dataclasses
import json

import numpy as np
import pytest
from onnx import TensorProto, helper

from tests import tiny_models as tiny
from vision_app import graph, runtime
from vision_app.cards import lookup
from vision_app.cards.card import METADATA_KEY, load_card
from vision_app.cards.lookup import find_model
from vision_app.engine.chain import composed
from vision_app.engine.predictors import LoadedModel, load_model
from vision_app.engine.windows import windows
from vision_app.errors import ConfigError, ModelError
from vision_app.results.values import Classification, Detections
from vision_app.runtime import Session
from vision_app.tasks import TaskOptions


@pytest.fixture
def user_models(tmp_path, monkeypatch):
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(folder))
    return folder


def _refusal(action) -> str:
    with pytest.raises(ModelError) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text
    return text


# -- finding ---------------------------------------------------------------------------------------------


def test_a_model_is_found_by_name_and_by_path(user_models):
    path = tiny.colour_model(user_models)
    assert find_model("colours").path == path
    assert find_model(str(path)).card == find_model("colours").card


def test_a_misspelt_name_gets_a_suggestion(user_models):
    tiny.colour_model(user_models)
    assert "did you mean colours" in _refusal(lambda: find_model("colour"))


def test_a_model_that_is_not_on_disk_says_how_to_get_it(user_models):
    download = {"url": "https://example.org/far.onnx", "bytes": 12_000_000, "sha256": "0" * 64}
    tiny.write_card(user_models / "far.onnx", download=download)
    text = _refusal(lambda: find_model("far"))
    assert "not on this disk" in text
    assert "vision-app models pull far" in text
    assert "(12.0 MB, licence Apache-2.0, from https://example.org/far.onnx)" in text


def test_a_file_is_recognised_by_its_hash(user_models, tmp_path):
    path = tiny.colour_classifier(tmp_path / "whatever.onnx")
    download = {
        "url": "https://example.org/x",
        "bytes": path.stat().st_size,
        "sha256": lookup.sha256(path),
    }
    tiny.write_card(user_models / "known.onnx", download=download)
    assert find_model(str(path)).name == "known"
    shipped = {"weights": {"bytes": download["bytes"], "sha256": download["sha256"]}}
    tiny.write_card(user_models / "known.onnx", extra=shipped)
    assert find_model(str(path)).name == "known"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert find_model(str(path)).card is None


def test_a_card_must_be_called_like_its_file(user_models):
    tiny.write_card(user_models / "one.onnx", name="two")
    assert "name must be 'one'" in _refusal(lambda: find_model("one"))


# -- describing ------------------------------------------------------------------------------------------


def test_an_embedded_card_is_enough(tmp_path, user_models):
    path = tiny.colour_model(tmp_path)
    card = load_card(path.with_suffix(".json"))
    graph.embed_card(path, card, tmp_path / "single.onnx")
    model = load_model(str(tmp_path / "single.onnx"))
    assert model.card == card
    assert METADATA_KEY in model.session.metadata
    result, _ = model.predict(tiny.solid((0, 0, 255)))
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == "red"


def test_a_classifier_without_a_card_names_the_fields_that_decide(tmp_path, user_models):
    path = tiny.colour_classifier(tmp_path / "bare.onnx")
    text = _refusal(lambda: load_model(str(path)))
    assert "classifier of 3 classes" in text
    assert "input.mean" in text


@pytest.mark.parametrize(
    ("shape", "layout", "classes"),
    [
        ((1, 84, 21), "yolo-v8", 80),
        ((1, 63, 8), "yolo-v5", 3),
        ((1, 21, 85), "yolox", 80),
        ((1, 10, 6), "yolo-end2end", 80),
    ],
)
def test_the_shape_of_a_detector_tells_its_layout(shape, layout, classes, tmp_path, user_models):
    path = tiny.constant_model(tmp_path / "detector.onnx", np.zeros(shape), shape=(1, 3, 32, 32))
    card = load_model(str(path)).card
    assert (card.output.layout, len(card.labels)) == (layout, classes)


def test_a_shape_that_fits_nothing_asks_for_the_layout(tmp_path, user_models):
    path = tiny.constant_model(tmp_path / "odd.onnx", np.zeros((1, 7, 999)))
    assert "output.layout decides" in _refusal(lambda: load_model(str(path)))


def _ultralytics(**more):
    return {"names": "{0: 'cat', 1: 'dog'}", "task": "detect", "imgsz": "[32, 32]", "stride": "32", **more}


def test_ultralytics_metadata_is_read(tmp_path, user_models):
    value = np.zeros((1, 6, 21))
    path = tiny.constant_model(
        tmp_path / "y.onnx",
        value,
        metadata=_ultralytics(license="AGPL-3.0", description="Ultralytics YOLO11n model"),
    )
    card = load_model(str(path)).card
    assert card.labels == ("cat", "dog")
    assert card.output.layout == "yolo-v8"
    assert card.licence == "AGPL-3.0"
    assert card.family == "YOLO11"


def test_two_classes_end_to_end_are_not_mistaken_for_v8(tmp_path, user_models):
    path = tiny.constant_model(
        tmp_path / "y.onnx", np.zeros((1, 6, 6)), metadata=_ultralytics(end2end="True")
    )
    assert load_model(str(path)).card.output.layout == "yolo-end2end"


@pytest.mark.parametrize("names", ["__import__('os').system('true')", "{0: 'a', 2: 'b'}", "[", "{}"])
def test_metadata_is_data_and_not_code(names, tmp_path, user_models):
    path = tiny.constant_model(
        tmp_path / "y.onnx", np.zeros((1, 6, 21)), metadata=_ultralytics() | {"names": names}
    )
    assert "'names' must list the classes" in _refusal(lambda: load_model(str(path)))


# -- loading bad files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04" + b"0" * 50, "zip archive"),
        (b"\x80\x02}q\x00.", "pickle"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (b"hello world, this is a text", "not a usable ONNX model"),
    ],
)
def test_a_file_that_is_no_model(content, said, tmp_path, user_models):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    assert said in _refusal(lambda: load_model(str(path)))


def test_a_truncated_model(tmp_path, user_models):
    path = tiny.colour_model(tmp_path)
    path.write_bytes(path.read_bytes()[:-40])
    assert "truncated or damaged" in _refusal(lambda: load_model(str(path)))


def test_a_model_of_a_future_opset(tmp_path, user_models):
    path = tiny.colour_classifier(tmp_path / "future.onnx", opset=99)
    text = _refusal(lambda: load_model(str(path)))
    assert "newer ONNX version" in text
    assert "onnxruntime_src" not in text


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "link.bin", "missing.bin"])
def test_weights_outside_the_models_folder_are_refused(location, tmp_path, user_models):
    import onnx

    (tmp_path / "secret.bin").write_bytes(b"\0\0\x80\x3f" * 4)
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link.bin").symlink_to(tmp_path / "secret.bin")
    model = onnx.load(str(tiny.colour_classifier(tmp_path / "ok.onnx")))
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", "4")):
        tensor.external_data.add(key=key, value=value)
    path = inside / "outside.onnx"
    path.write_bytes(model.SerializeToString())
    assert "missing or outside its folder" in _refusal(lambda: load_model(str(path)))


def test_a_text_model_is_not_a_vision_model(tmp_path, user_models):
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, 128])
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, [1, 128])
    path = tiny.save(tmp_path / "text.onnx", [helper.make_node("Cast", ["ids"], ["o"], to=1)], [ids], [out])
    assert "not a vision model" in _refusal(lambda: load_model(str(path)))


def test_an_unknown_operator(tmp_path, user_models):
    node = helper.make_node("FancyOp", ["images"], ["o"])
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, [1, 3])
    path = tiny.save(tmp_path / "fancy.onnx", [node], [tiny.picture()], [out])
    assert "fancy.onnx" in _refusal(lambda: load_model(str(path)))


def test_a_model_that_needs_too_much_memory(tmp_path, user_models):
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["big"]),
        helper.make_node("ReduceMean", ["big"], ["a"], keepdims=0),
        helper.make_node("ReduceMean", ["images"], ["b"], keepdims=0),
        helper.make_node("Add", ["a", "b"], ["o"]),
    ]
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, [])
    path = tmp_path / "huge.onnx"
    tiny.save(path, nodes, [tiny.picture()], [out], {"shape": np.array([1 << 22, 1 << 20], np.int64)})
    tiny.write_card(path)
    # an older ONNX Runtime already makes it while the file is loaded
    said = _refusal(lambda: load_model(str(path)).warm_up((32, 32)))
    assert "needs more memory" in said or "does not fit into the memory" in said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": ["red", "green"]}, "2 labels need an output of (1, 2), the model gives (1, 3)"),
        ({"input__size_hw": [64, 32]}, "input.size_hw[0] is 64 in the card"),
        ({"input__layout": "NHWC"}, "input.layout is NHWC in the card"),
        ({"task": "divine"}, "task must be one of classify, detect"),
        ({"output__layout": "yolo-v8"}, "output.layout of a classifier must be 'classes'"),
        ({"output__activation": "none"}, "output.activation softmax is probably right"),
    ],
)
def test_a_card_that_contradicts_the_file(changes, said, tmp_path, user_models):
    path = tiny.colour_model(tmp_path, **changes)
    assert said in _refusal(lambda: load_model(str(path)).warm_up((64, 48)))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_scores_that_are_not_numbers(value, tmp_path, user_models):
    path = tiny.constant_model(tmp_path / "nan.onnx", np.full((1, 3), value))
    tiny.write_card(path)
    assert "NaN" in _refusal(lambda: load_model(str(path)).predict(tiny.solid((1, 2, 3))))


# -- running ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bgr", "label"), [((0, 0, 255), "red"), ((0, 255, 0), "green"), ((255, 0, 0), "blue")]
)
def test_the_right_colour(bgr, label, tmp_path, user_models):
    result, timings = load_model(str(tiny.colour_model(tmp_path))).predict(tiny.solid(bgr))
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == label
    assert result.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert timings.infer_s > 0


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT16, TensorProto.UINT8, TensorProto.DOUBLE])
def test_inputs_of_other_types(dtype, tmp_path, user_models):
    nodes = [
        helper.make_node("Cast", ["images"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("GlobalAveragePool", ["f"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["o"]),
    ]
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT, [1, 3])
    path = tiny.save(tmp_path / "typed.onnx", nodes, [tiny.picture(dtype=dtype)], [out])
    tiny.write_card(path, input__scale=1.0)
    result, _ = load_model(str(path)).predict(tiny.solid((0, 200, 0)))
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == "green"


def test_half_precision_outputs_are_widened(tmp_path, user_models):
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["mean"]),
        helper.make_node("Flatten", ["mean"], ["flat"]),
        helper.make_node("Cast", ["flat"], ["o"], to=TensorProto.FLOAT16),
    ]
    out = helper.make_tensor_value_info("o", TensorProto.FLOAT16, [1, 3])
    path = tiny.save(tmp_path / "half.onnx", nodes, [tiny.picture()], [out])
    tiny.write_card(path)
    result, _ = load_model(str(path)).predict(tiny.solid((0, 200, 0)))
    assert isinstance(result, Classification)
    assert result.probabilities.dtype == np.float32


@pytest.mark.parametrize("shape", [(None, 3, 32, 32), ("batch", 3, "h", "w")])
def test_free_dimensions(shape, tmp_path, user_models):
    path = tiny.colour_classifier(tmp_path / "free.onnx", shape=shape)
    tiny.write_card(path)
    result, _ = load_model(str(path)).predict(tiny.solid((255, 0, 0), (101, 33)))
    assert isinstance(result, Classification)
    assert result.top(1)[0][1] == "blue"


def test_a_file_made_for_many_pictures_answers_one(tmp_path, user_models):
    image = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    answers = []
    for batch in (1, 8):
        path = tiny.colour_classifier(tmp_path / f"batch{batch}.onnx", shape=(batch, 3, 32, 32))
        tiny.write_card(path)
        answers.append(load_model(str(path)).predict(image)[0].probabilities)
    np.testing.assert_array_equal(answers[0], answers[1])


def _detector(folder, rows, name="boxes", size=32, **changes):
    """An end-to-end detector that always sees the same boxes, in the pixels of its input."""
    path = tiny.constant_model(folder / f"{name}.onnx", np.array([rows], np.float32), (1, 3, size, size))
    changes = {
        "task": "detect",
        "labels": ["a", "b", "c"],
        "input__resize": "letterbox-centre",
        "input__size_hw": [size, size],
        "output": {"layout": "yolo-end2end"},
        **changes,
    }
    tiny.write_card(path, **changes)
    return path


def test_boxes_come_back_in_frame_pixels(tmp_path, user_models):
    # a 64 x 32 frame in a 32 x 32 input: half the size, 8 rows of border above and below
    path = _detector(tmp_path, [[0, 8, 16, 24, 0.9, 1], [-5, -5, 50, 50, 0.8, 2], [0, 0, 1, 1, 0.1, 0]])
    result, _ = load_model(str(path)).predict(tiny.solid((9, 9, 9), (64, 32)))
    assert isinstance(result, Detections)
    assert result.xyxy.tolist() == [[0, 0, 32, 32], [0, 0, 64, 32]]
    assert [result.label(i) for i in range(len(result))] == ["b", "c"]


def test_classes_and_thresholds(tmp_path, user_models):
    path = _detector(tmp_path, [[0, 0, 9, 9, 0.9, 1], [0, 0, 9, 9, 0.8, 2], [9, 9, 20, 20, 0.3, 2]])
    frame = tiny.solid((9, 9, 9), (32, 32))

    def scores(**options):
        result, _ = load_model(str(path), TaskOptions(**options)).predict(frame)
        assert isinstance(result, Detections)
        return [round(float(s), 2) for s in result.scores]

    assert scores() == [0.9, 0.8, 0.3]
    assert scores(conf=0.5) == [0.9, 0.8]
    assert scores(classes=("C",)) == [0.8, 0.3]
    assert scores(classes=("1",)) == [0.9]
    assert scores(max_det=1) == [0.9]
    with pytest.raises(ConfigError, match="no class 'bb'; did you mean b"):
        scores(classes=("bb",))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([0, 0, 5, 5, np.nan, 1], "NaN"),
        ([np.nan, 0, 5, 5, 0.9, 1], "finite"),
        ([0, 0, 5, 5, 0.9, 7], "class 7"),
    ],
)
def test_detections_that_cannot_be(row, said, tmp_path, user_models):
    model = load_model(str(_detector(tmp_path, [row])))
    assert said in _refusal(lambda: model.predict(tiny.solid((9, 9, 9))))


def test_a_provider_that_is_not_there_says_how_to_get_it(tmp_path):
    path = tiny.colour_classifier(tmp_path / "x.onnx")
    assert "onnxruntime-gpu" in _refusal(lambda: Session(path, "cuda")) or "CUDAExecutionProvider" in (
        runtime.available_providers()
    )
    assert "not one that ONNX Runtime knows" in _refusal(lambda: Session(path, "warp-drive"))


def test_auto_reports_what_it_got(tmp_path):
    session = Session(tiny.colour_classifier(tmp_path / "x.onnx"))
    assert session.provider in runtime.available_providers()
    assert (
        Session(tiny.colour_classifier(tmp_path / "y.onnx"), "CPUExecutionProvider").provider
        == "CPUExecutionProvider"
    )


def test_bound_runs_give_what_plain_runs_give(tmp_path):
    """The way of CUDA, with its buffer in main memory: the same calls, without a GPU."""
    from concurrent.futures import ThreadPoolExecutor

    session = Session(tiny.colour_classifier(tmp_path / "x.onnx", shape=(None, 3, None, None)))
    rng = np.random.default_rng(0)
    tensors = [rng.random((1, 3, 16 + 16 * (i % 2), 32), np.float32) for i in range(40)]
    plain = [session.run_single(t) for t in tensors]
    session._device = "cpu"
    with ThreadPoolExecutor(4) as pool:
        bound = list(pool.map(session.run_single, tensors))
    assert all(np.array_equal(a, b) for a, b in zip(plain, bound, strict=True))


# -- composed predictors ---------------------------------------------------------------------------------


def test_windows_cover_every_pixel_and_stay_inside():
    for size in ((100, 60), (641, 640), (1280, 720), (50, 2000)):
        seen = np.zeros((size[1], size[0]), bool)
        for left, top, right, bottom in windows(size, 64, 48):
            assert 0 <= left < right <= size[0]
            assert 0 <= top < bottom <= size[1]
            seen[top:bottom, left:right] = True
        assert seen.all() or max(size) <= 64


def test_sliced_boxes_lie_in_the_frame_and_are_merged(tmp_path, user_models):
    # the detector sees a box in the centre of whatever it is given
    path = _detector(tmp_path, [[8, 8, 24, 24, 0.9, 0]])
    model = load_model(str(path))
    sliced = composed(model, TaskOptions(), sliced=True, slice_size=32, slice_stride=32)
    result, timings = sliced.predict(tiny.solid((9, 9, 9), (64, 32)))
    assert isinstance(result, Detections)
    boxes = sorted(result.xyxy.tolist())
    # one in each window; the box of the whole picture (16, 0, 48, 32) overlaps both by half at most
    assert [8, 8, 24, 24] in boxes or boxes[0][0] <= 8
    assert result.xyxy.min() >= 0
    assert result.xyxy[:, 2].max() <= 64
    assert timings.infer_s > 0
    with pytest.raises(ConfigError, match="stride"):
        composed(model, TaskOptions(), sliced=True, slice_size=32, slice_stride=64)


def test_each_box_gets_the_class_of_its_own_pixels(tmp_path, user_models):
    detector = load_model(str(_detector(tmp_path, [[0, 0, 16, 32, 0.9, 0], [16, 0, 32, 32, 0.8, 1]])))
    classifier = load_model(str(tiny.colour_model(tmp_path)))
    picture = np.concatenate([tiny.solid((0, 0, 255), (16, 32)), tiny.solid((255, 0, 0), (16, 32))], axis=1)
    result, _ = composed(detector, TaskOptions(), classifier=classifier).predict(picture)
    assert isinstance(result, Detections)
    assert result.box_classes is not None
    assert [c.top(1)[0][1] for c in result.box_classes] == ["red", "blue"]
    record = json.loads(json.dumps(result.as_record()))
    assert record["detections"][0]["classes"][0]["label"] == "red"
    with pytest.raises(ConfigError, match="needs a classifier"):
        composed(detector, TaskOptions(), classifier=detector)


def test_the_free_size_copy_gives_the_same_answers(shared_models, tmp_path, user_models):
    original = load_model(str(shared_models / "yolox_nano_416_fp32.onnx"))
    graph.free_input_size(original.session.path, tmp_path / "free.onnx")
    file = dataclasses.replace(find_model(str(original.session.path)), path=tmp_path / "free.onnx")
    file = dataclasses.replace(file, card=original.card)
    free = LoadedModel(file)
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (416, 416, 3), np.uint8)
    first, _ = original.predict(picture)
    second, _ = free.predict(picture)
    assert isinstance(first, Detections)
    assert isinstance(second, Detections)
    assert np.allclose(first.xyxy, second.xyxy, atol=0.05)
    tensor, _ = free._task.prepare(rng.integers(0, 255, (720, 1280, 3), np.uint8))
    assert tensor.shape == (1, 3, 256, 416)
