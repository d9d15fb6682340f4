"""What is said of the files of others: where they come from, and who made them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| `([\w./-]+\.onnx)` \| (\d+) \| `([0-9a-f]{64})` \|", re.MULTILINE)


def test_every_shipped_network_is_listed_with_its_hash() -> None:
    models = ROOT / "models"
    listed = {m[1]: (int(m[2]), m[3]) for m in ROW.finditer((models / "README.md").read_text("utf-8"))}
    there = {
        str(p.relative_to(models)): (p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest())
        for p in models.rglob("*.onnx")
    }
    assert listed == there


def test_the_wheel_carries_the_credits() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license-files"] == ["LICENSE", "NOTICE"]
    notice = (ROOT / "NOTICE").read_text("utf-8")
    makers = (
        "TensorFlow Authors",
        "MediaPipe Authors",
        "RangiLyu",
        "MoveNet",
        "Vladimir Mandic",
        "torchvision",
    )
    assert [maker for maker in makers if maker not in notice] == []
    assert notice.count("THIS SOFTWARE IS PROVIDED") == notice.count("THE SOFTWARE IS PROVIDED") == 1
