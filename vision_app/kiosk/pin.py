"""The PIN that ends the kiosk: hashed, compared in constant time, with a delay that grows and is kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
import os
import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vision_app.documents import DocumentError, read_json
from vision_app.errors import ConfigError

LEAST_DIGITS = 4
MOST_DIGITS = 12
_LARGEST_BYTES = 4096
FREE_TRIES = 3
"""Wrong PINs before the first delay."""
FIRST_DELAY_S = 5.0
LONGEST_DELAY_S = 900.0

# Source: RFC 7914 and the documentation of hashlib.scrypt; 16 MB and some 50 ms a try
_N, _R, _P = 2**14, 8, 1
_SALT_BYTES, _KEY_BYTES = 16, 32
_LARGEST_N, _LARGEST_R, _LARGEST_P = 2**17, 16, 4
_MOST_MEMORY = 512 << 20
_HASH = re.compile(r"scrypt\$(\d{1,7})\$(\d{1,2})\$(\d)\$([A-Za-z0-9+/=]{16,128})\$([A-Za-z0-9+/=]{24,128})")


def check_pin(pin: str) -> None:
    """Refuse a PIN that cannot be typed on the pad or is found too fast.

    Raises:
        ConfigError: it has other characters than digits, or too few or too many of them.
    """
    if not (pin.isascii() and pin.isdecimal()):
        raise ConfigError("a PIN is made of digits only: the pad on the screen has no letters")
    if not LEAST_DIGITS <= len(pin) <= MOST_DIGITS:
        raise ConfigError(
            "a PIN has from {least_digits} to {most_digits} digits, got {count}",
            least_digits=LEAST_DIGITS,
            most_digits=MOST_DIGITS,
            count=len(pin),
        )
    if len(set(pin)) == 1:
        raise ConfigError("a PIN of one repeated digit is tried first; take another one")


def hash_pin(pin: str) -> str:
    """The text that stands in the kiosk file in place of the PIN.

    Raises:
        ConfigError: the PIN is refused.
    """
    check_pin(pin)
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _scrypt(pin, salt, (_N, _R, _P), _KEY_BYTES)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(key)}"


def is_hash(text: str) -> bool:
    """Whether this is a hash of a PIN that can be checked on any machine.

    >>> is_hash("1234")
    False
    """
    return _parsed(text) is not None


def is_right(pin: str, hashed: str) -> bool:
    """Whether a PIN is the one of a hash. Takes as long for a wrong one as for the right one."""
    parsed = _parsed(hashed)
    if parsed is None:
        return False
    n, r, p, salt, key = parsed
    return hmac.compare_digest(_scrypt(pin, salt, (n, r, p), len(key)), key)


def _parsed(text: str) -> tuple[int, int, int, bytes, bytes] | None:
    found = _HASH.fullmatch(text)
    if found is None:
        return None
    n, r, p = int(found[1]), int(found[2]), int(found[3])
    if not (2 <= n <= _LARGEST_N and n & (n - 1) == 0 and 1 <= r <= _LARGEST_R and 1 <= p <= _LARGEST_P):
        return None
    try:
        return n, r, p, base64.b64decode(found[4], validate=True), base64.b64decode(found[5], validate=True)
    except binascii.Error:
        return None


def _scrypt(pin: str, salt: bytes, cost: tuple[int, int, int], length: int) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p, maxmem=_MOST_MEMORY, dklen=length)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a try.

    Attributes:
        right: it was the PIN.
        wait_s: how long no other try is looked at, seconds.
    """

    right: bool
    wait_s: float = 0.0


class PinGate:
    """Lets one in who knows the PIN, and makes guessing hopeless: 10 000 PINs take more than 100 days.

    Wrong tries are counted in a file, before they are looked at, so that neither a restart nor pulling the
    plug gives new ones. What cannot be written (a full disk) is counted in memory.

    Args:
        hashed: hash of the PIN; with "" nothing is right.
        memory: file that keeps the count.
        clock: seconds since the epoch: it has to go on over a restart.
    """

    def __init__(self, hashed: str, memory: Path, clock: Callable[[], float] = time.time) -> None:
        self._hashed, self._memory, self._clock = hashed, memory, clock
        self._wrong, self._last_s = 0, 0.0
        self._load(first=True)

    @property
    def open_to_all(self) -> bool:
        """Whether there is no PIN at all, so that nobody can leave here."""
        return not self._hashed

    def wait_s(self) -> float:
        """How long no try is looked at, seconds; 0 for none.

        A clock that was set back (a machine without a battery begins in the past) does not shorten it.
        """
        now_s = self._clock()
        self._last_s = min(self._last_s, now_s)
        return max(0.0, self._last_s + delay_s(self._wrong) - now_s)

    def try_pin(self, pin: str) -> Verdict:
        """Look at a PIN; while a delay runs nothing is looked at."""
        self._load()
        left_s = self.wait_s()
        if left_s > 0:
            return Verdict(False, left_s)
        self._wrong += 1
        self._last_s = self._clock()
        self._save()
        if not is_right(pin, self._hashed):
            return Verdict(False, self.wait_s())
        self._wrong, self._last_s = 0, 0.0
        self._save()
        return Verdict(True)

    def _load(self, *, first: bool = False) -> None:
        """Take over what is on the disk, unless more is known here."""
        try:
            data = read_json(self._memory, _LARGEST_BYTES)
            wrong, last_s = int(data["wrong"]), float(data["last_s"])
            if not math.isfinite(last_s):
                raise ValueError
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError, OverflowError, DocumentError):
            if first:  # whoever damages the file gains nothing: a delay has begun
                self._wrong, self._last_s = FREE_TRIES + 1, self._clock()
            return
        if wrong >= self._wrong:
            self._wrong, self._last_s = max(0, wrong), last_s

    def _save(self) -> None:
        fresh = self._memory.with_suffix(".new")
        try:
            self._memory.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="ascii") as file:
                json.dump({"wrong": self._wrong, "last_s": self._last_s}, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._memory)
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)


def delay_s(wrong: int) -> float:
    """How long after so many wrong PINs in a row the next one is looked at, seconds.

    >>> [delay_s(n) for n in (0, 3, 4, 5, 6, 99)]
    [0.0, 5.0, 10.0, 20.0, 40.0, 900.0]
    """
    if wrong < FREE_TRIES:
        return 0.0
    return min(FIRST_DELAY_S * 2.0 ** min(wrong - FREE_TRIES, 30), LONGEST_DELAY_S)
