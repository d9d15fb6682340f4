"""A short Python file that runs a classifier with ONNX Runtime, OpenCV and NumPy alone."""

from __future__ import annotations

from string import Template

from vision_app.bundles.recipe import Recipe

_SCRIPT = Template('''\
"""What $title_line sees in a picture: python $script PICTURE

Needs onnxruntime, opencv-python and numpy. Licence of the weights: $licence_line
"""
import sys
from pathlib import Path
import cv2, numpy as np, onnxruntime

LABELS = $labels
$axis
def probabilities(image):  # (H, W, 3) uint8 BGR, as cv2.imread gives it
$region    h, w = image.shape[:2]
$plan
$resized
    tensor = $tensor
    scores = SESSION.run(None, {$input: np.ascontiguousarray(tensor, np.float32)})[0].reshape(-1)
    return $activation

# without a step that rounds layers once more that a quantised network keeps in float
SESSION = onnxruntime.InferenceSession(Path(__file__).with_name($model), disabled_optimizers=["WeightBiasQuantization"])
if __name__ == "__main__":
    said = probabilities(cv2.imdecode(np.fromfile(sys.argv[1], np.uint8), cv2.IMREAD_COLOR))
    best = int(said.argmax())
    print($answer, f"{said[best]:.6f}")
''')

_AXIS = Template("""
HALF = 0.5 + 2**-12  # a half that a sum of floats misses by a few bits goes up as well

def axis(size, resized, first, last):  # antialiased $kernel weights, as Pillow has them
    scale = size / resized
    x = (np.arange(size) + 0.5 - (np.arange(first, last)[:, None] + 0.5) * scale) / max(scale, 1)
    $weights
    return weights / weights.sum(1, keepdims=True)
""")
_WEIGHTS = {
    "bilinear": "weights = np.maximum(0, 1 - abs(x))",
    "bicubic": (
        "x = np.minimum(abs(x), 2)\n"
        "    weights = np.where(x < 1, (1.5 * x - 2.5) * x * x + 1, ((2.5 - 0.5 * x) * x - 4) * x + 2)"
    ),
    "area": "weights = 1.0 * ((x > -0.5) & (x <= 0.5))",
}
_ANTIALIASED = """\
    rows, columns = axis(h, rh, top, top + {height}), axis(w, rw, left, left + {width})
    narrow = np.clip(np.floor(np.tensordot(image, columns, (1, 1)) + HALF), 0, 255)  # whole numbers between the axes
    planes = np.clip(np.floor(np.tensordot(rows, narrow, (1, 0)) + HALF), 0, 255).transpose(1, 0, 2)  # B, G, R"""
_BY_OPENCV = """\
    small = cv2.resize(image, (rw, rh), interpolation=cv2.INTER_{code})
    planes = small[top:top + {height}, left:left + {width}].transpose(2, 0, 1).astype(np.float64)  # B, G, R"""
_CODES = {"bilinear": "LINEAR", "bicubic": "CUBIC", "area": "AREA", "nearest": "NEAREST"}
_ACTIVATIONS = {
    "none": "scores / scores.sum()",
    "softmax": "np.exp(scores - scores.max()) / np.exp(scores - scores.max()).sum()",
    "sigmoid": "1 / (1 + np.exp(-scores))",
    "independent": "np.clip(scores, 0, 1)",
}


def script_text(recipe: Recipe, script: str, model: str) -> str:
    """The script.

    Args:
        recipe: how the model is run.
        script: name of the file that it becomes.
        model: name of the model's file beside it.
    """
    antialiased = recipe.antialias and recipe.interpolation != "nearest"
    letterbox = recipe.resize.startswith("letterbox")
    height, width = ("rh", "rw") if letterbox else map(str, recipe.size_hw)
    axis = (
        _AXIS.substitute(kernel=recipe.interpolation, weights=_WEIGHTS[recipe.interpolation])
        if antialiased
        else ""
    )
    resized = (
        _ANTIALIASED.format(height=height, width=width)
        if antialiased
        else _BY_OPENCV.format(code=_CODES[recipe.interpolation], height=height, width=width)
    )
    return _SCRIPT.substitute(
        title_line=_one_line(recipe.title),
        licence_line=_one_line(recipe.licence),
        script=script,
        labels=repr(list(recipe.labels)),
        axis=axis,
        region=_region(recipe),
        plan=_plan(recipe),
        resized=resized + (_borders(recipe) if letterbox else ""),
        tensor=_tensor(recipe),
        input=repr(recipe.input),
        activation=_ACTIVATIONS[recipe.activation],
        model=repr(model),
        answer=_answer(recipe),
    )


