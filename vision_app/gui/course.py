"""The headings of a course, each with a sentence and the view of the program that shows it.

`docs/learn.md` has the same headings in the same order, with what to try at each.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from vision_app.gui.language import QT_TRANSLATE_NOOP
from vision_app.gui.search_words import matches_words


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of the course.

    Attributes:
        title: as it stands in notes, in English.
        sentence: what is seen there, in English.
        panel: the panel that shows it.
        place: page, lesson or method, as the panel's `open` takes it.
        part: the widget of that page to point at; "" for none.
        words: further words by which it is searched.
    """

    title: str
    sentence: str
    panel: str
    place: str
    part: str = ""
    words: str = ""

    def matches(self, query: str) -> bool:
        """Whether it is looked for, in the language of the window or in English."""
        return matches_words(
            query,
            f"{self.title} {_told(self.title)} {self.sentence} {_told(self.sentence)} {self.words}",
        )


@dataclass(frozen=True, slots=True)
class Chapter:
    """Headings that belong together.

    Attributes:
        title: in English.
        headings: in the order of the course.
    """

    title: str
    headings: tuple[Heading, ...]


def _told(text: str) -> str:
    return QCoreApplication.translate("Course", text)


COURSE: tuple[Chapter, ...] = (
    Chapter(
        QT_TRANSLATE_NOOP("Course", "Convolution"),
        (
            Heading(
                QT_TRANSLATE_NOOP("Course", "Convolution"),
                QT_TRANSLATE_NOOP(
                    "Course", "A small window of weights goes over the picture and answers to its edges."
                ),
                "inside",
                "sliding",
                "kernel",
                "kernel filter sobel blur",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Sliding window"),
                QT_TRANSLATE_NOOP(
                    "Course", "Drag the window over the pixels: the sum below is one number of the output."
                ),
                "inside",
                "sliding",
                "pixels",
                "kernel convolution",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Stride"),
                QT_TRANSLATE_NOOP("Course", "How far the window jumps, and how small that makes the output."),
                "inside",
                "sliding",
                "stride",
                "convolution",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Padding, dilation"),
                QT_TRANSLATE_NOOP(
                    "Course", "Zeros around the picture keep its size; gaps in the window let it see more."
                ),
                "inside",
                "sliding",
                "padding",
                "convolution",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "ReLU, pooling"),
                QT_TRANSLATE_NOOP(
                    "Course", "What is below zero becomes zero, and one of each four numbers is kept."
                ),
                "inside",
                "sliding",
                "pool",
                "activation max mean",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Flatten, dense, CNN against MLP"),
                QT_TRANSLATE_NOOP(
                    "Course", "How many weights a window needs, and how many a layer that joins all to all."
                ),
                "inside",
                "sliding",
                "words",
                "fully connected layer",
            ),
        ),
    ),
    Chapter(
        QT_TRANSLATE_NOOP("Course", "What layers see"),
        (
            Heading(
                QT_TRANSLATE_NOOP("Course", "Feature maps, channels"),
                QT_TRANSLATE_NOOP(
                    "Course", "What each channel of each layer answers to, live: first edges, then things."
                ),
                "inside",
                "layers",
                "drawing",
                "layer activation",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Kernels that were learnt"),
                QT_TRANSLATE_NOOP("Course", "The first windows of weights, as the training left them."),
                "inside",
                "layers",
                "kernels",
                "convolution filter",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Receptive field"),
                QT_TRANSLATE_NOOP(
                    "Course", "Choose a layer and click on the picture: how much one of its places sees."
                ),
                "inside",
                "layers",
                "list",
                "layer",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Where a CNN looks"),
                QT_TRANSLATE_NOOP("Course", "A map over the picture shows what spoke for the class."),
                "inside",
                "maps:cam",
                "method",
                "heat map classify class activation cam",
            ),
        ),
    ),
    Chapter(
        QT_TRANSLATE_NOOP("Course", "Attention"),
        (
            Heading(
                QT_TRANSLATE_NOOP("Course", "Attention: query, key, value"),
                QT_TRANSLATE_NOOP(
                    "Course", "Each part of the picture asks all the others what matters to it."
                ),
                "inside",
                "attention",
                "block",
                "transformer vit token",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Scaling and softmax"),
                QT_TRANSLATE_NOOP(
                    "Course", "From query times key over the scaled score to shares that sum to 1."
                ),
                "inside",
                "attention",
                "numbers",
                "attention transformer",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Multi-head attention"),
                QT_TRANSLATE_NOOP(
                    "Course", "All heads of a block side by side: some look at one place, some at all."
                ),
                "inside",
                "attention",
                "head",
                "transformer entropy",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "ViT, patches, class token"),
                QT_TRANSLATE_NOOP(
                    "Course", "What of the picture reaches the class token through all blocks together."
                ),
                "inside",
                "maps:rollout",
                "method",
                "vision transformer attention rollout heat map",
            ),
        ),
    ),
    Chapter(
        QT_TRANSLATE_NOOP("Course", "Depth and time"),
        (
            Heading(
                QT_TRANSLATE_NOOP("Course", "Gradient vanishing, skip connections"),
                QT_TRANSLATE_NOOP(
                    "Course",
                    "How little of the error reaches the first of 41 layers, without and with skips.",
                ),
                "inside",
                "depth",
                "layers",
                "skip connection resnet backpropagation",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "RNN, LSTM, GRU, vanishing over time"),
                QT_TRANSLATE_NOOP(
                    "Course",
                    "Which networks still know the first frame after forty, and which gates stay open.",
                ),
                "inside",
                "memory:rnn",
                "chapter",
                "recurrent memory gate gradient",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Transformer over time"),
                QT_TRANSLATE_NOOP("Course", "Which moment of the last seconds counts most for a movement."),
                "inside",
                "moments",
                "strip",
                "attention sequence",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "MLP, CNN, RNN, Transformer on the same data"),
                QT_TRANSLATE_NOOP(
                    "Course", "Every head learns your movements; a table and a plot compare them."
                ),
                "teach",
                "heads",
                "",
                "gru lstm compare heads",
            ),
        ),
    ),
    Chapter(
        QT_TRANSLATE_NOOP("Course", "Whole networks"),
        (
            Heading(
                QT_TRANSLATE_NOOP("Course", "From a result to a number"),
                QT_TRANSLATE_NOOP(
                    "Course", "Walk from the name that is given down to the first weights and pixels."
                ),
                "inside",
                "walk",
                "button",
                "classify layer convolution softmax",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "AlexNet, VGGNet, ResNet, GoogLeNet, EfficientNet"),
                QT_TRANSLATE_NOOP(
                    "Course", "What each of them brought and costs, with a button to see it at work."
                ),
                "inside",
                "families:alexnet",
                "family",
                "cnn inception family classify",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "YOLO"),
                QT_TRANSLATE_NOOP(
                    "Course", "All boxes in one look, and which places of the picture spoke for one."
                ),
                "inside",
                "families:yolo",
                "family",
                "detect box",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Capsule networks"),
                QT_TRANSLATE_NOOP(
                    "Course", "Small groups of numbers that say what is there and how it lies."
                ),
                "inside",
                "families:capsules",
                "family",
                "capsnet routing",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Two families on one picture"),
                QT_TRANSLATE_NOOP("Course", "Two models look at the same frame, each with its own map."),
                "inside",
                "compare",
                "",
                "cnn transformer heat map",
            ),
            Heading(
                QT_TRANSLATE_NOOP("Course", "Can it be trusted?"),
                QT_TRANSLATE_NOOP(
                    "Course",
                    "Teach two things before different walls: is the map on the thing or on the wall?",
                ),
                "inside",
                "maps",
                "on",
                "teach heat map background",
            ),
        ),
    ),
)
