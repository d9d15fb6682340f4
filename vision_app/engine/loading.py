"""Opens files of models; of what cannot be used it says what it is and what would help."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vision_app.cancelling import CancelledError
from vision_app.cards.asking import TaskOptions
from vision_app.cards.card import METADATA_KEY, ModelCard, parse_card_text
from vision_app.cards.describe import describe
from vision_app.cards.inputs import NoPictureError
from vision_app.cards.lookup import ModelFile
from vision_app.engine.rewritten import find
from vision_app.errors import ModelError
from vision_app.messages import Message
from vision_app.runtime import Session, ThreadPolicy, resolve_provider


def rewritten_content(file: ModelFile, provider: str, options: TaskOptions) -> bytes | None:
    """The faster graph that was made of a file; None where there is none, or it is not for this provider.

    Rewrites are measured on the CPU provider; others compile the graph in ways of their own, and get the file itself.

    Raises:
        ModelError: the provider cannot be had.
    """
    if options.no_rewrite or resolve_provider(provider)[0] != "CPUExecutionProvider":
        return None
    record = find(file.path)
    return record.content() if record is not None and record.fits(file.card) else None


def with_free_sides(file: ModelFile) -> ModelFile:
    """The file whose height and width are free: itself where they are already.

    Raises:
        ConfigError: its graph does not allow that.
        ModelError: it cannot be used.
    """
    from vision_app.engine.rewriting import rectangle, takes_rectangles

    return file if takes_rectangles(file) else rectangle(file)


def session_of(
    path: Path, provider: str = "auto", threads: ThreadPolicy | None = None, content: bytes | None = None
) -> Session:
    """A session of a file, or of what was made of it; of what cannot be loaded the error says why, as its graph tells.

    Raises:
        ModelError: it cannot be loaded.
    """
    try:
        if content is None and _names_a_place(path):
            from vision_app.graph.files import check_weights_are_inside

            check_weights_are_inside(path)
        return Session(path, provider, threads, content)
    except CancelledError:
        raise
    except ModelError as error:
        if not path.is_file():
            raise
        from vision_app.graph.naming import reason_not_to_run

        reason = reason_not_to_run(path)
        if not reason:
            raise
        raise ModelError("{path}: cannot be run here: {reason}", path=path, reason=reason) from error


def _names_a_place(path: Path) -> bool:
    """Whether the key of weights in another file stands anywhere in it, by its bytes: that takes milliseconds."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(b"location") >= 0
    except (OSError, ValueError):  # the session says what is wrong with it
        return False


def card_within(path: Path, *keys: str) -> ModelCard | None:
    """The card that a file carries, where it is of a kind that takes no picture.

    Args:
        path: the file.
        keys: of the card's `extra`; a file in which none of them stands is not opened.

    Raises:
        ModelError: the file cannot be loaded, or its card is wrong.
    """
    wanted = [METADATA_KEY, *(f'"{key}"' for key in keys)]
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            first, *others = (content.find(text.encode()) >= 0 for text in wanted)
    except (OSError, ValueError):  # the session says what is wrong with it
        return None
    if not first or not any(others):
        return None
    text = session_of(path, "cpu").metadata.get(METADATA_KEY)
    if text is None:
        return None
    card = parse_card_text(text, Message("{path}: embedded card", path=path))
    return card if any(key in card.extra for key in keys) else None


@contextmanager
def saying_what_it_is(path: Path) -> Iterator[None]:
    """Add to the error of a file that takes no picture what its graph looks like."""
    try:
        yield
    except NoPictureError as error:
        from vision_app.graph.naming import looks_like

        kind = looks_like(path)
        if not kind:
            raise
        raise NoPictureError("{error}; it looks like {kind}", error=error, kind=kind) from error


def described(session: Session, name: str, settings: Mapping[str, Any] | None = None) -> ModelCard:
    """The card of a file without one.

    Raises:
        ModelError: it is no model for pictures, or a card has to decide.
    """
    with saying_what_it_is(session.path):
        return describe(session, name, settings)
