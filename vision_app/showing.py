r"""What may be shown of a text that comes from elsewhere: no commands to a terminal, no passwords.

Names of files and inputs, labels, licences and messages of libraries are anybody's text. An escape sequence in
them can repaint a terminal, rename its window or worse, a line break can fake a message of the program, and an
address can hold a password. All that the command line prints goes through here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vision_app.sources.urls import REDACTED, source_id, without_tokens

# C0, DEL and C1; the separators of lines and paragraphs; what turns the direction of writing; half characters
_COMMANDS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COMMANDS_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COMMON = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_SPACE = re.compile(r"(\s+)")
_OPENING, _CLOSING = "([{<\"',;", ")]}>\"',;:.!"
_LONGEST_ADDRESS = 4096


def shown(text: str) -> str:
    r"""A text as it may be shown on one line of a terminal: commands as `\x1b`, credentials as `***`.

    >>> shown("\x1b[2Jred")
    '\\x1b[2Jred'
    >>> shown("cannot open 'rtsp://me:secret@cam/1'")
    "cannot open 'rtsp://***@cam/1'"
    """
    return _COMMANDS.sub(_escaped, without_secrets(text))


def without_secrets(text: str) -> str:
    """The same text with the credentials in its addresses hidden.

    Where it is unclear how far a password goes, too much is hidden rather than too little.

    >>> without_secrets("rtsp://me:a b@cam/1 and http://cam/?token=1&x=2")
    'rtsp://***@cam/1 and http://cam/?token=***&x=2'
    """
    if "@" not in text and "=" not in text:
        return text
    done: list[str] = []
    words = _SPACE.split(text)
    while words:
        word = words.pop(0)
        if _has_user(word):  # a password with spaces in it goes on to the last @ before another address
            until = next((i for i, other in enumerate(words) if "://" in other), len(words))
            ends = max((i for i, other in enumerate(words[:until]) if "@" in other), default=None)
            if ends is not None:
                word = "_".join((word, *words[: ends + 1 : 2], words[ends]))
                del words[: ends + 1]
        done.append(_word_without_secrets(word))
    return "".join(done)


def _has_user(word: str) -> bool:
    """Whether an address begins here that can have a user with a password."""
    _, scheme, rest = word.partition("://")
    return bool(scheme) and ":" in re.split(r"[/?#]", rest, maxsplit=1)[0]


def _word_without_secrets(word: str) -> str:
    if not ("@" in word or "=" in word):
        return word
    if len(word) > _LONGEST_ADDRESS:  # no address, and searched in a time that grows with its square
        return REDACTED if "@" in word or "://" in word else word
    inner = word.lstrip(_OPENING)
    start = word[: len(word) - len(inner)]
    bare = inner.rstrip(_CLOSING)
    scheme, mark, rest = bare.partition("://")
    user, at, host = rest.rpartition("@")
    if mark and at and ":" in user:  # wherever the name of the host may begin
        hidden = f"{scheme}{mark}{REDACTED}@{without_tokens(host)}"
    else:
        hidden = without_tokens(source_id(bare))
    return f"{start}{hidden}{inner[len(bare) :]}"


def safe_json(text: str) -> str:
    r"""JSON text that means the same and holds no command to a terminal.

    >>> safe_json('"a\x9bb"')
    '"a\\u009bb"'
    """
    return _COMMANDS_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def data_without_secrets(data: Any) -> Any:
    """Plain values with the credentials in all of their texts hidden."""
    if isinstance(data, str):
        return without_secrets(data)
    if isinstance(data, Mapping):
        return {key: data_without_secrets(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [data_without_secrets(value) for value in data]
    return data


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _COMMON.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
