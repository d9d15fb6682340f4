"""The names of labels in other languages, for what is drawn and shown. Files and results keep the label itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from vision_app.resources import assets_dir

_OTHERS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "ko": {
            "unknown": "모름",
            "none of these": "해당 없음",
            "near": "가까움",
            "far": "멂",
            "vector of {count}": "값 {count}개의 벡터",
            "and {n} more": "외 {n}개",
        }
    }
)
"""What the drawings themselves say, which stands in no list of labels."""
_MOST_LISTS = 64


class LabelNames(dict[str, str]):
    """Label to its name. A label that two lists use for different things (kite) has a name for each of them.

    Args:
        lists: labels with their names, list by list; of a label that is in several, the first counts.
        others: labels of no list, which are always named.
    """

    def __init__(self, lists: Iterable[Mapping[str, str]], others: Mapping[str, str]) -> None:
        self._lists = tuple(lists)
        self._others = others
        self._of_list: dict[int, tuple[Sequence[str], Mapping[str, str]]] = {}
        super().__init__(others)
        for names in reversed(self._lists):
            self.update(names)

    def of(self, label: str, among: Sequence[str]) -> str:
        """The name of one of a model's labels.

        A list of which not all have a name stays as it is: a picture speaks one language, and what people have
        called their own classes is what they want to read.

        Args:
            label: the label.
            among: all labels of the model, always the same object; empty where they are not known.
        """
        if not among:
            return self.get(label, label)
        known = self._of_list.get(id(among))
        if known is None or known[0] is not among:
            if len(self._of_list) >= _MOST_LISTS:
                self._of_list.clear()
            known = self._of_list[id(among)] = (among, self._fitting(among))
        return known[1].get(label) or self._others.get(label, label)

    def _fitting(self, among: Sequence[str]) -> Mapping[str, str]:
        labels = set(among)
        for names in self._lists:
            if labels <= names.keys():
                return names
        return self if labels <= self.keys() else {}


def name_of(label: str, names: Mapping[str, str], among: Sequence[str] = ()) -> str:
    """A label as it is shown; as it is where it has no name.

    >>> name_of("cup", {"cup": "컵"}), name_of("pen", {"cup": "컵"})
    ('컵', 'pen')
    """
    return names.of(label, among) if isinstance(names, LabelNames) else names.get(label, label)


def _lines(name: str) -> list[str]:
    return (assets_dir() / "labels" / name).read_text(encoding="utf-8").splitlines()


@lru_cache(maxsize=4)
def label_names(code: str) -> LabelNames:
    """English label to its name in a language; empty for English."""
    if code == "en":
        return LabelNames((), {})
    translated = sorted((assets_dir() / "labels").glob(f"*.{code}.txt"))
    pairs = ((path.name.removesuffix(f".{code}.txt"), path.name) for path in translated)
    lists = [dict(zip(_lines(f"{english}.txt"), _lines(name), strict=True)) for english, name in pairs]
    return LabelNames(lists, _OTHERS.get(code, {}))
