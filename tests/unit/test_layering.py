"""An import points to a lower level only, and heavy packages stay where they belong."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import vision_app

PACKAGE = Path(vision_app.__file__).parent

LEVELS: dict[str, int] = {
    "errors": 0,
    "messages": 0,
    "wordings": 0,
    "recognising": 1,
    "labels": 1,
    "paths": 1,
    "interrupts": 0,
    "cancelling": 1,
    "documents": 1,
    "resources": 0,
    "memory": 0,
    "replacing": 0,
    "limits": 0,
    "plugins": 0,
    "results": 1,
    "pictures": 1,
    "runtime": 1,
    "cards": 2,
    "locking": 2,
    "sources": 2,
    "filters": 3,
    "graph": 3,
    "overlay": 3,
    "showing": 3,
    "sinks": 3,
    "people": 3,
    "sequences": 3,
    "tasks": 3,
    "timeline": 4,
    "engine": 4,
    "catalogue": 5,
    "scratch": 3,
    "samples": 5,
    "explaining": 6,
    "learn": 6,
    "temporal": 6,
    "live": 6,
    "headless": 6,
    "exporting": 6,
    "quantise": 6,
    "bench": 6,
    "bundles": 6,
    "batch": 7,
    "api": 7,
    "doctor": 7,
    "kiosk": 7,
    "site": 7,
    "gui": 8,
    "cli": 9,
    "__main__": 9,
}

# the quantiser is a part of ONNX Runtime's package; sessions are made by runtime alone
ONLY_IMPORTERS: dict[str, tuple[str, ...]] = {
    "onnxruntime": ("runtime", "quantise"),
    "onnx": ("graph", "catalogue", "quantise"),
    "PySide6": ("gui",),
    "matplotlib": ("bench",),
    "requests": ("catalogue", "site"),
    "paho": ("site",),
    "distributed": ("batch",),
    "fsspec": ("batch",),
    "starlette": ("site",),
    "uvicorn": ("site",),
    "pyvirtualcam": ("site",),
    "filelock": ("locking",),
    "PIL": ("pictures",),
    "pillow_heif": ("pictures",),
}
# the optional training of a network's last layers, imported only when it is asked for
MAY_TRAIN = ("learn/unfreezing.py", "learn/tail.py", "learn/depth.py")
NEVER = ("torch", "torchvision", "timm", "ultralytics")


def _unit(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return parts[0]


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py" or p.parent != PACKAGE)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    own = _unit(path)
    assert own in LEVELS, f"{own} has no level"
    for name in _imports(path):
        parts = name.split(".")
        if parts[0] != "vision_app" or len(parts) < 2 or parts[1] not in LEVELS:
            continue
        other = parts[1]
        if other != own:
            assert LEVELS[other] <= LEVELS[own], (
                f"{own} (level {LEVELS[own]}) imports {other} ({LEVELS[other]})"
            )


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_stay_where_they_belong(path: Path) -> None:
    roots = {name.split(".")[0] for name in _imports(path)}
    if _unit(path) != "exporting" and path.relative_to(PACKAGE).as_posix() not in MAY_TRAIN:
        assert not roots & set(NEVER)
    for package, owners in ONLY_IMPORTERS.items():
        if package in roots:
            assert _unit(path) in owners, f"only {' and '.join(owners)} import {package}"


def test_no_cycles_within_a_level() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        own = _unit(path)
        for name in _imports(path):
            parts = name.split(".")
            if parts[0] == "vision_app" and len(parts) > 1 and parts[1] in LEVELS and parts[1] != own:
                graph.setdefault(own, set()).add(parts[1])

    def reachable(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(graph.get(start, ()))
        while todo:
            unit = todo.pop()
            if unit not in seen:
                seen.add(unit)
                todo.extend(graph.get(unit, ()))
        return seen

    assert [unit for unit in graph if unit in reachable(unit)] == []


def test_the_help_loads_nothing_that_computes() -> None:
    code = (
        "import sys, vision_app.cli; vision_app.cli.build_parser()\n"
        "print([m for m in ('numpy', 'cv2', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_headless_run_loads_no_window_and_no_trainer() -> None:
    code = (
        "import sys, vision_app.headless.run, vision_app.cli\n"
        "heavy = ('PySide6', 'torch', 'ultralytics', 'onnx', 'av', 'rich', 'trackers', 'requests')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
