"""What the window shows of a text: paths from home on, without a library's own words; all of it in the tooltip."""

from __future__ import annotations

import os
import re
import sysconfig
from functools import lru_cache
from pathlib import Path

from PySide6.QtWidgets import QLabel

from vision_app.gui.pieces.texts import ElidedLabel
from vision_app.resources import assets_dir, models_dir
from vision_app.runtime import short_provider

_RAW = re.compile(
    r"""(?:;|:|\()?\s*(?:
        \[ONNXRuntimeError\]          # : 7 : INVALID_PROTOBUF : …
        |Load\ model\ from\ .*?\ failed
        |Error\ parsing\ message\ with\ type
        |ONNX\ Runtime의\ 설명
        |Non-zero\ status\ code
        |Exception\ during\ initialization
        |This\ is\ an\ invalid\ model
        |Traceback\ \(most\ recent
        |\S+\.(?:cc|cpp|hpp|h|py):\d+  # a place in somebody's sources
        ).*""",
    re.VERBOSE | re.DOTALL,
)
"""From where on a message is a library's own. Source: messages of ONNX Runtime, protobuf and OpenCV."""
_PROVIDER = re.compile(r"\b[A-Z]\w*ExecutionProvider\b")


def plain(text: str) -> str:
    """A text as the window shows it.

    >>> plain("m.onnx: not usable (damaged?): Load model from /x/m.onnx failed:Protobuf parsing failed.")
    'm.onnx: not usable (damaged?)'
    >>> plain("CUDAExecutionProvider cannot be had")
    'CUDA cannot be had'
    """
    for before, after in _shortened(str(Path.home())):
        text = text.replace(before, after)
    text = _PROVIDER.sub(lambda found: short_provider(found.group()), text)
    said = _RAW.sub("", text).rstrip()
    return said or text


def show_plain(label: QLabel, text: str, *, of: str = "") -> None:
    """Show a text in plain words, and all of it in the tooltip where that says more.

    Args:
        label: what shows it.
        text: all that there is to say.
        of: what it is about, where that stands above the label already: it is left out at the beginning.
    """
    said = plain(text).removeprefix(f"{plain(of)}: ")
    details = text if said != text else ""
    label.setText(said)
    if isinstance(label, ElidedLabel):
        label.set_details(details)
    else:
        label.setToolTip(details)


@lru_cache(maxsize=4)
def _shortened(home: str) -> tuple[tuple[str, str], ...]:
    """What paths begin with, longest first, and what is shown instead."""
    own = {str(models_dir()), str(assets_dir()), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    of_program = sorted(own, key=len, reverse=True)
    return (*((f"{path}{os.sep}", "") for path in of_program), (f"{home}{os.sep}", f"~{os.sep}"))
