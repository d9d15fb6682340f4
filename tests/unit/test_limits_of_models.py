"""Models that ask for more than there may be: small files that would take the memory of the machine."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from vision_app import limits
from vision_app.engine.predictors import load_model
from vision_app.errors import ModelError
from vision_app.runtime import memory_limit

CARD = {
    "schema": 1,
    "name": "bomb",
    "task": "classify",
    "licence": "none",
    "input": {"size_hw": [32, 32], "scale": 0.01, "resize": "squash"},
    "output": {"layout": "classes", "activation": "softmax"},
    "labels": ["a", "b"],
}
SIDE = 50_000  # squared and of floats: 10 GB


def constant(values: object, name: str, kind: type = np.int64) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, kind), name)


BIG = {
    "expand": [
        helper.make_node("ReduceMean", ["x"], ["s"], keepdims=0),
        helper.make_node("Expand", ["s", "sides"], ["big"]),
    ],
    "constant": [helper.make_node("ConstantOfShape", ["sides"], ["big"])],
    "resize": [helper.make_node("Resize", ["x", "", "scales"], ["big"], mode="nearest")],
}


def bomb(folder: Path, how: str) -> Path:
    """A classifier of two classes with a tensor of 10 GB on the way."""
    nodes = [
        *BIG[how],
        helper.make_node("ReduceMax", ["big"], ["one"], keepdims=0),
        helper.make_node("ReduceMean", ["x"], ["mean"], keepdims=0),
        helper.make_node("Add", ["one", "mean"], ["both"]),
        helper.make_node("Expand", ["both", "out"], ["scores"]),
    ]
    initial = [
        constant([SIDE, SIDE], "sides"),
        constant([1, 2], "out"),
        constant([1, 1, 1000, 1000], "scales", np.float32),
    ]
    graph = helper.make_graph(
        nodes,
        "bomb",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 2])],
        initial,
    )
    path = folder / "bomb.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    path.with_suffix(".json").write_text(json.dumps(CARD))
    return path


@pytest.mark.parametrize("how", BIG)
def test_a_tensor_of_ten_gigabytes_on_the_way_is_refused(how, tmp_path):
    model = load_model(str(bomb(tmp_path, how)), provider="cpu")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(
        ModelError, match=r"bomb\.onnx: needs more memory .*--limit model-memory=\d+[GM] allows it"
    ):
        model.predict(np.zeros((32, 32, 3), np.uint8))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


def test_the_advice_on_memory_works(tmp_path, monkeypatch):
    """In a process of its own, because the first model of a process sets the limit."""
    code = (
        "import sys; from vision_app.cli import main\n"
        "sys.exit(main(['--source', 'synthetic:64x64', '--max-frames', '1', '--no-save', '--quiet', *sys.argv[1:]]))"
    )
    path = bomb(tmp_path, "resize")  # 32 000 x 32 000 x 3 values
    net = onnx.load(path)
    net.graph.initializer[2].CopyFrom(constant([1, 1, 100, 100], "scales", np.float32))  # 123 MB
    onnx.save(net, path)

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", code, "--model", str(path), "--provider", "cpu", *more],
            capture_output=True,
            text=True,
            check=False,
        )

    refused = run("--limit", "model-memory=20M")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    advice = refused.stderr.split("--limit ")[1].split()[0]
    assert run("--limit", advice).returncode == 0


@pytest.mark.parametrize("side", [25_000, 10**9])
def test_a_size_that_a_file_announces_is_judged_before_it_is_made(side, tmp_path):
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x"], ["m"], keepdims=0),
            helper.make_node("Expand", ["m", "out"], ["y"]),
        ],
        "huge",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, "h", "w"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 84, 5])],
        [constant([1, 84, 5], "out")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    names = {i: f"c{i}" for i in range(80)}
    helper.set_model_props(model, {"names": str(names), "task": "detect", "imgsz": f"[{side}, {side}]"})
    onnx.save(model, tmp_path / "huge.onnx")
    with pytest.raises(ModelError, match=f"huge: its input has {side} x {side} pixels; at most 16.8 million"):
        load_model(str(tmp_path / "huge.onnx"))


def test_shared_models_that_announce_too_much_are_refused(shared_data):
    for name in ("imgsz-25000.onnx", "imgsz-1e9.onnx"):
        with pytest.raises(ModelError, match=r"its input has \d+ x \d+ pixels; at most"):
            load_model(str(shared_data / "hostile" / name))


def test_the_limit_counts_the_cores(monkeypatch):
    monkeypatch.setenv(limits.VARIABLE, "model-memory=1G")
    monkeypatch.setattr("vision_app.runtime.cpu_count", lambda: 8)
    assert memory_limit() == 8_000_000_000
    monkeypatch.setattr("vision_app.runtime.cpu_count", lambda: 1)
    assert memory_limit() == 2_000_000_000
