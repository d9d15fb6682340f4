"""Texts in the languages of the program."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One text in every language.

    Attributes:
        en: English.
        ko: Korean.
    """

    en: str
    ko: str

    def of(self, language: str) -> str:
        """The text in a language; English where there is none.

        >>> Words("Blur", "흐림").of("ko")
        '흐림'
        """
        return self.ko if language == "ko" else self.en
