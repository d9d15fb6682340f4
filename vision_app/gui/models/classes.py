"""The classes that a detector is to find: a list to search and tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.models.facts import shown_label
from vision_app.gui.pieces.search import SearchField
from vision_app.gui.theme import SPACE_PX, TARGET_PX

_LIST_PX = 5 * TARGET_PX
Index = QModelIndex | QPersistentModelIndex


class ClassModel(QAbstractListModel):
    """All classes of a model, each ticked or not."""

    ticked = Signal()
    """The user ticked or unticked a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._labels: tuple[str, ...] = ()
        self._names: Mapping[str, str] = {}
        self._ids: frozenset[int] = frozenset()

    @property
    def ids(self) -> frozenset[int]:
        """The ticked classes."""
        return self._ids

    def set_labels(self, labels: Sequence[str], names: Mapping[str, str]) -> None:
        """Other classes, or other names for them.

        Args:
            labels: the model's own names.
            names: label to its name in the language of the window.
        """
        if (tuple(labels), names) != (self._labels, self._names):
            self.beginResetModel()
            self._labels, self._names = tuple(labels), names
            self.endResetModel()

    def set_ids(self, ids: frozenset[int]) -> None:
        """Tick these."""
        if ids != self._ids:
            self._ids = ids
            if self._labels:
                self.dataChanged.emit(self.index(0), self.index(len(self._labels) - 1))

    def name(self, class_id: int) -> str:
        """A class in the language of the window."""
        return shown_label(self._labels[class_id], self._names)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """How many classes there are."""
        return 0 if parent.isValid() else len(self._labels)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """All can be ticked."""
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Name and tick of a class."""
        label = self._labels[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return shown_label(label, self._names)
        if role in (Qt.ItemDataRole.UserRole, Qt.ItemDataRole.ToolTipRole):
            return f"{shown_label(label, self._names)} ({label})" if label in self._names else label
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if index.row() in self._ids else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick or untick a class."""
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        on = Qt.CheckState(value) is Qt.CheckState.Checked
        self._ids = self._ids | {index.row()} if on else self._ids - {index.row()}
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True


class TickAnywhere(QStyledItemDelegate):
    """A click on the name ticks too: the box alone is a small target."""

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Tick or untick by mouse or by the space key."""
        if isinstance(event, QMouseEvent):
            if event.button() != Qt.MouseButton.LeftButton:
                return False
            if event.type() != QEvent.Type.MouseButtonRelease:
                return True
        elif not (isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Select)):
            return False
        old = Qt.CheckState(index.data(Qt.ItemDataRole.CheckStateRole))
        new = Qt.CheckState.Unchecked if old is Qt.CheckState.Checked else Qt.CheckState.Checked
        return model.setData(index, new, Qt.ItemDataRole.CheckStateRole)


class ClassPicker(QWidget):
    """Nothing ticked keeps all classes."""

    changed = Signal(object)
    """A frozenset of the ticked classes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = ClassModel(self)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(self.model)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._proxy.setFilterRole(Qt.ItemDataRole.UserRole)
        self.search = SearchField(self)
        self.search.textChanged.connect(self._proxy.setFilterFixedString)
        self.list = QListView(self)
        self.list.setModel(self._proxy)
        self.list.setUniformItemSizes(True)
        self.list.setFixedHeight(_LIST_PX)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setItemDelegate(TickAnywhere(self.list))
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.hint.setProperty("kind", "quiet")
        self.all_button = QPushButton(self)
        self.all_button.clicked.connect(self._take_all)
        below = QHBoxLayout()
        below.addWidget(self.hint, 1)
        below.addWidget(self.all_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_PX // 2)
        column.addWidget(self.search)
        column.addWidget(self.list)
        column.addLayout(below)
        self.model.ticked.connect(self._tell)
        self._translate()

    def show_classes(self, labels: Sequence[str], names: Mapping[str, str], ids: frozenset[int]) -> None:
        """Show the classes of a model, with those ticked that it is to find."""
        self.model.set_labels(labels, names)
        self.model.set_ids(ids)
        self._show_hint()

    def _take_all(self) -> None:
        self.model.set_ids(frozenset())
        self._tell()

    def _tell(self) -> None:
        self._show_hint()
        self.changed.emit(self.model.ids)

    def _show_hint(self) -> None:
        ticked = len(self.model.ids)
        self.all_button.setEnabled(bool(ticked))
        if ticked:
            self.hint.setText(self.tr("Only the {count} ticked are found.").format(count=ticked))
        else:
            self.hint.setText(self.tr("All are found. Tick some to find only those."))

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.search.setPlaceholderText(self.tr("Search classes"))
        self.search.setAccessibleName(self.tr("Search classes"))
        self.list.setAccessibleName(self.tr("Classes to find"))
        self.all_button.setText(self.tr("All"))
        self.all_button.setToolTip(self.tr("Find all classes again"))
        self._show_hint()
