"""What the scenes of a set may look like. The test set has papers and surfaces of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Domain:
    """Ranges from which everything about a scene is chosen.

    Attributes:
        seed: first word of the seed of every scene.
        vary: how far the proportions of a sign stray; 1 is an ordinary hand.
        shake: range of the hand's unsteadiness, parts of a sign.
        break_share: share of strokes with a gap, at most.
        pens: kinds of pen.
        widths: range of a line's width, parts of the sign's size.
        fill_share: share of the signs that are filled in.
        papers: kinds of paper.
        surfaces: kinds of surface below the papers.
        turn_deg: a sign that stands upright leans at most so far.
        tilt: strength of perspective, parts of the picture.
        light: range of brightness.
        blur_px: longest motion blur, pixels.
        noise: strongest sensor noise, grey levels.
        jpeg: range of JPEG quality.
        size: range of a sign's size, parts of the picture's shorter side.
        dark_ink: range of the ink's darkness.
    """

    seed: int
    vary: float
    shake: tuple[float, float]
    break_share: float
    pens: tuple[str, ...]
    widths: tuple[float, float]
    fill_share: float
    papers: tuple[str, ...]
    surfaces: tuple[str, ...]
    turn_deg: float
    tilt: float
    light: tuple[float, float]
    blur_px: float
    noise: float
    jpeg: tuple[int, int]
    size: tuple[float, float]
    dark_ink: tuple[float, float]


TRAIN = Domain(
    seed=1,
    vary=1.0,
    shake=(0.0, 0.045),
    break_share=0.25,
    pens=("marker", "ballpoint", "pencil", "crayon", "brush"),
    widths=(0.03, 0.14),
    fill_share=0.16,
    papers=("white", "cream", "kraft", "colour", "squared", "lined", "whiteboard", "board"),
    surfaces=(
        "wood",
        "cloth",
        "wall",
        "clutter",
        "controller",
        "clouds",
        "collage",
        "collage",
        "shelves",
        "stripes",
    ),
    turn_deg=24.0,
    tilt=0.16,
    light=(0.45, 1.25),
    blur_px=7.0,
    noise=14.0,
    jpeg=(35, 96),
    size=(0.07, 0.75),
    dark_ink=(0.0, 0.62),
)
"""What the networks are trained on."""

SHIFTED = Domain(
    seed=2,
    vary=1.15,
    shake=(0.005, 0.055),
    break_share=0.32,
    pens=("marker", "pencil", "brush", "ballpoint"),
    widths=(0.035, 0.12),
    fill_share=0.12,
    papers=("white", "dotted", "grey", "sticky", "squared", "card"),
    surfaces=("bricks", "marble", "tiles", "leaves", "controller", "clouds"),
    turn_deg=28.0,
    tilt=0.2,
    light=(0.5, 1.2),
    blur_px=6.0,
    noise=12.0,
    jpeg=(40, 92),
    size=(0.09, 0.7),
    dark_ink=(0.05, 0.58),
)
"""What they are tested on: mostly other papers and surfaces, shakier hands, stronger perspective."""
