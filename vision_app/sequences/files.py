"""A recorded movement as one file: a NumPy archive (`.npz`) of plain arrays, never a pickle.

- `format`: the text `vision-app-movement 1`
- `times_s`: (T,) float64, seconds from the first row
- `track/NAME`: (T, F) float32, one for each track
- `jpegs`, `jpeg_ends`: the pictures one after the other as bytes, and where each ends; only where they were wanted
"""

from __future__ import annotations

import io
import zipfile
import zlib

import numpy as np
from numpy.typing import NDArray

from vision_app.errors import SampleError
from vision_app.sequences.recorded import Recorded

SUFFIX = ".npz"
FORMAT = "vision-app-movement 1"
LARGEST_BYTES = 256_000_000
"""No movement of ten minutes is larger unpacked; a file that claims to be is refused before it is unpacked."""

_TRACK = "track/"


def as_bytes(recorded: Recorded) -> bytes:
    """The file; the same movement always gives the same bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "format": np.array(FORMAT),
        "times_s": recorded.times_s - recorded.times_s[0],
    }
    arrays |= {_TRACK + name: recorded.tracks[name] for name in sorted(recorded.tracks)}
    if recorded.jpegs:
        arrays["jpegs"] = np.frombuffer(b"".join(recorded.jpegs), np.uint8)
        arrays["jpeg_ends"] = np.cumsum([len(j) for j in recorded.jpegs]).astype(np.int64)
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def from_bytes(data: bytes, name: str) -> Recorded:
    """Read such a file.

    Args:
        data: the whole file.
        name: what to call it in messages.

    Raises:
        SampleError: it is damaged, too large, or something else.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > LARGEST_BYTES:
                raise ValueError(f"unpacked it is larger than {LARGEST_BYTES // 1_000_000} MB")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return _recorded({key: arrays[key] for key in arrays.files})
    except (ValueError, KeyError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise SampleError("movement {name} cannot be read: {reason}", name=name, reason=_why(error)) from None
    except (zipfile.BadZipFile, zlib.error):
        raise SampleError("movement {name} cannot be read: the file is damaged", name=name) from None


def _recorded(arrays: dict[str, NDArray[np.generic]]) -> Recorded:
    said = arrays.get("format")
    if said is None or said.shape != () or str(said) != FORMAT:
        raise ValueError(f"it is no movement of the format '{FORMAT}'")
    tracks = {k.removeprefix(_TRACK): v for k, v in arrays.items() if k.startswith(_TRACK)}
    jpegs: tuple[bytes, ...] = ()
    if "jpegs" in arrays:
        ends = [int(end) for end in np.asarray(arrays["jpeg_ends"], np.int64)]
        whole = np.asarray(arrays["jpegs"], np.uint8).tobytes()
        starts = [0, *ends[:-1]]
        if any(b < a for a, b in zip(starts, ends, strict=True)) or ends[-1:] != [len(whole)]:
            raise ValueError("its pictures do not fit together")
        jpegs = tuple(whole[a:b] for a, b in zip(starts, ends, strict=True))
    return Recorded(arrays["times_s"], tracks, jpegs)  # type: ignore[arg-type]


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    return str(error).strip("'\"") or "the file is damaged"
