"""The families of networks, explained: what each one brought, what it is good at and what not."""

from __future__ import annotations

from dataclasses import dataclass

from vision_app.gui.language import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class Family:
    """One card.

    Attributes:
        key: how the program calls it.
        title: its name, the same in both languages.
        year: when it came up.
        blocks: the small diagram: kind and words of each block, from picture to result; `|` in the words parts
            branches that lie side by side, a kind that ends in `+` has a way around it.
        idea: what it is.
        contribution: what it brought.
        strength: what it is good at.
        weakness: what it is not good at.
        models: how names of its models in the catalogue begin.
        see: which view shows it: a page, and after a colon what is chosen there.
    """

    key: str
    title: str
    year: int
    blocks: tuple[tuple[str, str], ...]
    idea: str
    contribution: str
    strength: str
    weakness: str
    models: tuple[str, ...]
    see: str


BLOCK_WORDS: tuple[str, ...] = (
    QT_TRANSLATE_NOOP("FamilyBlocks", "attention"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "average"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "backbone"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "boxes"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "capsules"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "class token"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "classes"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "conv"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "dense"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "embed"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "join"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "length"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "neck"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "patches 16²"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "picture"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "pixels"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "pool"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "result"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "routing"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "state"),
    QT_TRANSLATE_NOOP("FamilyBlocks", "tokens"),
)
"""What stands in the blocks of the diagrams and is no name; they are small, so it is short."""

