"""English and Korean: every text is translated, and changes while the window is open."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QCoreApplication, QTranslator
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

import vision_app.gui.language as language_module
from hatch_build import compile_all, compiled, read_ts
from tests.gui.cameras import install
from vision_app.cards.lookup import entries
from vision_app.engine.finding import FINDERS
from vision_app.gui.language import LANGUAGES, TRANSLATIONS, Language
from vision_app.gui.models.chains import chain_title, chain_word
from vision_app.gui.models.facts import family_word, matches
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.gui.window import MainWindow
from vision_app.labels import label_names
from vision_app.messages import Message, told

TS = TRANSLATIONS / "vision_app_ko.ts"
GUI = Path(language_module.__file__).parent
HANGUL = re.compile("[가-힣]")


@pytest.fixture(scope="module", autouse=True)
def qm_files() -> None:
    """What the build does."""
    compile_all(TRANSLATIONS)


def lupdate(target: Path) -> None:
    tool = Path(PySide6.__file__).parent / "lupdate"
    files = [str(path) for path in sorted(GUI.rglob("*.py"))]
    command = [str(tool), "-locations", "none", "-no-obsolete", *files, "-ts", str(target)]
    subprocess.run(command, check=True, capture_output=True)


def texts(path: Path) -> set[tuple[str, str]]:
    return {
        (context.findtext("name", ""), message.findtext("source", ""))
        for context in ET.parse(path).iter("context")
        for message in context.iter("message")
    }


def test_every_text_of_the_window_is_in_the_file_translated_and_finished(tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.ts"
    lupdate(fresh)
    assert texts(fresh) - texts(TS) == set(), "run pyside6-lupdate (docs/desktop.md says how) and translate"
    for message in ET.parse(TS).iter("message"):
        translation = message.find("translation")
        assert translation is not None
        assert translation.get("type") is None, f"not finished: {message.findtext('source')}"
        assert (translation.text or "").strip(), message.findtext("source")


def test_places_for_values_are_the_same_and_korean_is_korean() -> None:
    _, messages = read_ts(TS)
    assert len(messages) > 200
    for message in messages:
        wanted, found = (
            sorted(re.findall(r"\{\w*\}", text)) for text in (message.source, message.translation)
        )
        assert wanted == found, message.source
        if not HANGUL.search(message.translation):
            words = set(re.findall("[A-Za-z]+", message.translation))
            assert words <= set(re.findall("[A-Za-z]+", message.source)), message.source


def test_our_compiler_says_what_qts_own_says(tmp_path: Path, qapp: QApplication) -> None:
    tool = Path(PySide6.__file__).parent / "lrelease"
    theirs_path = tmp_path / "theirs.qm"
    subprocess.run([str(tool), str(TS), "-qm", str(theirs_path)], check=True, capture_output=True)
    ours, theirs = QTranslator(), QTranslator()
    ours_path = tmp_path / "ours.qm"
    ours_path.write_bytes(compiled(*read_ts(TS)))
    assert ours.load(str(ours_path))
    assert theirs.load(str(theirs_path))
    for message in read_ts(TS)[1]:
        said = ours.translate(message.context, message.source, message.comment)
        assert (
            said == theirs.translate(message.context, message.source, message.comment) == message.translation
        )
    assert ours.language()[:2] == theirs.language()[:2] == "ko"
    assert not ours.translate("MainWindow", "no such text")


def test_a_file_is_compiled_when_its_text_changed_only(tmp_path: Path) -> None:
    source = tmp_path / "vision_app_ko.ts"
    shutil.copy(TS, source)
    (made,) = compile_all(tmp_path)
    before = made.stat().st_mtime_ns
    compile_all(tmp_path)
    assert made.stat().st_mtime_ns == before
    text = source.read_text(encoding="utf-8").replace("<name>Menus</name>", "<name>Speisen</name>")
    source.write_text(text, encoding="utf-8")
    compile_all(tmp_path)
    translator = QTranslator()
    translator.load(str(made))
    assert translator.translate("Speisen", "&File")


def test_the_window_changes_its_language_while_it_is_open(
    tmp_path: Path, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch)
    settings, language = Settings(tmp_path / "desktop.json"), Language()
    window = MainWindow(Session(), settings, language)
    window.show()
    english = {action.objectName(): action.text() for action in window.actions_}
    settings.update(language="ko")
    qapp.processEvents()
    assert language.trouble == ""
    assert HANGUL.search(window.actions_["snapshot"].text())
    assert HANGUL.search(window.docks.actions["models"].toolTip())
    assert HANGUL.search(window.view.accessibleName())
    korean = {label.text() for label in window.findChildren(QLabel) if label.text()}
    assert sum(bool(HANGUL.search(text)) for text in korean) > 10
    settings.update(language="en")
    qapp.processEvents()
    again = {label.text() for label in window.findChildren(QLabel) if label.text()}
    assert not any(HANGUL.search(text) for text in again)
    assert {action.objectName(): action.text() for action in window.actions_} == english
    window.close()
    window.deleteLater()


def test_a_missing_translation_is_said_and_english_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setattr(language_module, "TRANSLATIONS", tmp_path)
    language = Language()
    language.choose("ko")
    assert "translation is missing" in language.trouble
    assert QCoreApplication.translate("Menus", "&File") == "&File"
    language.choose("en")
    assert language.trouble == ""


def test_the_systems_language_is_taken(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    class Korean:
        @staticmethod
        def system() -> Korean:
            return Korean()

        def uiLanguages(self) -> list[str]:
            return ["fr-FR", "ko-KR", "en"]

    monkeypatch.setattr(language_module, "QLocale", Korean)
    assert language_module.system_language() == "ko"


def test_what_the_chains_of_people_find_has_a_korean_name() -> None:
    found = {label for finder in FINDERS.values() for label in finder.labels}
    assert {"left hand", "face", "person"} <= found
    names = label_names("ko")
    assert not [label for label in found if not HANGUL.search(names.get(label, ""))]


def test_an_unknown_language_is_a_mistake_of_the_caller(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="language must be"):
        Language().choose("tlh")
    assert set(LANGUAGES) == {"en", "ko"}


def test_chains_of_people_say_in_korean_what_they_are_and_do(qapp: QApplication) -> None:
    found = [e for e in entries() if e.chain is not None and "people/" in str(e.chain.steps)]
    assert len(found) >= 7
    assert [chain_title(e) for e in found] == [e.chain.title for e in found if e.chain]
    language = Language()
    language.choose("ko")
    try:
        assert all(HANGUL.search(chain_title(e)) and HANGUL.search(chain_word(e)) for e in found)
        assert all(matches(e, e.chain.title, installed_only=True) for e in found if e.chain)
    finally:
        language.choose("en")


@pytest.mark.parametrize(
    ("query", "found", "not_found"),
    [
        ("분류", "efficientnet-lite0", "yolox-nano"),
        ("객체 탐지", "yolox-nano", "efficientnet-lite0"),
        ("물체", "nanodet-g", "vit-tiny-patch16-224"),
        ("어텐션", "vit-tiny-patch16-224", "resnet50"),
        ("트랜스포머 분류", "deit-tiny-patch16-224", "rtdetr-l"),
        ("스케치", "sketch-vit", "yolox-nano"),
        ("합성곱", "resnet50", "vit-tiny-patch16-224"),
        ("손", "hands", "yolox-nano"),
        ("양자화", "nanodet-g-int8", "yolox-nano"),
        ("attention", "vit-tiny-patch16-224", "resnet50"),
        ("object detection", "yolox-nano", "efficientnet-lite0"),
    ],
)
def test_korean_words_find_what_they_mean(query: str, found: str, not_found: str) -> None:
    names = {entry.name for entry in entries() if matches(entry, query, installed_only=False)}
    assert found in names
    assert not_found not in names


def test_a_family_is_told_in_korean_where_it_is_no_name(qapp: QApplication) -> None:
    language = Language()
    language.choose("ko")
    try:
        assert family_word("Hybrid (CNN + Transformer)") == "하이브리드 (CNN + 트랜스포머)"
        assert family_word("YOLO") == "YOLO"
    finally:
        language.choose("en")
    assert family_word("Capsules") == "Capsules"


def test_a_message_of_the_core_is_said_without_its_flags_in_both_languages(qapp: QApplication) -> None:
    message = Message("samples {folder}: no movements; record some in the window, or bring clips in with: "
                      "vision-app samples import --movement", folder="hands")  # fmt: skip
    language = Language()
    assert told(message) == "samples hands: no movements; record some, or bring clips in"
    language.choose("ko")
    assert told(message) == "샘플 hands: 동작이 없습니다. 녹화하거나 영상을 가져오세요"
    language.choose("en")
