"""Drawing results on a picture. Pure: a picture and results in, a new picture out."""

from vision_app.overlay.render import PAINTERS, draw, painter_for, render
from vision_app.overlay.style import Style

__all__ = ["PAINTERS", "Style", "draw", "painter_for", "render"]
