"""What kind of network a file holds, by the shapes and values that it gives for one picture.

A file that says nothing of itself is run once. Exact counts of cells come before every rule of thumb; where more
than one reading fits, none is taken: the readings are what the user is asked about.
"""

from __future__ import annotations

from vision_app.cards.reading_maps import MAPS
from vision_app.cards.reading_several import SEVERAL
from vision_app.cards.reading_tables import TABLES
from vision_app.cards.readings import Reading, Seen


def readings(seen: Seen) -> list[Reading]:
    """All ways to read what a file gave; none for one that is not known."""
    for rule in SEVERAL:  # from the most to the least particular
        if found := list(rule(seen)):
            return found
    for rules in (TABLES, MAPS):
        if found := [reading for rule in rules for reading in rule(seen)]:
            return found
    return []