def _one_line(text: str) -> str:
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _region(recipe: Recipe) -> str:
    if recipe.region is None:
        return ""
    if isinstance(recipe.region, str):
        return (
            "    side = min(image.shape[:2])  # it looks at the square in the middle\n"
            "    y, x = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2\n"
            "    image = image[y:y + side, x:x + side]\n"
        )
    left, top, right, bottom = recipe.region
    return (
        "    h, w = image.shape[:2]  # it looks at a part of the picture\n"
        f"    x, y = min(round({left!r} * w), w - 1), min(round({top!r} * h), h - 1)\n"
        f"    image = image[y:max(y + 1, round({bottom!r} * h)), x:max(x + 1, round({right!r} * w))]\n"
    )


def _plan(recipe: Recipe) -> str:
    height, width = recipe.size_hw
    if recipe.resize == "squash":
        return f"    rh, rw, top, left = {height}, {width}, 0, 0"
    if recipe.resize == "crop":
        want_h, want_w = (int(side / recipe.crop_pct + 1e-6) for side in recipe.size_hw)
        return (
            "    side = 64 * min(h, w)  # of a longer picture, its middle\n"
            "    y, x = max(0, (h - side) // 2), max(0, (w - side) // 2)\n"
            "    image = image[y:y + side, x:x + side]\n"
            "    h, w = image.shape[:2]\n"
            f"    wide = {want_w} * h >= {want_h} * w  # which side decides\n"
            f"    rw, rh = ({want_w}, max({want_h}, int({want_w} * h / w))) if wide else "
            f"(max({want_w}, int({want_h} * w / h)), {want_h})\n"
            f"    left, top = round((rw - {width}) / 2), round((rh - {height}) / 2)"
        )
    whole = "round" if recipe.resize == "letterbox-centre" else "int"
    return (
        f"    scale = min({height} / h, {width} / w)\n"
        f"    rw, rh, left, top = max(1, {whole}(w * scale)), max(1, {whole}(h * scale)), 0, 0"
    )


def _borders(recipe: Recipe) -> str:
    height, width = recipe.size_hw
    at = (
        f"max(0, round(({height} - rh) / 2 - 0.1)), max(0, round(({width} - rw) / 2 - 0.1))"
        if recipe.resize == "letterbox-centre"
        else "0, 0"
    )
    return (
        f"\n    padded, (y, x) = np.full((3, {height}, {width}), {float(recipe.pad)}), ({at})\n"
        "    padded[:, y:y + rh, x:x + rw] = planes\n"
        "    planes = padded"
    )


def _tensor(recipe: Recipe) -> str:
    divisor, shift = (_column(values) for values in (recipe.divisor, recipe.shift))
    planes = {
        "RGB": "planes[::-1]",
        "BGR": "planes",
        "GREY": "(0.114 * planes[0] + 0.587 * planes[1] + 0.299 * planes[2])[None]",
    }[recipe.colour]
    made = f"({planes} / {divisor} + {shift})"
    if recipe.layout == "NHWC":
        made += ".transpose(1, 2, 0)"
    return f"{made}.reshape{recipe.dims}"


def _column(values: tuple[float, ...]) -> str:
    """One number where all channels have the same."""
    if len(set(values)) == 1:
        return f"{values[0]!r}"
    return f"np.array({list(values)!r})[:, None, None]"


def _answer(recipe: Recipe) -> str:
    unknown = []
    if recipe.reject_below is not None:
        unknown.append(f"said[best] < {recipe.reject_below!r}")
    if recipe.background is not None:
        unknown.append(f"best == {recipe.background}")
    return f'"unknown" if {" or ".join(unknown)} else LABELS[best]' if unknown else "LABELS[best]"
