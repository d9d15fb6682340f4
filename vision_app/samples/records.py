"""The line of the manifest that a sample gets."""

from __future__ import annotations

import hashlib

from vision_app.samples import clock
from vision_app.samples.hashing import FINGERPRINT_DIGITS, fingerprint
from vision_app.samples.manifest import Event
from vision_app.samples.sample import NewMovement, NewSample


def add_event(new: NewSample | NewMovement, sample_id: str, label: str) -> Event:
    """The event that makes a picture or a movement a sample.

    Args:
        new: the picture or movement.
        sample_id: its id.
        label: label of its class, as it is kept.
    """
    event: Event = {
        "op": "add",
        "id": sample_id,
        "file": sample_id + new.suffix,
        "class": label,
        "session": new.session,
        "time": new.time or clock.as_iso(clock.now_ms()),
        "source": new.source_id,
        "origin": new.origin,
        "original": new.original,
        "sha256": hashlib.sha256(new.data).hexdigest(),
    }
    if isinstance(new, NewMovement):
        event["movement"] = new.facts.as_record()
    else:
        height, width = new.image.shape[:2]
        event |= {
            "width": width,
            "height": height,
            "crop": None if new.crop is None else new.crop.as_record(),
            "fingerprint": f"{fingerprint(new.image):0{FINGERPRINT_DIGITS}x}",
        }
    if new.split is not None:
        event["split"] = new.split
    return event
