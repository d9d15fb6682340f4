"""Drawing results on a picture. Pure: a picture and results in, a new picture out."""

from vision_app.overlay.built_in import BUILT_IN
from vision_app.overlay.kinds import ResultKind, kind_of, known_kinds, register_kind
from vision_app.overlay.render import draw, render
from vision_app.overlay.style import Style

__all__ = ["ResultKind", "Style", "draw", "kind_of", "known_kinds", "register_kind", "render"]

for _kind in BUILT_IN:
    register_kind(_kind)
