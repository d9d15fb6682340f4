"""The line of the manifest that a sample gets."""

from __future__ import annotations

import hashlib

from vision_app.samples import clock
from vision_app.samples.hashing import FINGERPRINT_DIGITS, fingerprint
from vision_app.samples.manifest import Event
from vision_app.samples.sample import NewSample


def add_event(new: NewSample, sample_id: str, label: str) -> Event:
    """The event that makes a picture a sample.

    Args:
        new: the picture.
        sample_id: its id.
        label: label of its class, as it is kept.
    """
    height, width = new.image.shape[:2]
    event: Event = {
        "op": "add",
        "id": sample_id,
        "file": sample_id + new.suffix,
        "class": label,
        "session": new.session,
        "time": new.time or clock.as_iso(clock.now_ms()),
        "source": new.source_id,
        "width": width,
        "height": height,
        "crop": None if new.crop is None else new.crop.as_record(),
        "origin": new.origin,
        "original": new.original,
        "sha256": hashlib.sha256(new.data).hexdigest(),
        "fingerprint": f"{fingerprint(new.image):0{FINGERPRINT_DIGITS}x}",
    }
    if new.split is not None:
        event["split"] = new.split
    return event
