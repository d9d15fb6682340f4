"""Where Tab goes: what is seen and can be used, in the order in which it is read."""

from __future__ import annotations

from functools import cmp_to_key

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QDockWidget, QScrollArea, QScrollBar, QWidget


def stops(window: QWidget) -> list[QWidget]:
    """What Tab stops at in a window: line after line from the top, and from left to right.

    What is scrolled out of sight counts, as it comes into sight when it is reached; what is behind the tab of
    another panel does not.
    """
    found: list[QWidget] = []
    _collect(window, found)
    return found


def go_on(window: QWidget, *, forward: bool) -> bool:
    """Give the keyboard to the next stop, or to the one before; false where there is none."""
    at = window.focusWidget()
    order = stops(window)
    if not order:
        return False
    within = [i for i, stop in enumerate(order) if at is not None and at.isAncestorOf(stop)]
    before_all = (within[0] if within else 0) - forward  # what is no stop itself, as a card, leads into it
    place = order.index(at) if at in order else before_all
    wanted = order[(place + (1 if forward else -1)) % len(order)]
    wanted.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
    above = wanted.parentWidget()
    while above is not None:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(wanted)
        above = above.parentWidget()
    return True


def _collect(widget: QWidget, found: list[QWidget]) -> None:
    children = [
        child
        for child in widget.children()
        if isinstance(child, QWidget) and child.isVisible() and not child.isWindow() and not _is_behind(child)
    ]
    for child in sorted(children, key=cmp_to_key(_first_read)):
        if _takes_focus(child):
            found.append(child)
        _collect(child, found)


def _takes_focus(widget: QWidget) -> bool:
    policy = widget.focusPolicy()
    tab = bool(policy.value & Qt.FocusPolicy.TabFocus.value)
    # a proxy, as in a combo box or a spin box, has the keyboard of another, which is a stop itself
    return tab and widget.isEnabled() and widget.focusProxy() is None and not isinstance(widget, QScrollBar)


def _is_behind(widget: QWidget) -> bool:
    """A panel behind the tab of another one is not hidden, but has no place."""
    return isinstance(widget, QDockWidget) and widget.visibleRegion().isEmpty()


def _first_read(one: QWidget, other: QWidget) -> int:
    """Negative where one is read before the other: it is higher, or on the same line and further left."""
    a, b = one.geometry(), other.geometry()
    if _same_line(a, b):
        return a.left() - b.left() or a.top() - b.top()
    return a.top() - b.top()


def _same_line(a: QRect, b: QRect) -> bool:
    shared = min(a.bottom(), b.bottom()) - max(a.top(), b.top()) + 1
    return 2 * shared > min(a.height(), b.height())
