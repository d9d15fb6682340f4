"""Colours, spaces and sizes of the desktop, light and dark, following the system while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from vision_app.gui.pieces.undisturbed import undisturbed
from vision_app.resources import assets_dir

SPACE_PX = 8
"""Unit of all spaces: half of it inside a group, once between controls, twice between groups."""
TARGET_PX = 36
"""Least height and width of what is clicked or touched."""
ICON_PX = 20
RADIUS_PX = 6
PANEL_WIDTH_PX = 320
"""Width that a side panel is made for."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What the colours are for, as `#rrggbb`. Text on its ground has a contrast of 4.5:1 at least.

    Attributes:
        window: ground of the window and its panels.
        raised: ground of cards, inputs and menus.
        pressed: ground of what is pointed at or pressed.
        border: lines between parts, and edges of cards and menus.
        edge: edges of what can be used: buttons and inputs. 3:1 at least on both grounds (WCAG 2.2, 1.4.11).
        text: text.
        quiet: second lines and hints.
        disabled: text of what cannot be used now.
        accent: the one colour of what is chosen and of the main button.
        on_accent: text on it.
        good: all is well.
        warn: look at this.
        bad: this failed; a running recording.
        surround: what is around the picture, dark in both schemes.
        on_surround: text on it.
    """

    window: str
    raised: str
    pressed: str
    border: str
    edge: str
    text: str
    quiet: str
    disabled: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    surround: str = "#101216"
    on_surround: str = "#f2f4f8"


LIGHT = Colours(
    window="#f3f4f7",
    raised="#ffffff",
    pressed="#e3e6ed",
    border="#c6cbd6",
    edge="#7f8695",
    text="#1b1f27",
    quiet="#565e6d",
    disabled="#9aa1af",
    accent="#2457d6",
    on_accent="#ffffff",
    good="#17753b",
    warn="#8f5600",
    bad="#c02b2b",
)
DARK = Colours(
    window="#1c1f25",
    raised="#282c34",
    pressed="#363c47",
    border="#444b58",
    edge="#7a8190",
    text="#eceef3",
    quiet="#a7afbd",
    disabled="#6d7583",
    accent="#7aa5ff",
    on_accent="#0c1730",
    good="#5fd08a",
    warn="#f0b452",
    bad="#ff8080",
)


class Theme(QObject):
    """The colours in force. There is one for the application: `theme()`."""

    changed = Signal()
    """The colours have changed; style sheets and palette are set already."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = LIGHT
        self._scheme: str = "system"

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return self._colours

    @property
    def dark(self) -> bool:
        """Whether they are the dark ones."""
        return self._colours is DARK

    def follow(self, app: QApplication) -> None:
        """Take the system's scheme, now and whenever it changes."""
        app.setStyle("Fusion")
        hints = app.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)
        self._set(dark=self._wanted_dark())

    def choose(self, scheme: str) -> None:
        """Choose `system`, `light` or `dark`."""
        if scheme not in ("system", "light", "dark"):
            raise ValueError(f"scheme must be system, light or dark, got {scheme!r}")
        self._scheme = scheme
        self._set(dark=self._wanted_dark())

    def _wanted_dark(self) -> bool:
        if self._scheme != "system":
            return self._scheme == "dark"
        return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark

    def _follow_system(self) -> None:
        if self._scheme == "system":
            self._set(dark=self._wanted_dark())

    def _set(self, *, dark: bool) -> None:
        self._colours = DARK if dark else LIGHT
        app = QApplication.instance()
        if isinstance(app, QApplication):
            sheet = style_sheet(self._colours)
            if sheet == app.styleSheet():
                return  # every widget would be styled anew
            with undisturbed():
                app.setStyleSheet("")  # else Qt would style each widget again for every one that it lies in
                app.setPalette(palette_of(self._colours))
                app.setStyleSheet(sheet)
                self.changed.emit()
            return
        self.changed.emit()


_theme: Theme | None = None


