"""An export from beginning to end: build, write, compare, register."""

from __future__ import annotations

import dataclasses
import difflib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vision_app.cards.inputs import picture_input
from vision_app.errors import ConfigError, DownloadError, VisionError
from vision_app.exporting import placing
from vision_app.exporting.base import (
    MOST_DIFFERENCE,
    BuildOrder,
    Built,
    Exported,
    ExportError,
    ExportRequest,
    Library,
    Report,
)
from vision_app.exporting.comparing import compare
from vision_app.exporting.facts import complete, provenance
from vision_app.exporting.from_timm import TIMM
from vision_app.exporting.from_torchvision import TORCHVISION
from vision_app.exporting.from_ultralytics import ULTRALYTICS
from vision_app.exporting.libraries import quiet
from vision_app.exporting.pictures import pictures, tensors
from vision_app.messages import Message
from vision_app.runtime import Session, ThreadPolicy, first_line

LIBRARIES: dict[str, Library] = {library.name: library for library in (TORCHVISION, TIMM, ULTRALYTICS)}
_LONGEST_REASON = 160


def export_model(
    request: ExportRequest, report: Report, libraries: Mapping[str, Library] = LIBRARIES
) -> Exported:
    """Build a network with its library, write it as ONNX with a card, compare both, and register it.

    Args:
        request: what and where to.
        report: told what goes on.
        libraries: the table of libraries.

    Raises:
        ConfigError: the request names no library, or no usable name.
        ModelError: the library or the model is not there, a file is not trusted, or a model would be replaced.
        SourceError: the user's photos cannot be read.
        DownloadError: the weights cannot be fetched.
        ExportError: the library failed, or the outputs differ. Nothing is registered then.
    """
    library, wanted = split_reference(request.reference, libraries)
    if request.folder is not None and request.folder.exists() and not request.folder.is_dir():
        raise ConfigError("--output wants a folder, {folder} is a file", folder=request.folder)
    if request.photos is not None and not request.photos.is_dir():
        raise ConfigError("--photos wants a folder of pictures, got {photos}", photos=request.photos)
    clock = _Clock()
    with quiet(), clock("build"):
        model = library.resolve(wanted, request)
    name = placing.check_name(
        request.name or placing.catalogue_name(model, random_weights=request.random_weights)
    )
    placing.check_free(request.folder, name, overwrite=request.overwrite)
    images = pictures(request.photos, report)
    with placing.scratch_folder(request.folder) as scratch, quiet():
        order = BuildOrder(
            model, request.random_weights, request.seed, request.trust, images, scratch, report
        )
        with clock("build"):
            report(
                Message("building {name}:{path_name}", name=library.name, path_name=Path(model).name)
                + Message(" with random weights") * request.random_weights
            )
            built = _build(library, order)
        path = scratch / f"{name}.onnx"
        with clock("write"):
            report(Message("writing ONNX"))
            _write(built, library, path)
        session = Session(path, "cpu", ThreadPolicy())
        free_hw = picture_input(session).size_hw == (None, None)
        card = dataclasses.replace(built.card(session), name=name)
        with clock("check"):
            report(Message("comparing on {count} pictures", count=len(images)))
            inputs = tensors(images, card.input, free_hw=free_hw)
            difference = compare(session, built, inputs)
        if not difference.largest <= MOST_DIFFERENCE:
            raise ExportError(
                "{name}:{model} is not registered: ONNX Runtime and {name} differ by {largest:.2g}, "
                "allowed are {most_difference:g}",
                name=library.name,
                model=model,
                largest=difference.largest,
                most_difference=MOST_DIFFERENCE,
            )
        del session
        with clock("register"):
            base = placing.catalogue_name(Path(model).stem, random_weights=False)
            card = complete(card, built, request, library.name, base)
            record = provenance(built, request, library.name, Path(model).name, difference.largest)
            card = dataclasses.replace(card, extra={"export": record})
            weights, card = placing.place(path, card, request.folder, overwrite=request.overwrite)
    size = weights.stat().st_size
    return Exported(card, weights, size, built.weights, *difference, free_hw, clock.seconds)


def split_reference(reference: str, libraries: Mapping[str, Library] = LIBRARIES) -> tuple[Library, str]:
    """Library and model of `library:model`.

    Raises:
        ConfigError: there is no such library.
    """
    name, colon, model = reference.partition(":")
    name, model = name.strip().lower(), model.strip()
    if not colon and reference.lower().endswith((".pt", ".pth")):
        raise ConfigError(
            "say which library made {reference}: ultralytics:{reference} --trust", reference=reference
        )
    if name not in libraries or not model:
        forms = ", ".join(f"{row.name}:{row.example}" for row in libraries.values())
        near = difflib.get_close_matches(name, libraries, n=1)
        hint = (
            Message("did you mean {near}:{model}? ", near=near[0], model=model or "...")
            if near and name not in libraries
            else ""
        )
        raise ConfigError(
            "a model to export is library:model, got '{reference}'; {hint}for example {forms}",
            reference=reference,
            hint=hint,
            forms=forms,
        )
    return libraries[name], model


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


def _build(library: Library, order: BuildOrder) -> Built:
    try:
        return library.build(order)
    except VisionError:
        raise
    except Exception as error:  # each library has its own; what went wrong is said in one line
        what = f"{library.name}:{Path(order.model).name}"
        if order.random_weights or order.trust:
            raise ExportError(
                "{name} cannot build {what}: {reason}", name=library.name, what=what, reason=_reason(error)
            ) from error
        raise DownloadError(
            "the weights of {what} cannot be loaded: {reason}; without a connection {how_to_bring}; "
            "--random-weights exports the architecture alone",
            what=what,
            reason=_reason(error),
            how_to_bring=library.how_to_bring(order.model),
        ) from error


def _write(built: Built, library: Library, path: Path) -> None:
    try:
        built.write(path)
    except VisionError:
        raise
    except Exception as error:  # the tracer and the libraries raise what they like
        raise ExportError(
            "{name} cannot write this network as ONNX: {reason}", name=library.name, reason=_reason(error)
        ) from error


def _reason(error: BaseException) -> str:
    """The innermost cause that says something, short."""
    text = " ".join(first_line(error).split())
    text = "".join(c for c in text if c.isprintable()) or type(error).__name__
    return text if len(text) <= _LONGEST_REASON else text[: _LONGEST_REASON - 3] + "..."
