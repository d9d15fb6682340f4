"""The words of methods and layers in the language of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from vision_app.gui.language import QT_TRANSLATE_NOOP
from vision_app.labels import label_names, name_of
from vision_app.messages import spoken

if TYPE_CHECKING:
    from vision_app.explaining.heatmap import Heatmap

METHODS: dict[str, tuple[str, str]] = {
    "cam": (
        QT_TRANSLATE_NOOP("Inside", "Class activation map"),
        QT_TRANSLATE_NOOP(
            "Inside", "Where the network sees the class. Exact where averages feed a dense layer."
        ),
    ),
    "eigen": (
        QT_TRANSLATE_NOOP("Inside", "Eigen-CAM"),
        QT_TRANSLATE_NOOP("Inside", "Where the network responds most, whatever the class."),
    ),
    "recipro": (
        QT_TRANSLATE_NOOP("Inside", "ReciproCAM"),
        QT_TRANSLATE_NOOP("Inside", "How sure it stays of the class when only one place is left."),
    ),
    "rollout": (
        QT_TRANSLATE_NOOP("Inside", "Attention rollout"),
        QT_TRANSLATE_NOOP("Inside", "Where the result of a transformer comes from, all blocks together."),
    ),
    "attention": (
        QT_TRANSLATE_NOOP("Inside", "Attention"),
        QT_TRANSLATE_NOOP("Inside", "Where one block looks. Click on the picture to ask from that place."),
    ),
    "features": (
        QT_TRANSLATE_NOOP("Inside", "Feature map"),
        QT_TRANSLATE_NOOP("Inside", "How strongly the last layer with places responds."),
    ),
    "similarity": (
        QT_TRANSLATE_NOOP("Inside", "Similarity"),
        QT_TRANSLATE_NOOP("Inside", "Which places look alike to the network. Click on one."),
    ),
    "occlusion": (
        QT_TRANSLATE_NOOP("Inside", "Occlusion"),
        QT_TRANSLATE_NOOP(
            "Inside", "How much surer the model is with each part than without it. Takes a while."
        ),
    ),
    "rise": (
        QT_TRANSLATE_NOOP("Inside", "RISE"),
        QT_TRANSLATE_NOOP(
            "Inside", "The same with random masks; needs nothing of the inside. Takes a while."
        ),
    ),
    "routing": (
        QT_TRANSLATE_NOOP("Inside", "Capsule routing"),
        QT_TRANSLATE_NOOP("Inside", "What the lower capsules of each place send to the class."),
    ),
}
KINDS: dict[str, str] = {
    "convolution": QT_TRANSLATE_NOOP("Inside", "convolution"),
    "pointwise convolution": QT_TRANSLATE_NOOP("Inside", "pointwise convolution"),
    "depthwise convolution": QT_TRANSLATE_NOOP("Inside", "depthwise convolution"),
    "grouped convolution": QT_TRANSLATE_NOOP("Inside", "grouped convolution"),
    "transposed convolution": QT_TRANSLATE_NOOP("Inside", "transposed convolution"),
    "dense": QT_TRANSLATE_NOOP("Inside", "dense"),
    "max pooling": QT_TRANSLATE_NOOP("Inside", "max pooling"),
    "average pooling": QT_TRANSLATE_NOOP("Inside", "average pooling"),
    "global average pooling": QT_TRANSLATE_NOOP("Inside", "global average pooling"),
    "global max pooling": QT_TRANSLATE_NOOP("Inside", "global max pooling"),
    "addition": QT_TRANSLATE_NOOP("Inside", "addition (skip connection)"),
    "concatenation": QT_TRANSLATE_NOOP("Inside", "concatenation"),
    "resize": QT_TRANSLATE_NOOP("Inside", "resize"),
    "attention": QT_TRANSLATE_NOOP("Inside", "attention"),
    "layer normalisation": QT_TRANSLATE_NOOP("Inside", "layer normalisation"),
    "instance normalisation": QT_TRANSLATE_NOOP("Inside", "instance normalisation"),
    "group normalisation": QT_TRANSLATE_NOOP("Inside", "group normalisation"),
}


def translated(text: str) -> str:
    """A text of these tables in the language of the window."""
    return QCoreApplication.translate("Inside", text)


def method_word(method: str) -> str:
    """The name of a method."""
    return translated(METHODS[method][0]) if method in METHODS else method


def kind_word(kind: str) -> str:
    """The name of a kind of layer."""
    return translated(KINDS.get(kind, kind))


def legend_of(found: Heatmap) -> str:
    """What a map is, in a few words."""
    words = method_word(found.method)
    if found.label:
        words = f"{words}: {name_of(found.label, label_names(spoken()))}"
    elif found.layer:
        words = f"{words}: {found.layer}"
    return f"{words} ({found.progress:.0%})" if found.progress < 1 else words
