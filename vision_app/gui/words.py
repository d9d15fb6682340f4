"""What is said over the picture for each state of the source."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from vision_app.gui.pieces.plain import plain
from vision_app.live.status import SourceState, SourceStatus
from vision_app.messages import told


@dataclass(frozen=True, slots=True)
class Words:
    """Words over the picture.

    Attributes:
        title: the large line in the middle; "" for none.
        text: what to do, or why, below it.
        badge: a small one in the corner, while the picture goes on.
        dimmed: the picture is not live: it is darkened.
    """

    title: str = ""
    text: str = ""
    badge: str = ""
    dimmed: bool = False


def words_for(status: SourceStatus, *, has_picture: bool) -> Words:
    """What to say about a source.

    Args:
        status: where it stands.
        has_picture: whether there is a picture, if only an old one.
    """
    name = plain(status.source_id)
    goes_on = bool(status.running_id) and has_picture
    if status.state is SourceState.OPENING:
        opening = QCoreApplication.translate("Words", "Opening {name}…").format(name=name)
        return Words(badge=opening) if goes_on else Words(title=opening, dimmed=True)
    if status.state is SourceState.FAILED:
        if goes_on:
            return Words()  # the picture goes on; a notice says why the other one did not open
        title = QCoreApplication.translate("Words", "{name} cannot be opened").format(name=name)
        return Words(title=title, text=plain(told(status.message)), dimmed=True)
    if status.state is SourceState.LOST:
        return Words(
            title=QCoreApplication.translate("Words", "The picture is gone for a moment"),
            text=plain(told(status.message))
            or QCoreApplication.translate("Words", "It comes back by itself as soon as it can."),
            dimmed=True,
        )
    if status.state is SourceState.EMPTY and not has_picture:
        return Words(
            title=QCoreApplication.translate("Words", "No picture yet"),
            text=QCoreApplication.translate(
                "Words", "Choose a camera, or drop a video, a photo or a folder here."
            ),
        )
    if status.state is SourceState.PAUSED:
        return Words(badge=QCoreApplication.translate("Words", "Paused"))
    if status.state is SourceState.ENDED:
        return Words(badge=QCoreApplication.translate("Words", "The end"))
    if status.state is SourceState.RUNNING and not has_picture:
        return Words(title=QCoreApplication.translate("Words", "Waiting for the first picture…"))
    return Words()