FAMILIES: tuple[Family, ...] = (
    Family(
        "mlp",
        "MLP",
        1986,
        (("input", "pixels"), ("dense", "dense"), ("dense", "dense"), ("dense", "classes")),
        QT_TRANSLATE_NOOP("Families", "Every number of the picture is connected to every neuron of a layer."),
        QT_TRANSLATE_NOOP(
            "Families", "Backpropagation trains several layers at once: networks learn their own features."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Simple, and enough for small inputs without neighbourhood, such as embeddings."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Far too many weights for pictures, and a thing that moves is a new thing to it."
        ),
        ("sketch-mlp",),
        "walk",
    ),
    Family(
        "cnn",
        "CNN",
        1998,
        (
            ("input", "picture"),
            ("convolution", "conv"),
            ("pooling", "pool"),
            ("convolution", "conv"),
            ("dense", "dense"),
        ),
        QT_TRANSLATE_NOOP(
            "Families", "One small kernel slides over the picture: the same weights at every place."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Sharing weights and looking at neighbours only made pictures learnable (LeNet)."
        ),
        QT_TRANSLATE_NOOP("Families", "Few weights, little data, fast; finds a thing wherever it is."),
        QT_TRANSLATE_NOOP(
            "Families", "Each layer sees a small surrounding; what is far apart meets only in deep layers."
        ),
        ("sketch-cnn", "squeezenet", "mobilenet"),
        "sliding",
    ),
    Family(
        "rnn",
        "RNN",
        1990,
        (("input", "x₁ | x₂ | x₃"), ("attention+", "state"), ("dense", "result")),
        QT_TRANSLATE_NOOP(
            "Families", "A state goes from step to step: what was seen before changes what is seen now."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Sequences of any length with one set of weights; LSTM gates keep the gradient alive."
        ),
        QT_TRANSLATE_NOOP("Families", "Needs one step of memory only, so it suits endless streams."),
        QT_TRANSLATE_NOOP(
            "Families",
            "The gradient vanishes over many steps, and steps cannot be computed at the same time.",
        ),
        (),
        "memory:rnn",
    ),
    Family(
        "transformer",
        "Transformer",
        2017,
        (("input", "tokens"), ("attention+", "attention"), ("dense+", "MLP"), ("dense", "result")),
        QT_TRANSLATE_NOOP(
            "Families", "Every token asks every other one: query times key, softmax, weighted sum of values."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Attention alone, without convolution or recurrence, and several heads at once."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "What is far apart meets in the first layer; grows well with data and size."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "The cost grows with the square of the tokens, and it needs much data."
        ),
        ("sketch-vit", "vit-", "deit-"),
        "attention",
    ),
    Family(
        "alexnet",
        "AlexNet",
        2012,
        (
            ("input", "224²"),
            ("convolution", "11×11"),
            ("convolution", "5×5"),
            ("convolution", "3×3 ×3"),
            ("dense", "4096 ×2"),
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Five convolutions and three dense layers with ReLU, trained on graphics cards."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Won ImageNet 2012 by a wide margin; ReLU, dropout and augmentation became usual."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Short and easy to read; the first layer's kernels show edges and colours."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Most of its 61 million weights are in the dense layers; long surpassed."
        ),
        ("alexnet",),
        "layers",
    ),
    Family(
        "vgg",
        "VGGNet",
        2014,
        (
            ("input", "224²"),
            ("convolution", "3×3 ×2"),
            ("pooling", "pool"),
            ("convolution", "3×3 ×3"),
            ("dense", "4096 ×2"),
        ),
        QT_TRANSLATE_NOOP("Families", "Only 3 × 3 kernels, stacked: two of them see 5 × 5, three see 7 × 7."),
        QT_TRANSLATE_NOOP(
            "Families", "Depth by one simple rule; small kernels need fewer weights for the same view."
        ),
        QT_TRANSLATE_NOOP("Families", "Regular and clear; its features serve many other tasks."),
        QT_TRANSLATE_NOOP(
            "Families", "Heavy: 138 million weights and 15 billion multiplications; deeper no longer trains."
        ),
        ("vgg",),
        "layers",
    ),
    Family(
        "resnet",
        "ResNet",
        2015,
        (
            ("input", "224²"),
            ("convolution", "7×7"),
            ("convolution+", "3×3 ×2"),
            ("convolution+", "3×3 ×2"),
            ("pooling", "average"),
            ("dense", "dense"),
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Each block adds what it read to what it makes: it learns only the difference."
        ),
        QT_TRANSLATE_NOOP(
            "Families",
            "Skip connections let the gradient pass: 152 layers train, where 30 plain ones do not.",
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Reliable, deep, the usual backbone; its class activation map is exact."
        ),
        QT_TRANSLATE_NOOP("Families", "More computing than newer networks of the same accuracy."),
        ("resnet", "sketch-cnn"),
        "depth",
    ),
    Family(
        "inception",
        "GoogLeNet / Inception",
        2014,
        (
            ("input", "224²"),
            ("convolution", "1×1 | 3×3 | 5×5 | pool"),
            ("concatenation", "join"),
            ("pooling", "average"),
            ("dense", "dense"),
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Kernels of several sizes side by side, joined: the network chooses the scale itself."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "1 × 1 convolutions save computing, and averages replace the large dense layers."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Accurate with only 7 million weights; sees small and large things alike."
        ),
        QT_TRANSLATE_NOOP("Families", "Many hand-made choices; hard to change and to extend."),
        ("googlenet", "inception"),
        "layers",
    ),
    Family(
        "efficientnet",
        "EfficientNet",
        2019,
        (
            ("input", "224²"),
            ("convolution", "3×3"),
            ("convolution+", "MBConv ×16"),
            ("pooling", "average"),
            ("dense", "dense"),
        ),
        QT_TRANSLATE_NOOP("Families", "Depth, width and resolution grow together by one factor."),
        QT_TRANSLATE_NOOP(
            "Families", "The best accuracy a multiplication of its time; depthwise convolutions throughout."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Small and fast on processors: the default model of this program is one."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Depthwise layers use graphics cards badly; slower to train than it looks."
        ),
        ("efficientnet",),
        "maps:cam",
    ),
    Family(
        "vit",
        "ViT",
        2020,
        (
            ("input", "patches 16²"),
            ("dense", "embed"),
            ("attention+", "attention"),
            ("dense+", "MLP"),
            ("dense", "class token"),
        ),
        QT_TRANSLATE_NOOP(
            "Families", "The picture is cut into patches, and each patch is a token of a transformer."
        ),
        QT_TRANSLATE_NOOP("Families", "No convolution is needed for pictures, if there is data enough."),
        QT_TRANSLATE_NOOP(
            "Families", "Every patch sees every other from the first block; attention can be looked at."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Knows nothing of neighbourhood by itself; weak on little data and small things."
        ),
        ("vit-", "deit-", "swin-", "sketch-vit"),
        "maps:rollout",
    ),
    Family(
        "yolo",
        "YOLO",
        2016,
        (
            ("input", "640²"),
            ("convolution+", "backbone"),
            ("concatenation", "neck"),
            ("convolution", "20² | 40² | 80²"),
            ("dense", "boxes"),
        ),
        QT_TRANSLATE_NOOP("Families", "One look: every place of the map says box, class and how sure it is."),
        QT_TRANSLATE_NOOP(
            "Families", "Detection in one pass made it live; today without anchors, even without suppression."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Fast, accurate, in all sizes; its class scores for each place are a map already."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Small things in crowds are missed; slicing helps. Some versions are AGPL-3.0."
        ),
        ("yolo", "sketch-yolo"),
        "maps:cam",
    ),
    Family(
        "capsules",
        "CapsNet",
        2017,
        (
            ("input", "picture"),
            ("convolution", "conv"),
            ("attention", "capsules"),
            ("attention+", "routing"),
            ("dense", "length"),
        ),
        QT_TRANSLATE_NOOP(
            "Families", "A capsule is a vector: its length says whether, its direction how a thing is there."
        ),
        QT_TRANSLATE_NOOP(
            "Families", "Routing by agreement: parts vote for wholes, and votes that agree win."
        ),
        QT_TRANSLATE_NOOP("Families", "Keeps the pose of parts; copes with things that overlap."),
        QT_TRANSLATE_NOOP("Families", "Slow, and never grew to large pictures."),
        ("sketch-capsnet",),
        "maps:routing",
    ),
    Family(
        "hybrid",
        "CNN + Transformer",
        2021,
        (("input", "picture"), ("convolution", "conv"), ("attention+", "attention"), ("dense", "dense")),
        QT_TRANSLATE_NOOP(
            "Families", "Convolutions first, for neighbours; attention afterwards, for the whole."
        ),
        QT_TRANSLATE_NOOP("Families", "Joins what each does best: MobileViT, CoAt, LeViT, ConViT."),
        QT_TRANSLATE_NOOP(
            "Families", "Learns from less data than a ViT, with its wide view, on small devices too."
        ),
        QT_TRANSLATE_NOOP("Families", "More kinds of layers, more choices, harder to read and to speed up."),
        ("sketch-hybrid", "mobilevit", "coat", "levit", "convit"),
        "attention",
    ),
)
