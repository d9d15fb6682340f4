"""The provider OpenVINO: told how many threads and runs at once; used for real where it is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import tiny_models
from tests.unit.test_quantise import error, small_network, tensors, work_folder
from vision_app import runtime
from vision_app.errors import ModelError
from vision_app.quantise.network import PLACEMENTS, Network, placement_for
from vision_app.runtime import Session, ThreadPolicy

OPENVINO = "OpenVINOExecutionProvider"
built_in = OPENVINO in runtime.available_providers()
needs_openvino = pytest.mark.skipif(not built_in, reason="needs onnxruntime-openvino")


@pytest.mark.parametrize(
    ("policy", "threads", "streams"),
    [
        (ThreadPolicy(intra_op=1), "1", "1"),
        (ThreadPolicy(intra_op=2, at_once=3), "6", "3"),
        (ThreadPolicy.for_files(4), "4", "4"),
        (ThreadPolicy(), str(runtime.cpu_count()), "1"),
    ],
)
def test_it_has_as_many_threads_and_streams_as_the_policy_says(
    policy: ThreadPolicy, threads: str, streams: str
) -> None:
    options = runtime._options(OPENVINO, policy)
    assert (options["num_of_threads"], options["num_streams"]) == (threads, streams)
    assert runtime._options("CPUExecutionProvider", policy) == {}


@pytest.mark.skipif(built_in, reason="it is there")
def test_where_it_is_missing_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    path = tiny_models.colour_classifier(tmp_path / "a.onnx")
    with pytest.raises(ModelError, match=r"pip install 'vision-app\[openvino\]'"):
        Session(path, "openvino")


def test_int8_is_made_only_for_providers_that_were_measured() -> None:
    with pytest.raises(ModelError, match="no INT8 for provider 'cuda'; it can be made for cpu and openvino"):
        placement_for("cuda")


@needs_openvino
def test_it_computes_the_same_as_the_cpu_provider(tmp_path: Path) -> None:
    path = small_network(tmp_path / "a.onnx")
    session = Session(path, "openvino", ThreadPolicy(intra_op=1))
    assert session.provider == OPENVINO
    for one in tensors()():
        np.testing.assert_allclose(session.run_single(one), Session(path, "cpu").run_single(one), atol=1e-4)


@needs_openvino
def test_its_int8_runs_on_it(tmp_path: Path) -> None:
    path = small_network(tmp_path / "a.onnx")
    network = Network(path, tensors(), work_folder(tmp_path / "w"), PLACEMENTS["openvino"])
    network.write(tmp_path / "b.onnx")
    assert error(path, tmp_path / "b.onnx") < 0.05
    one = next(tensors()())
    wanted = Session(path, "cpu").run_single(one)
    got = Session(tmp_path / "b.onnx", "openvino").run_single(one)
    assert np.abs(wanted - got).mean() < 0.05 * np.abs(wanted).mean()
