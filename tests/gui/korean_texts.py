"""Collects all that a window says, to find what it does not say in Korean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import cv2
import pytest
from PySide6.QtGui import QAction, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTableWidget,
    QTreeWidget,
    QWidget,
)

from vision_app.cards.lookup import entries
from vision_app.runtime import SHORT_NAMES

HANGUL = re.compile("[가-힣]")
_WORD = re.compile(r"[A-Za-z][A-Za-z]+")
# names of layers as they stand in a file: add_1...add_260, /model/conv, onnx::Conv_7
_IN_A_FILE = re.compile(r"(?=.*[_/:]|.*\w\.{3}\w)[\w./:]+")
# what is written so in every language: units, keys, formats, names of people, programs, networks and methods
_NAMES = {
    "fps",
    "ms",
    "kB",
    "MB",
    "GB",
    "px",
    "Hz",
    "cm",
    "Ctrl",
    "Shift",
    "Alt",
    "Esc",
    "Tab",
    "Space",
    "Del",
    "Enter",
    "Return",
    "Home",
    "End",
    "PgUp",
    "PgDown",
    "Backspace",
    "Ins",
    "Left",
    "Right",
    "Up",
    "Down",
    "Meta",
    "ONNX",
    "Runtime",
    "OpenCV",
    "Python",
    "PyTorch",
    "Qt",
    "PySide",
    "NumPy",
    "vision",
    "app",
    "Vision",
    "COCO",
    "ImageNet",
    "JSON",
    "JSONL",
    "CSV",
    "PNG",
    "JPEG",
    "JPG",
    "MP4",
    "MKV",
    "RTSP",
    "HTTP",
    "HTTPS",
    "URL",
    "SHA",
    "TLS",
    "RGB",
    "BGR",
    "GPU",
    "CPU",
    "CUDA",
    "auto",
    "cpu",
    "cuda",
    "openvino",
    "SVG",
    "HTML",
    "CNN",
    "YOLO",
    "ViT",
    "MLP",
    "RNN",
    "GRU",
    "LSTM",
    "DETR",
    "ReLU",
    "GELU",
    "SiLU",
    "IoU",
    "mAP",
    "F1",
    "Top",
    "softmax",
    "sigmoid",
    "dropout",
    "Eigen",
    "CAM",
    "ReciproCAM",
    "RISE",
    "Grad",
    "Adam",
    "AdamW",
    "McNemar",
    "PIN",
    "QR",
    "ArUco",
    "Canny",
    "Sobel",
    "Laplace",
    "Gauss",
    "CLAHE",
    "Otsu",
    "HSV",
    "Lab",
    "YCrCb",
    "Hough",
    "Harris",
    "ORB",
    "SIFT",
    "GrabCut",
    "Apache",
    "MIT",
    "BSD",
    "GPL",
    "AGPL",
    "English",
    "system",
    "yolo",
    "apache",
    "AP",
    "MBConv",
    "GMAC",
    "GMACs",
    "TV",
}


def record_painted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A set that takes all texts that are painted from now on, on widgets and on pictures."""
    painted: set[str] = set()
    of_qt, of_opencv = QPainter.drawText, cv2.putText

    def on_widget(painter: QPainter, *arguments: Any, **named: Any) -> Any:
        painted.update(one for one in (*arguments, *named.values()) if isinstance(one, str))
        return of_qt(painter, *arguments, **named)

    def on_picture(image: Any, text: str, *arguments: Any, **named: Any) -> Any:
        painted.add(text)
        return of_opencv(image, text, *arguments, **named)

    monkeypatch.setattr(QPainter, "drawText", on_widget)
    monkeypatch.setattr(cv2, "putText", on_picture)
    return painted


def texts_of(widget: QWidget) -> Iterable[str]:
    """What one widget shows, in its hints too."""
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.statusTip())
    if widget.isWindow() or isinstance(widget, QDockWidget):
        yield widget.windowTitle()
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QGroupBox | QMenu):
        yield widget.title()
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(i) for i in range(widget.count()))
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(i) for i in range(widget.count()))
    elif isinstance(widget, QListWidget):
        for item in (widget.item(i) for i in range(widget.count())):
            yield from (item.text(), item.toolTip())
    elif isinstance(widget, QTableWidget):
        heads = [widget.horizontalHeaderItem(i) for i in range(widget.columnCount())]
        cells = [widget.item(i, j) for i in range(widget.rowCount()) for j in range(widget.columnCount())]
        yield from (item.text() for item in (*heads, *cells) if item is not None)
    elif isinstance(widget, QTreeWidget):
        yield from (widget.headerItem().text(i) for i in range(widget.columnCount()))
        rows = [widget.topLevelItem(i) for i in range(widget.topLevelItemCount())]
        yield from (row.text(i) for row in rows if row is not None for i in range(widget.columnCount()))
    elif isinstance(widget, QPlainTextEdit):
        yield widget.placeholderText()
    for action in (*widget.actions(), *widget.findChildren(QAction)):
        yield from (action.text(), action.toolTip(), action.statusTip(), action.iconText())


def texts_under(widget: QWidget) -> set[str]:
    """All that a widget and those in it show."""
    return {text for one in (widget, *widget.findChildren(QWidget)) for text in texts_of(one) if text}


def all_texts() -> set[str]:
    """All that the program shows now, or would show on a click."""
    return {text for widget in QApplication.allWidgets() for text in texts_of(widget) if text}


def names_of_things() -> set[str]:
    """Words of names of models, families, licences and processors."""
    words: set[str] = set(_NAMES) | set(SHORT_NAMES.values())
    for entry in entries():
        about = entry.about
        said = [entry.name, *((about.title, about.family, about.licence) if about is not None else ())]
        words |= set(_WORD.findall(" ".join(said)))
    return words


def english(texts: Iterable[str], *, also: Iterable[str] = ()) -> list[str]:
    """The texts with words in Latin letters, no Hangul, and not made of names alone."""
    known = {name.casefold() for name in (*names_of_things(), *also)}
    found = []
    for text in list(texts):  # pictures are still painted, in other threads
        if _IN_A_FILE.fullmatch(text):
            continue
        bare = re.sub(r"<[^>]+>|&(?=\w)", "", text)
        bare = re.sub(
            r"(?:\w+://|[/~]|[A-Z]:\\)\S+|\S+\.(?:py|onnx|json|mp4|png|jpe?g|txt|toml|md)\b|\{\w+\}", "", bare
        )
        bare = re.sub(r"\w*…\w*|\bcv2\.\w+", "", bare)  # a word that was cut off; a function of OpenCV
        if HANGUL.search(bare):
            continue
        words = {word.casefold() for word in _WORD.findall(bare)}
        if words - known:
            found.append(text)
    return sorted(set(found))
