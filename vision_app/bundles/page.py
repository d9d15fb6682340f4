"""A page that runs a classifier in a browser: one folder that is opened by a double click and needs no network."""

from __future__ import annotations

import base64
import json

from vision_app.bundles.recipe import BundleError, Recipe
from vision_app.catalogue.web_runtime import VERSION, WebRuntime
from vision_app.resources import assets_dir

STATIC = ("index.html", "page.css", "preprocess.js", "page.js")


def check_page(recipe: Recipe) -> None:
    """Refuse what the page's own resampling cannot repeat to the last grey level.

    Raises:
        BundleError: it is resampled otherwise than antialiased.
    """
    if not recipe.antialias or recipe.interpolation == "nearest":
        raise BundleError(
            "{name} wants its pictures resampled as OpenCV does ({interpolation}, not antialiased), which the page "
            "cannot repeat exactly; take a Python script (python) or a station of a kiosk (kiosk)",
            name=recipe.name,
            interpolation=recipe.interpolation,
        )


def page_files(recipe: Recipe, model: bytes, runtime: WebRuntime) -> dict[str, bytes]:
    """The files of the page, by name.

    A page that was opened from a disk may load scripts that lie beside it and nothing else: model and runtime are
    therefore texts inside scripts.

    Args:
        recipe: how the model is run.
        model: its ONNX file.
        runtime: ONNX Runtime for browsers.
    """
    files = {name: (assets_dir() / "page" / name).read_bytes() for name in STATIC}
    described = json.dumps(recipe.to_json(), ensure_ascii=False, indent=2)
    files["model.js"] = f'const RECIPE = {described};\nlet MODEL = "{_base64(model)}";\n'.encode()
    files["runtime.js"] = (
        f'const RUNTIME = {{\nmodule: "{_base64(runtime.module)}",\nwasm: "{_base64(runtime.wasm)}",\n}};\n'
    ).encode()
    files["ort.js"] = runtime.script
    files["README.txt"] = _readme(recipe).encode()
    return files


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _readme(recipe: Recipe) -> str:
    return f"""{recipe.title}

Open index.html with a browser of 2022 or later: Chrome, Edge, Firefox or Safari. Nothing has to be installed, no
network is needed, and no picture leaves the device. A phone opens no page from its own storage: put the folder
on any web server (https, for the camera) for phones.

A browser that gives a page from the disk no camera takes it from a local server:

  python -m http.server --bind 127.0.0.1 --directory . 8000     and open http://127.0.0.1:8000/

model.js       the model ({recipe.name}), and how a picture is prepared for it
               licence of the weights: {recipe.licence}; the labels are of whoever taught it
preprocess.js  the same steps as in the program that made this page
page.js, page.css, index.html
               the page; Apache-2.0
ort.js, runtime.js
               ONNX Runtime Web {VERSION}, Copyright (c) Microsoft Corporation, MIT licence:
               https://github.com/microsoft/onnxruntime/blob/main/LICENSE
"""
