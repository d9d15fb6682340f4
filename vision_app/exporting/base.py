"""What every library of networks has to give, and what an export is asked for and gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vision_app.cards.card import ModelCard
from vision_app.errors import ModelError
from vision_app.results.values import FloatArray, ImageU8
from vision_app.runtime import Session

OPSET = 17
"""ONNX operator set of every export: the one of the model zoo; ONNX Runtime has read it since 2022."""

MOST_DIFFERENCE = 1e-3
"""An export whose outputs differ more from the library's is refused."""

Report = Callable[[str], None]
"""Receives one-line messages for the user."""


class ExportError(ModelError):
    """The library failed, or what it wrote is not the same network."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be exported, and where to.

    Attributes:
        reference: `library:model`, such as `timm:vit_tiny_patch16_224`.
        random_weights: build the architecture alone; its answers mean nothing.
        seed: of the random weights.
        trust: load a .pt file, which may run any code.
        name: name of the model in the catalogue; None for the library's, in our spelling.
        folder: where weights and card go; None for the user's model folder.
        overwrite: replace a model of that name.
        photos: folder of further pictures for the comparison.
    """

    reference: str
    random_weights: bool = False
    seed: int = 0
    trust: bool = False
    name: str | None = None
    folder: Path | None = None
    overwrite: bool = False
    photos: Path | None = None


@dataclass(frozen=True, slots=True)
class BuildOrder:
    """What a library is asked to build.

    Attributes:
        model: the library's own name of the model, resolved.
        random_weights: no weights are loaded.
        seed: of the random weights.
        trust: load a .pt file, which may run any code.
        pictures: (H, W, 3) uint8 BGR; random weights are scaled on them, so that the outputs depend on the input.
        scratch: empty folder that is removed after the export.
        report: told what goes on.
    """

    model: str
    random_weights: bool
    seed: int
    trust: bool
    pictures: tuple[ImageU8, ...]
    scratch: Path
    report: Report


@dataclass(frozen=True, slots=True)
class Built:
    """A network, ready to be written.

    Attributes:
        write: writes the ONNX file.
        forward: the library's own forward of a (N, 3, H, W) tensor; every output.
        card: makes the card from the written file; its name does not count.
        weights: the library's name of the weights; `random` for random ones.
        network: the torch module, for counting.
        origin: where the published figures stand.
        top1: published ImageNet top-1 of these weights, percent.
        count_depth: whether its layers on the longest path are counted: classifiers only.
        unordered: the rows of the output are the best few, in an order that rounding may change.
        decided: whether the choice that the network made inside, in the last forward, was a clear one; where it
            was a tie that rounding decides, the picture proves nothing. None: it makes none.
        units: factors on the channels of the first output before it is compared: pixels become shares of the
            input's side, because a thousandth of a pixel is less than float32 keeps. None: compared as it is.
    """

    write: Callable[[Path], None]
    forward: Callable[[FloatArray], list[FloatArray]]
    card: Callable[[Session], ModelCard]
    weights: str
    network: Any
    origin: str
    top1: float | None = None
    count_depth: bool = True
    unordered: bool = False
    decided: Callable[[], bool] | None = None
    units: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Library:
    """One row of the table of libraries.

    Attributes:
        name: what stands before the colon; also the package that is imported.
        example: a model of it, for messages.
        resolve: from what the user typed to the library's own name of a model; raises ModelError.
        build: makes the network; may raise what the library raises.
        how_to_bring: in words, how weights that cannot be fetched come onto this disk.
    """

    name: str
    example: str
    resolve: Callable[[str, ExportRequest], str]
    build: Callable[[BuildOrder], Built]
    how_to_bring: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export gave.

    Attributes:
        card: the card, as written.
        path: the ONNX file.
        bytes: its size.
        weights: the library's name of the weights; `random` for random ones.
        max_difference: largest absolute difference between ONNX Runtime and the library; boxes and key points
            as shares of the input's side.
        pictures: how many pictures were compared.
        free_hw: the model takes any stride-aligned height and width.
        seconds: time of building, writing, checking and all together.
    """

    card: ModelCard
    path: Path
    bytes: int
    weights: str
    max_difference: float
    pictures: int
    free_hw: bool
    seconds: dict[str, float] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """The object that `models export --json` prints."""
        return {
            "name": self.card.name,
            "path": str(self.path),
            "task": self.card.task,
            "family": self.card.family,
            "licence": self.card.licence,
            "weights": self.weights,
            "bytes": self.bytes,
            "input_hw": list(self.card.input.size_hw),
            "free_size": self.free_hw,
            "max_difference": self.max_difference,
            "pictures": self.pictures,
            "seconds": round(sum(self.seconds.values()), 3),
            "stages_s": {k: round(v, 3) for k, v in self.seconds.items()},
        }
