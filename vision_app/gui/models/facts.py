"""What is said about models, as plain functions: sizes, latencies, licences, families, classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from vision_app.cards.lookup import CatalogueEntry
from vision_app.gui.models.chains import chain_title
from vision_app.gui.search_words import matches_words
from vision_app.runtime import SHORT_NAMES
from vision_app.tasks.boxes import DEFAULT_CONF, DEFAULT_IOU

OTHER_FAMILY = ""
"""Family of models without a card, or whose card names none."""
_UNKNOWN_FAMILIES = ("", "unknown")
_COPYLEFT = ("AGPL", "GPL")


def provider_choices(built_in: Sequence[str]) -> tuple[str, ...]:
    """What can be chosen to run on: `auto`, then the short name of each provider that can be asked for.

    >>> provider_choices(["AzureExecutionProvider", "CPUExecutionProvider"])
    ('auto', 'cpu')
    """
    return ("auto", *(SHORT_NAMES[p] for p in built_in if p in SHORT_NAMES))


def megabytes(count: int) -> str:
    """A size in bytes, in the units in which downloads are spoken of.

    >>> megabytes(3_713_911), megabytes(531_458_993), megabytes(41_200)
    ('3.7 MB', '531 MB', '41 kB')
    """
    if count < 1e5:
        return f"{max(count / 1e3, 1):.0f} kB"
    return f"{count / 1e6:.0f} MB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def milliseconds(value_ms: float) -> str:
    """A time, with as many digits as it is worth.

    >>> milliseconds(5.83), milliseconds(41.6), milliseconds(0.42)
    ('5.8', '42', '0.4')
    """
    return f"{value_ms:.0f}" if value_ms >= 10 else f"{value_ms:.1f}"


def is_copyleft(licence: str) -> bool:
    """Whether a licence asks for the source of what is built with it.

    >>> is_copyleft("AGPL-3.0"), is_copyleft("Apache-2.0"), is_copyleft("LGPL-2.1")
    (True, False, False)
    """
    return licence.upper().startswith(_COPYLEFT)


def family_of(entry: CatalogueEntry) -> str:
    """The group that an entry stands in."""
    family = entry.about.family if entry.about is not None else ""
    return OTHER_FAMILY if family in _UNKNOWN_FAMILIES else family


def family_word(family: str) -> str:
    """A family in the language of the window: what is no name in it is translated."""
    words = {
        "Hybrid": QCoreApplication.translate("ModelFamilies", "Hybrid"),
        "Transformer": QCoreApplication.translate("ModelFamilies", "Transformer"),
        "Capsules": QCoreApplication.translate("ModelFamilies", "Capsules"),
        "MLP": QCoreApplication.translate("ModelFamilies", "MLP"),
        "hand landmarks": QCoreApplication.translate("ModelFamilies", "hand landmarks"),
    }
    for english, word in words.items():
        family = family.replace(english, word)
    return family


def title_of(entry: CatalogueEntry) -> str:
    """The name by which people know a model."""
    own = entry.about.title if entry.about is not None and entry.about.title else entry.name
    return chain_title(entry) or own


def grouped(entries: Iterable[CatalogueEntry]) -> dict[str, list[CatalogueEntry]]:
    """Entries by family: families with a model on this disk first, then by name, those without one last.

    In a family those on this disk come first, then by title.
    """
    families: dict[str, list[CatalogueEntry]] = {}
    for entry in entries:
        families.setdefault(family_of(entry), []).append(entry)
    for found in families.values():
        found.sort(key=lambda e: (not e.installed, title_of(e).casefold()))
    order = sorted(
        families, key=lambda f: (not any(e.installed for e in families[f]), f == OTHER_FAMILY, f.casefold())
    )
    return {family: families[family] for family in order}


def matches(entry: CatalogueEntry, text: str, *, installed_only: bool) -> bool:
    """Whether an entry has every word of a text, or another word for it, in what is said about it."""
    if installed_only and not entry.installed:
        return False
    card = entry.about
    parts = [entry.name]
    if card is not None:
        parts += [card.title, title_of(entry), card.family, card.task, card.licence, str(card.year or "")]
    return matches_words(text, " ".join(parts))


def thresholds_of(entry: CatalogueEntry | None) -> tuple[float, float]:
    """The thresholds that a detector uses unless it is told: of its card, else the program's own."""
    output = entry.card.output if entry is not None and entry.card is not None else None
    conf = output.conf if output is not None and output.conf is not None else DEFAULT_CONF
    iou = output.iou if output is not None and output.iou is not None else DEFAULT_IOU
    return conf, iou


def class_names(labels: Sequence[str], ids: Iterable[int]) -> tuple[str, ...]:
    """What names these classes in a request: the label, or the number where the label would be misread.

    >>> class_names(["cat", "crane", "crane", "7"], [0, 2, 3])
    ('cat', '2', '3')
    """
    counts: dict[str, int] = {}
    for label in labels:
        counts[label.strip().lower()] = counts.get(label.strip().lower(), 0) + 1
    return tuple(
        str(i) if counts[labels[i].strip().lower()] > 1 or labels[i].strip().isdecimal() else labels[i]
        for i in sorted(ids)
    )


def class_ids(labels: Sequence[str], names: Iterable[str]) -> frozenset[int]:
    """The classes that a request names; what it names and is not there is left out.

    >>> sorted(class_ids(["cat", "crane", "crane"], ["CAT", "1", "dog"]))
    [0, 1]
    """
    by_name = {label.strip().lower(): i for i, label in enumerate(labels)}
    found = set()
    for name in names:
        key = name.strip().lower()
        if key in by_name:
            found.add(by_name[key])
        elif key.isdecimal() and int(key) < len(labels):
            found.add(int(key))
    return frozenset(found)


def shown_label(label: str, names: Mapping[str, str]) -> str:
    """A label in the language of the window; in English where there is no name for it."""
    return names.get(label, label)
