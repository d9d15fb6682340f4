"""The language of the window, and of the labels that are drawn on the picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QCoreApplication, QEvent, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from vision_app.gui.pieces.undisturbed import undisturbed
from vision_app.messages import Message, reword, speak
from vision_app.wordings import IN_A_WINDOW

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "ko": "한국어"})
"""Code to the language's own name."""
TRANSLATIONS = Path(__file__).resolve().parent / "translations"


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:
    """Mark a text of a table for translation; it is translated where it is shown."""
    return text


def system_language() -> str:
    """The best of our languages for the system's list of preferred ones."""
    for name in QLocale.system().uiLanguages():
        code = name.split("-")[0].split("_")[0].lower()
        if code in LANGUAGES:
            return code
    return "en"


class Language(QObject):
    """The language in force. Changing it sends Qt's LanguageChange event to every widget."""

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.code = "en"
        speak("en")
        reword(IN_A_WINDOW)
        self.trouble = ""
        """One line when the translation could not be loaded; "" when all is well."""
        self._translators: list[QTranslator] = []

    def choose(self, wanted: str) -> None:
        """Speak `en` or `ko`, or with `system` what the system speaks."""
        code = system_language() if wanted == "system" else wanted
        if code not in LANGUAGES:
            raise ValueError(f"language must be system or one of {', '.join(LANGUAGES)}, got {wanted!r}")
        if code == self.code:
            return
        self._remove()
        self.trouble = ""
        speak(code)
        if code != "en":
            self._install(code)
        self.code = code
        QLocale.setDefault(QLocale(code))
        with undisturbed():
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LanguageChange.value)
            self.changed.emit(code)

    def _install(self, code: str) -> None:
        own = QTranslator(self)
        if own.load(f"vision_app_{code}", str(TRANSLATIONS)):
            self._add(own)
        else:
            self.trouble = Message(
                "the {language} translation is missing from this installation; "
                "install vision-app again, or run: python hatch_build.py",
                language=LANGUAGES[code],
            )
        qt = QTranslator(self)
        if qt.load(f"qtbase_{code}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self._add(qt)

    def _add(self, translator: QTranslator) -> None:
        QCoreApplication.installTranslator(translator)
        self._translators.append(translator)

    def _remove(self) -> None:
        for translator in self._translators:
            QCoreApplication.removeTranslator(translator)
        self._translators.clear()