def theme() -> Theme:
    """The application's theme."""
    global _theme  # noqa: PLW0603 - Qt's palette and style sheet are the application's too
    if _theme is None:
        _theme = Theme()
    return _theme


def palette_of(colours: Colours) -> QPalette:
    """Qt's palette of these colours."""
    roles = {
        QPalette.ColorRole.Window: colours.window,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.raised,
        QPalette.ColorRole.AlternateBase: colours.window,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.quiet,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.bad,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.Light: colours.border,  # the line below the tabs of the panels
        QPalette.ColorRole.Mid: colours.border,
        QPalette.ColorRole.Accent: colours.accent,
    }
    palette = QPalette()
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.disabled))
    return palette


def style_sheet(c: Colours) -> str:
    """The application's style sheet.

    Widgets choose among its variants with a property: `kind` is `primary`, `quiet` or `danger` on a button,
    `heading`, `quiet`, `warn`, `bad` or `good` on a label, and `card` on a frame.
    """
    half = SPACE_PX // 2
    scheme = "dark" if c is DARK else "light"
    tick, chevron = (
        (assets_dir() / "icons" / f"{name}-{scheme}.svg").as_posix() for name in ("check", "down")
    )
    return f"""
    QMainWindow::separator {{ background: {c.border}; width: 1px; height: 1px; }}
    QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; padding: {half}px; }}

    QPushButton, QToolButton {{
        background: {c.raised}; color: {c.text}; border: 1px solid {c.edge}; border-radius: {RADIUS_PX}px;
        padding: {half}px {SPACE_PX + half}px; min-height: {TARGET_PX - 2 * half - 2}px;
    }}
    QToolButton {{ padding: {half}px {SPACE_PX}px; min-width: {TARGET_PX - 2 * SPACE_PX - 2}px; }}
    QToolButton[popupMode="2"], QPushButton::menu-indicator {{ padding-right: {SPACE_PX + half}px; }}
    QToolButton::menu-indicator {{ image: none; }}
    QPushButton:hover, QToolButton:hover {{ background: {c.pressed}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {c.border}; }}
    QPushButton:checked, QToolButton:checked {{
        background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
    }}
    QPushButton:focus, QToolButton:focus {{ border: 2px solid {c.accent}; padding: {half - 1}px {SPACE_PX - 1}px; }}
    QPushButton:focus {{ padding: {half - 1}px {SPACE_PX + half - 1}px; }}
    QPushButton:checked:focus, QToolButton:checked:focus {{ border-color: {c.text}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {c.disabled}; background: {c.window}; }}
    QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; }}
    QPushButton[kind="primary"]:focus {{ border-color: {c.text}; }}
    QPushButton[kind="primary"]:disabled {{ background: {c.pressed}; color: {c.disabled}; border-color: {c.border}; }}
    QPushButton[kind="danger"] {{ color: {c.bad}; border-color: {c.bad}; }}
    QPushButton[kind="quiet"], QToolButton[kind="quiet"] {{ background: transparent; border-color: transparent; }}
    QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover {{ background: {c.pressed}; }}
    QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus {{ border-color: {c.accent}; }}
    QToolButton[kind="fold"], QToolButton[kind="fold"]:checked {{
        background: transparent; border-color: transparent; color: {c.text}; font-weight: 600;
        padding: {half}px 0; text-align: left;
    }}
    QToolButton[kind="fold"]:hover {{ background: {c.pressed}; }}
    QToolButton[kind="fold"]:focus {{ border-color: {c.accent}; padding: {half - 1}px 0; }}
    QToolButton[kind="quiet"]:checked {{ background: {c.pressed}; color: {c.accent}; }}

    QToolBar {{
        background: {c.window}; border: none; border-bottom: 1px solid {c.border}; padding: {half}px {half}px;
        spacing: {half}px;
    }}
    QToolBar QToolButton {{ background: transparent; border-color: transparent; }}
    QToolBar QToolButton:hover {{ background: {c.pressed}; }}
    QToolBar QToolButton:checked {{ background: {c.pressed}; color: {c.accent}; border-color: transparent; }}
    QToolBar QToolButton:focus {{ border-color: {c.accent}; }}
    QStatusBar {{ background: {c.window}; color: {c.quiet}; border-top: 1px solid {c.border}; min-height: 28px; }}
    QStatusBar QLabel {{ color: {c.quiet}; }}
    QStatusBar QLabel[kind="warn"] {{ color: {c.warn}; }}
    QStatusBar::item {{ border: none; }}

    QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{
        background: {c.raised}; color: {c.text}; border: 1px solid {c.edge}; border-radius: {RADIUS_PX}px;
        padding: 0 {SPACE_PX}px; min-height: {TARGET_PX - 2}px; selection-background-color: {c.accent};
        selection-color: {c.on_accent};
    }}
    QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{
        border: 2px solid {c.accent}; padding: 0 {SPACE_PX - 1}px; min-height: {TARGET_PX - 4}px;
    }}
    QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{
        background: {c.window}; color: {c.disabled};
    }}
    QLineEdit > QToolButton, QLineEdit > QToolButton:hover, QLineEdit > QToolButton:focus {{
        background: transparent; border: none; padding: 0; min-height: 0; min-width: 0;
    }}
    QAbstractSpinBox {{ padding: 0; max-height: {TARGET_PX - 2}px; }}
    QAbstractSpinBox:focus {{ padding: 0; max-height: {TARGET_PX - 4}px; }}
    QAbstractSpinBox QLineEdit {{ border: none; padding: 0; min-height: 0; background: transparent; }}
    QComboBox::drop-down {{ border: none; width: {TARGET_PX - 8}px; }}
    QComboBox::down-arrow {{ image: url("{chevron}"); width: 16px; height: 16px; }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{
        width: {SPACE_PX - 2}px; height: 0; border: none;  /* never seen: only they keep the number off the edges */
    }}
    QAbstractSpinBox::up-button {{ subcontrol-position: left; }}
    QAbstractSpinBox::down-button {{ subcontrol-position: right; }}
    QComboBox QAbstractItemView {{ background: {c.raised}; border: 1px solid {c.border}; outline: 0; }}
    QComboBox QAbstractItemView::item {{ min-height: {TARGET_PX}px; padding: 0 {half}px; }}

    QCheckBox, QRadioButton {{ spacing: {SPACE_PX}px; min-height: {TARGET_PX}px; background: transparent; }}
    QCheckBox:focus, QRadioButton:focus {{ color: {c.accent}; }}
    QCheckBox::indicator, QTreeView::indicator, QListView::indicator {{
        width: 18px; height: 18px; border: 1px solid {c.quiet}; border-radius: 4px; background: {c.raised};
    }}
    QCheckBox::indicator:checked, QTreeView::indicator:checked, QListView::indicator:checked {{
        background: {c.accent}; border-color: {c.accent}; image: url("{tick}");
    }}
    QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; }}
    QCheckBox::indicator:disabled {{ border-color: {c.border}; background: {c.window}; }}
    QCheckBox::indicator:checked:disabled {{ background: {c.disabled}; border-color: {c.disabled}; }}
    QRadioButton::indicator {{
        width: 16px; height: 16px; border: 1px solid {c.quiet}; border-radius: 9px; background: {c.raised};
    }}
    QRadioButton::indicator:checked {{ border: 5px solid {c.accent}; width: 8px; height: 8px; }}
    QSlider {{ min-height: {TARGET_PX}px; background: transparent; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.edge}; }}
    QSlider::sub-page:horizontal {{ height: 4px; border-radius: 2px; background: {c.accent}; }}
    QSlider::handle:horizontal {{
        width: 16px; height: 16px; margin: -6px 0; border-radius: 8px; background: {c.accent};
    }}
    QSlider::handle:horizontal:focus {{ border: 2px solid {c.text}; width: 14px; height: 14px; margin: -7px 0; }}
    QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled {{ background: {c.disabled}; }}

    QProgressBar {{
        background: {c.pressed}; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; color: transparent;
    }}
    QProgressBar::chunk {{ background: {c.accent}; border-radius: 4px; }}

    QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}

    QLabel {{ background: transparent; }}
    QLabel[kind="heading"] {{ font-weight: 600; }}
    QLabel[kind="quiet"] {{ color: {c.quiet}; }}
    QLabel[kind="warn"] {{ color: {c.warn}; }}
    QLabel[kind="bad"] {{ color: {c.bad}; }}
    QLabel[kind="good"] {{ color: {c.good}; }}
    QFrame[kind="chosen"] {{
        background: {c.raised}; border: 2px solid {c.accent}; border-radius: {RADIUS_PX + 2}px;
    }}
    QFrame[kind="card"] {{
        background: {c.raised}; border: 1px solid {c.border}; border-radius: {RADIUS_PX + 2}px;
    }}

    QFrame[kind="card"]:focus {{ border-color: {c.accent}; }}

    QMenuBar {{ background: {c.window}; color: {c.text}; padding: 2px {half}px; }}
    QMenuBar::item {{ padding: {half + 3}px {SPACE_PX + 2}px; border-radius: {RADIUS_PX}px; background: transparent; }}
    QMenuBar::item:selected {{ background: {c.pressed}; }}
    QMenu {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; padding: {half}px; }}
    QMenu::item {{ padding: {SPACE_PX}px {4 * SPACE_PX}px {SPACE_PX}px {SPACE_PX + half}px; border-radius: {half}px; }}
    QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
    QMenu::item:disabled {{ color: {c.disabled}; background: transparent; }}
    QMenu::separator {{ height: 1px; background: {c.border}; margin: {half}px {SPACE_PX}px; }}
    QMenu::icon {{ padding-left: {SPACE_PX}px; }}

    QDockWidget {{ color: {c.text}; }}
    QDockWidget::title {{ background: {c.window}; padding: {SPACE_PX}px {SPACE_PX + half}px; font-weight: 600; }}
    QScrollArea {{ background: transparent; border: none; }}
    QScrollArea > QWidget > QWidget {{ background: transparent; }}
    QListView, QTreeView, QTableView {{
        background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; border-radius: {RADIUS_PX}px;
        outline: 0;
    }}
    QPlainTextEdit {{
        background: {c.raised}; color: {c.text}; border: 1px solid {c.border}; border-radius: {RADIUS_PX}px;
    }}
    QListView:focus, QTreeView:focus, QTableView:focus, QPlainTextEdit:focus {{ border-color: {c.accent}; }}
    QScrollArea[kind="framed"] {{ border: 2px solid transparent; border-radius: {RADIUS_PX}px; }}
    QScrollArea[kind="framed"]:focus {{ border-color: {c.accent}; }}
    QListView::item, QTreeView::item {{ min-height: {TARGET_PX}px; padding: 0 {half}px; }}
    QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {{
        background: {c.accent}; color: {c.on_accent};
    }}
    QHeaderView::section {{ background: {c.window}; color: {c.quiet}; border: none; padding: {half}px {SPACE_PX}px; }}

    QTabBar::tab {{
        background: transparent; color: {c.quiet}; min-height: {TARGET_PX}px; padding: 0 {2 * SPACE_PX}px;
        border: none; border-bottom: 2px solid transparent;
    }}
    QDockWidget QTabBar::tab {{ padding: 0 {SPACE_PX}px; }}
    QMainWindow > QTabBar::tab {{ padding: 0 {half}px; }}
    QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
    QTabBar::tab:hover {{ background: {c.pressed}; }}
    QTabBar::tab:focus {{ color: {c.accent}; }}
    QTabBar::scroller {{ width: {2 * TARGET_PX}px; }}
    QTabBar QToolButton {{ padding: 0; min-width: 0; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {c.border}; }}

    QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
    QScrollBar::handle {{ background: {c.border}; border-radius: 4px; margin: 2px; min-height: 32px; min-width: 32px; }}
    QScrollBar::handle:hover {{ background: {c.quiet}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """
