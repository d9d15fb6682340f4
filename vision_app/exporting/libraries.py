"""Loading the heavy libraries of the extra `export`, and keeping them quiet."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import logging
import sys
import warnings
from collections.abc import Iterable, Iterator
from types import ModuleType

from vision_app.errors import ModelError
from vision_app.messages import Message


def require(name: str) -> ModuleType:
    """Import a library.

    Raises:
        ModelError: it is not installed; names the extra.
    """
    package = name.partition(".")[0]
    try:
        importlib.import_module(package)
        return importlib.import_module(name)
    except ImportError as error:
        reason = (
            Message("is not installed")
            if error.name == package
            else Message("cannot be loaded ({error})", error=error)
        )
        raise ModelError(
            "{package} {reason}; exporting needs: pip install 'vision-app[export]'",
            package=package,
            reason=reason,
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of libraries, and with their chatter and progress on standard error."""
    chatty = logging.getLogger("huggingface_hub")  # a line for each of a dozen attempts without a connection
    before = chatty.level
    chatty.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            yield
    finally:
        chatty.setLevel(before)


def unknown_model(library: str, model: str, known: Iterable[str]) -> ModelError:
    """The error for a model that a library does not have; names the nearest that it has."""
    names = sorted(known)
    starts = sorted((n for n in names if n.startswith(model)), key=lambda n: (len(n), n))
    near = [*starts[:3], *difflib.get_close_matches(model, names, n=3)]
    near = list(dict.fromkeys(near))[:3]
    if near:
        return ModelError(
            "{library} has no model '{model}'; did you mean {near}?",
            library=library,
            model=model,
            near=", ".join(near),
        )
    return ModelError(
        "{library} has no model '{model}'; it has {count}, such as {listed}",
        library=library,
        model=model,
        count=len(names),
        listed=", ".join(names[:3]),
    )
