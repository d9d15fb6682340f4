"""What `models export` refuses before any library is needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vision_app.cli import main


def export(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["models", "export", *arguments, "--quiet"])
    return code, capsys.readouterr().err.strip()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["torchvison:resnet50"], "did you mean torchvision:resnet50?"),
        (["keras:resnet50"], "a model to export is library:model, got 'keras:resnet50'"),
        (["resnet50"], "for example torchvision:resnet50"),
        (["timm:"], "a model to export is library:model"),
        (["best.pt"], "ultralytics:best.pt --trust"),
        (["ultralytics:best.pt"], "best.pt is a Python pickle: loading it runs whatever code is inside"),
        (["ultralytics:/nowhere/best.pt", "--trust"], "no such file: /nowhere/best.pt"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_one_clear_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path))
    code, said = export(capsys, *arguments)
    assert code == 2
    assert message in said
    assert "\n" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("library", ["torchvision", "timm", "ultralytics"])
def test_a_missing_library_names_the_extra(library, tmp_path, monkeypatch, capsys):
    for name in [m for m in sys.modules if m.split(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code, said = export(capsys, f"{library}:anything", "--output", str(tmp_path))
    assert (code, said) == (
        2,
        f"vision-app: {library} is not installed; exporting needs: pip install 'vision-app[export]'",
    )


def test_a_pickle_is_not_even_opened(tmp_path: Path, monkeypatch, capsys):
    """Without --trust; a file that cannot be read would otherwise say so."""
    checkpoint = tmp_path / "evil.pt"
    checkpoint.write_bytes(b"\x80\x04not a checkpoint")
    code, said = export(capsys, f"ultralytics:{checkpoint}", "--random-weights")
    assert code == 2
    assert "evil.pt is a Python pickle" in said
