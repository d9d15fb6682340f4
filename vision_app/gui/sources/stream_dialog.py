"""Asks for the address of a stream, and for a user and password apart from it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from vision_app.gui.pieces.dialog import Dialog
from vision_app.gui.pieces.texts import set_kind
from vision_app.gui.sources.naming import make_address, without_login
from vision_app.gui.theme import SPACE_PX, TARGET_PX
from vision_app.sources.trust import Trust, allow, parse_fingerprint
from vision_app.sources.urls import ENCRYPTED_SCHEMES, STREAM_SCHEMES, endpoint, scheme_of

_WIDTH_PX = 460


class StreamDialog(Dialog):
    """Tells of an address once it is one.

    Args:
        shown: an address whose credentials are hidden, to be opened again; "" for a new one.
        parent: Qt's owner.
    """

    chosen = Signal(str)
    """An address, with its credentials."""

    def __init__(self, shown: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        address, needs_login = without_login(shown)
        self._hint = QLabel(self)
        self._hint.setWordWrap(True)
        self._hint.setProperty("kind", "quiet")
        self.address, self.user, self.password = QLineEdit(address, self), QLineEdit(self), QLineEdit(self)
        self.address.setPlaceholderText("rtsp://192.168.0.20:554/live")
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.fingerprint, self.insecure = QLineEdit(self), QCheckBox(self)
        labels = (self._address_label, self._user_label, self._password_label, self._fingerprint_label) = (
            tuple(QLabel(self) for _ in range(4))
        )
        form = QFormLayout()
        form.setSpacing(SPACE_PX)
        fields = (self.address, self.user, self.password, self.fingerprint)
        for label, field in zip(labels, fields, strict=True):
            label.setBuddy(field)
            label.setMinimumHeight(TARGET_PX)
            form.addRow(label, field)
            field.textChanged.connect(self._check)
        self.insecure.setMinimumHeight(TARGET_PX)
        self.insecure.toggled.connect(self._check)
        form.addRow(self.insecure)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        set_kind(self.open_button, "primary")
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * SPACE_PX] * 4)
        layout.setSpacing(2 * SPACE_PX)
        layout.addLayout(form)
        layout.addWidget(self._hint)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(_WIDTH_PX)
        self._translate()
        self._check()
        if needs_login:
            self.user.setFocus()

    @property
    def open_button(self) -> QWidget:
        """The button that opens the stream."""
        return self.buttons.button(QDialogButtonBox.StandardButton.Open)

    @property
    def hint(self) -> str:
        """What is said below the fields."""
        return self._hint.text()

    def changeEvent(self, event: QEvent) -> None:
        """Speak another language."""
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._check()
        super().changeEvent(event)

    def _translate(self) -> None:
        self.setWindowTitle(self.tr("Open a stream"))
        self._address_label.setText(self.tr("&Address"))
        self._user_label.setText(self.tr("&User"))
        self._password_label.setText(self.tr("&Password"))
        self._fingerprint_label.setText(self.tr("&Fingerprint"))
        self.insecure.setText(self.tr("&Take any certificate until the program ends"))
        self.fingerprint.setPlaceholderText(self.tr("SHA-256, if no authority vouches for the device"))
        optional = self.tr("if it asks for one")
        self.user.setPlaceholderText(optional)
        self.password.setPlaceholderText(optional)

    def _check(self) -> None:
        made = make_address(self.address.text(), self.user.text(), self.password.text())
        encrypted = scheme_of(made.url) in ENCRYPTED_SCHEMES
        for part in (self._fingerprint_label, self.fingerprint, self.insecure):
            part.setVisible(encrypted)
        problem = made.problem or ("" if self._trust() is not None else "fingerprint")
        schemes = ", ".join(f"{s}://" for s in STREAM_SCHEMES)
        said = {
            "": self.tr("The password stays in memory: it is neither shown nor kept."),
            "scheme": self.tr("An address begins with one of {schemes}").format(schemes=schemes),
            "host": self.tr("The name of the computer is missing after ://"),
            "hidden": self.tr("Put what is hidden back in the place of ***."),
            "fingerprint": self.tr("A fingerprint has 64 digits from 0 to 9 and A to F."),
        }[problem]
        if encrypted and self.insecure.isChecked() and not problem:
            said, problem_shown = (
                self.tr("Encrypted, but perhaps with somebody else: the password goes there."),
                True,
            )
        else:
            problem_shown = bool(problem)
        empty = not self.address.text().strip()
        set_kind(self._hint, "quiet" if empty or not problem_shown else "warn")
        self._hint.setText(said)
        self.open_button.setEnabled(not problem)

    def _trust(self) -> Trust | None:
        """What is said about the certificate; None where the fingerprint is none."""
        text = self.fingerprint.text().strip()
        try:
            return Trust(self.insecure.isChecked(), parse_fingerprint(text) if text else "")
        except ValueError:
            return None

    def _accept(self) -> None:
        made = make_address(self.address.text(), self.user.text(), self.password.text())
        trust = self._trust()
        if not made.problem and trust is not None:
            address = endpoint(made.url)
            if address is not None and scheme_of(made.url) in ENCRYPTED_SCHEMES:
                allow(*address, trust)
            self.accept()
            self.chosen.emit(made.url)
