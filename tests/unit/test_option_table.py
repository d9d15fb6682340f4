"""Each option reaches the model from each front end: one row an option and front end, none may be lost or mixed up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.live import box_model
from vision_app.cli import build_parser
from vision_app.engine.build import Built, Pool, build
from vision_app.engine.option_kinds import Switch
from vision_app.engine.options import KIOSK, OPTIONS, RUN
from vision_app.engine.region_rules import Windows
from vision_app.engine.request import ModelRequest
from vision_app.errors import ConfigError, ModelError
from vision_app.headless.run import HeadlessRun
from vision_app.headless.settings import load_settings
from vision_app.kiosk.programme import load_programme
from vision_app.results.values import Frame
from vision_app.runtime import ThreadPolicy


@dataclass(frozen=True)
class Case:
    """An option with a value that is not its default.

    Attributes:
        text: as a flag or variable has it.
        value: as a file has it.
        asked: as the request has it.
        model: the model that has the option.
        needs: an option that must be on for it.
    """

    text: str
    value: Any
    asked: Any
    model: str = "boxes"
    needs: str = ""


CASES: Mapping[str, Case] = {
    "conf": Case("0.61", 0.61, 0.61),
    "iou": Case("0.37", 0.37, 0.37),
    "classes": Case("green,2", ["green", 2], ("green", "2")),
    "track": Case("true", True, True),
    "detect_every": Case("3", 3, 3, needs="track"),
    "sliced": Case("true", True, True),
    "slice_size": Case("48", 48, 48, needs="sliced"),
    "slice_stride": Case("7", 7, 7, needs="sliced"),
    "classify_boxes": Case("{colours}", "{colours}", "{colours}"),
    "max_det": Case("11", 11, 11),
    "agnostic": Case("true", True, True),
    "multi_label": Case("true", True, True),
    "top_k": Case("2", 2, 2, model="colours"),
    "provider": Case("warp-drive", "warp-drive", "warp-drive"),
    "fit": Case("squash", "squash", "squash", model="colours"),
    "region": Case("0.1,0.2,0.8,0.9", [0.1, 0.2, 0.8, 0.9], (0.1, 0.2, 0.8, 0.9), model="colours"),
    "beside": Case("true", True, True, model="image"),
    "nearest_to": Case("{known}", "{known}", "{known}", model="embed"),
    "background": Case("green", "green", "green", model="semantic"),
    "rectangle": Case("true", True, True, model="wide"),
    "no_rewrite": Case("true", True, True),
    "shown": Case("false", False, False),
}

MADE = {
    "semantic": ("class-scores", np.zeros((1, 3, 16, 16), np.float32)),
    "image": ("image-unit", np.zeros((1, 3, 32, 32), np.float32)),
    "embed": ("vector", np.float32([[3.0, 0.0, -4.0]])),
}
"""Layout and output of a model for each task that has options of its own."""


@pytest.fixture(scope="module")
def nets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("nets")
    known = folder / "known"
    known.mkdir()
    for name in ("red", "blue"):
        assert cv2.imwrite(str(known / f"{name}.png"), tiny.solid((9, 9, 9)))
    found = {"boxes": box_model(folder), "colours": str(tiny.colour_model(folder)), "known": str(known)}
    found["wide"] = "sketch-yolo"
    for task, (layout, output) in MADE.items():
        path = tiny.constant_model(folder / f"{task}.onnx", output, (1, 3, 32, 32))
        tiny.write_card(path, task=task, output={"layout": layout})
        found[task] = str(path)
    return found


def filled(value: Any, nets: Mapping[str, str]) -> Any:
    return value.format(**nets) if isinstance(value, str) else value


def by_settings(folder: Path, flags: list[str], toml: str, variables: dict[str, str]) -> ModelRequest:
    """What a run without a window asks of its first model."""
    config = folder / "config.toml"
    config.write_text(toml, encoding="utf-8")
    parsed = build_parser().parse_args(["run", "--source", "0", *flags])
    given = {k: v for k, v in vars(parsed).items() if k not in ("command", "config", "debug", "handler")}
    settings = load_settings(given, config, variables)
    run = HeadlessRun(settings, pytest.fail)
    try:
        (request,) = run._requests(Pool(ThreadPolicy()))
    except ModelError as error:  # the provider that nobody has
        assert "warp-drive" in str(error)
        return ModelRequest("", provider="warp-drive")
    return request


def by_flag(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    flag = "--" + name.replace("_", "-")
    switch = isinstance(case.asked, bool)
    more = [f"--{case.needs}"] if case.needs else []
    return by_settings(folder, ["--model", model, *more, flag, *([] if switch else [case.text])], "", {})


def by_own_form(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    more = f"{case.needs}," if case.needs else ""
    return by_settings(folder, ["--model", f"{model}:{more}{name}={case.text}"], "", {})


def by_file(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    more = f"{case.needs} = true\n" if case.needs else ""
    return by_settings(
        folder, [], f"model = {json.dumps(model)}\n{more}{name} = {json.dumps(case.value)}\n", {}
    )


def by_table(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    more = f"{case.needs} = true, " if case.needs else ""
    table = f"{{ name = {json.dumps(model)}, {more}{name} = {json.dumps(case.value)} }}"
    return by_settings(folder, [], f"model = [{table}]\n", {})


def by_variable(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    variables = {f"VISION_APP_{name.upper()}": case.text, "VISION_APP_MODEL": model}
    if case.needs:
        variables[f"VISION_APP_{case.needs.upper()}"] = "on"
    return by_settings(folder, [], "", variables)


def by_kiosk(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    more = f"{case.needs} = true, " if case.needs else ""
    table = f"{{ name = {json.dumps(model)}, {more}{name} = {json.dumps(case.value)} }}"
    path = folder / "kiosk.toml"
    path.write_text(f'[[station]]\ntitle = "x"\nmodels = [{table}]\n', encoding="utf-8")
    return load_programme(path).stations[0].models[0]


def by_own_form_in_kiosk(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    more = f"{case.needs}," if case.needs else ""
    path = folder / "kiosk.toml"
    asked = json.dumps(f"{model}:{more}{name}={case.text}")
    path.write_text(f'[[station]]\ntitle = "x"\nmodels = [{asked}]\n', encoding="utf-8")
    return load_programme(path).stations[0].models[0]


def by_window_flag(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    from vision_app.gui.opening import first_models
    from vision_app.gui.settings_file import Values

    more = f"{case.needs}," if case.needs else ""
    return first_models([f"{model}:{more}{name}={case.text}"], Values())[0]


def by_memory(folder: Path, model: str, name: str, case: Case) -> ModelRequest:
    from vision_app.gui.settings_file import Values, as_json, read_values

    path = folder / "desktop.json"
    wanted = ModelRequest.of(model, {name: case.asked} | ({case.needs: True} if case.needs else {}))
    path.write_text(as_json(Values(models=(wanted,))), encoding="utf-8")
    values, wrong = read_values(path)
    assert wrong == ""
    return values.models[0]


FRONT_ENDS: Mapping[str, tuple[str, Callable[[Path, str, str, Case], ModelRequest]]] = {
    "flag": (RUN, by_flag),
    "own form": (RUN, by_own_form),
    "settings file": (RUN, by_file),
    "table in the settings file": (RUN, by_table),
    "variable": (RUN, by_variable),
    "kiosk file": (KIOSK, by_kiosk),
    "own form in a kiosk file": (KIOSK, by_own_form_in_kiosk),
    "window's flag": (RUN, by_window_flag),
    "window's memory": ("memory", by_memory),
}
ROWS = [(o.name, front) for o in OPTIONS for front in FRONT_ENDS]


def test_every_option_has_a_case() -> None:
    assert set(CASES) == {option.name for option in OPTIONS}


@pytest.mark.parametrize(("name", "front"), ROWS, ids=[f"{name} by {front}" for name, front in ROWS])
def test_an_option_is_asked_for(name: str, front: str, nets: dict[str, str], tmp_path: Path) -> None:
    case = CASES[name]
    case = Case(
        filled(case.text, nets), filled(case.value, nets), filled(case.asked, nets), case.model, case.needs
    )
    option = next(o for o in OPTIONS if o.name == name)
    kind, way = FRONT_ENDS[front]
    model = nets[case.model]
    if kind in option.absent:
        with pytest.raises((ConfigError, SystemExit)):
            way(tmp_path, model, name, case)
        return
    request = way(tmp_path, model, name, case)
    wanted = {name: case.asked} | ({case.needs: True} if case.needs else {})
    assert request.said == wanted


REACHED: Mapping[str, Callable[[Built], Any]] = {
    "conf": lambda b: task_of(b).options.conf,
    "iou": lambda b: task_of(b).options.iou,
    "classes": lambda b: task_of(b).options.classes,
    "max_det": lambda b: task_of(b).options.max_det,
    "agnostic": lambda b: task_of(b).options.agnostic,
    "multi_label": lambda b: task_of(b).options.multi_label,
    "top_k": lambda b: task_of(b).options.top_k,
    "fit": lambda b: task_of(b).options.fit,
    "region": lambda b: task_of(b).options.region,
    "beside": lambda b: task_of(b).options.beside,
    "nearest_to": lambda b: task_of(b).options.nearest_to,
    "background": lambda b: task_of(b).options.background,
    "track": lambda b: b.predictor.remembers,
    "detect_every": lambda b: next(turn for turn in range(1, 99) if not spared(b.predictor, turn)),
    "sliced": lambda b: bool(windows_of(b)),
    "slice_size": lambda b: windows_of(b)[0].size,
    "slice_stride": lambda b: windows_of(b)[0].stride,
    "classify_boxes": lambda b: b.classifier is not None and str(b.classifier.session.path),
    "rectangle": lambda b: task_of(b).options.rectangle and b.model.free_hw,
    "no_rewrite": lambda b: b.model.runs_as_it_is,
    "shown": lambda b: b.request.shown,  # the live session leaves out what is not shown
}


def task_of(built: Built) -> Any:
    return built.model._task


def spared(predictor: Any, turn: int) -> bool:
    return bool(predictor.spares(Frame(np.zeros((9, 9, 3), np.uint8), turn, 0.0, turn=turn), 3))


def windows_of(built: Built) -> list[Windows]:
    rules = [getattr(step, "rule", None) for step in getattr(built.predictor, "steps", ())]
    return [rule for rule in rules if isinstance(rule, Windows)]


@pytest.mark.parametrize("name", [o.name for o in OPTIONS])
def test_what_is_asked_reaches_the_model(name: str, nets: dict[str, str]) -> None:
    case = CASES[name]
    asked = filled(case.asked, nets)
    values = {name: asked} | ({case.needs: True} if case.needs else {})
    request = ModelRequest.of(nets[case.model], values)
    if name == "provider":
        with pytest.raises(ModelError, match="warp-drive"):
            build(request)
        return
    assert REACHED[name](build(request)) == asked
    before = build(ModelRequest(nets[case.model]))
    assert before.request.said == {}
    assert REACHED[name](build(request, before=before)) == asked


def test_switches_of_the_command_line_take_no_value() -> None:
    parsed = vars(build_parser().parse_args(["run", *(f"--{o.name.replace('_', '-')}" for o in OPTIONS
                                                      if isinstance(o.kind, Switch) and not o.absent)]))  # fmt: skip
    assert all(parsed[o.name] is True for o in OPTIONS if isinstance(o.kind, Switch) and not o.absent)
