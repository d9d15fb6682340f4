"""Labels are any text; the folders they live in have names that every system takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from vision_app.errors import SampleError
from vision_app.messages import Message

BACKGROUND_LABEL = Message("none of these")
"""Default label of the background class; a front end may use its own language."""
MAX_LABEL_LENGTH = 1000
_MAX_SLUG_BYTES = 96
# Source: Microsoft, "Naming Files, Paths, and Namespaces"
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)


def clean_label(text: str) -> str:
    r"""The label as it is kept: composed (NFC), without control characters and outer spaces; else untouched.

    Composed and decomposed forms of a text are the same text; other differences, such as upper and lower
    case or a right-to-left mark, make another label.

    Raises:
        SampleError: nothing that can be seen is left, or it is longer than any label.

    >>> clean_label("  cat\n")
    'cat'
    """
    text = text.encode("utf-8", "replace").decode("utf-8")  # surrogates of undecodable file names
    label = unicodedata.normalize("NFC", text)
    label = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in label).strip()
    if not any(unicodedata.category(c)[0] not in "CZ" for c in label):
        raise SampleError("a class needs a name that can be seen")
    if len(label) > MAX_LABEL_LENGTH:
        raise SampleError(
            "a class name has at most {max_label_length} characters, this one has {count}",
            max_label_length=MAX_LABEL_LENGTH,
            count=len(label),
        )
    return label


def folder_key(name: str) -> str:
    """Names with one key are one folder on some system: case and composition do not tell them apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def folder_name(label: str, taken: Iterable[str] = ()) -> str:
    """A folder's name for a label: its letters and digits, not reserved anywhere, and not taken.

    Args:
        label: a clean label.
        taken: names that are in use.

    >>> folder_name("red/green")
    'red-green'
    >>> folder_name("con"), folder_name("."), folder_name("Cat", ["cat"])
    ('con-class', 'class', 'Cat-2')
    """
    slug = re.sub(r"-+", "-", "".join(c if c.isalnum() or c in "_ " else "-" for c in label))
    slug = _shortened(slug.strip("- "), _MAX_SLUG_BYTES) or "class"
    if _RESERVED.fullmatch(slug):
        slug += "-class"
    keys = {folder_key(name) for name in taken}
    name, number = slug, 1
    while folder_key(name) in keys:
        number += 1
        name = f"{slug}-{number}"
    return name


def is_safe_name(name: str) -> bool:
    """Whether a name read from a manifest is that of a file or folder and leads nowhere else."""
    return bool(name) and name not in (".", "..") and not re.search(r'[/\\:\0-\x1f"*?<>|]', name)


def _shortened(text: str, most_bytes: int) -> str:
    return text.encode("utf-8")[:most_bytes].decode("utf-8", "ignore").rstrip("- ")
