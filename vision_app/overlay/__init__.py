"""Drawing results on a picture. Pure: a picture and results in, a new picture out."""

from vision_app.overlay.render import PAINTERS, painter_for, render
from vision_app.overlay.style import Style

__all__ = ["PAINTERS", "Style", "painter_for", "render"]
