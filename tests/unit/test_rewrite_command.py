"""`models add`, `rewrite`, `info` and `remove` with a graph that becomes faster."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vision_app.cli import main
from vision_app.graph.rewrites import proving


@pytest.fixture
def nano(shared_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "models").mkdir()
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(proving, "seconds_in_turn", lambda *_: [1.5, 1.0])
    return shared_models / "yolox_nano_416_fp32.onnx"


def test_what_is_added_is_rewritten_shown_and_removed_with_its_graph(
    nano: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "add", str(nano), "--name", "mine"]) == 0
    assert "graph: 1.50 x as fast" in capsys.readouterr().out
    kept = tmp_path / "models" / ".rewritten"
    assert len(list(kept.glob("mine.*.graph.onnx"))) == 1
    assert main(["models", "info", "mine"]) == 0
    told = capsys.readouterr().out
    assert "1.50 x as fast" in told
    assert "the dealing of pixels folded into the first convolution: 1.50 x" in told
    assert main(["models", "info", "mine", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)["rewritten"]
    assert record["rectangle"] is None
    assert (record["graph"]["speed"], record["graph"]["refused"]) == (1.5, None)
    assert main(["models", "rewrite", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == record["graph"]["steps"]
    assert main(["models", "remove", "mine"]) == 0
    assert list(kept.iterdir()) == []


def test_what_is_left_alone_says_why(
    shared_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path))
    assert main(["models", "rewrite", "efficientnet-lite0-int8"]) == 0
    assert capsys.readouterr().out == "efficientnet-lite0-int8: left alone: it computes in 8 bits\n"
