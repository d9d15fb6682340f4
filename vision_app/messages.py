"""Messages that can be said in several languages: an English template, and the values of its fields.

A message is written once, in English, where it arises. It is an ordinary `str` with the English text, so whatever
keeps, prints or compares texts need not know of languages. Its template is the code by which a translation is
found; the catalogue of a language is a gettext file of templates, `assets/messages/LANGUAGE.po`.
"""

from __future__ import annotations

import ast
import copy
import errno
import logging
import os
import re
import string
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from vision_app.resources import assets_dir

LANGUAGES: Final = ("en", "ko")
VARIABLE: Final = "VISION_APP_LANGUAGE"
"""Environment variable that names the language of the command line; it counts before `LC_ALL` and `LANG`."""

LONGEST = 1200

_in_force = ["en"]
_reworded: list[Mapping[str, str]] = [{}]


class Message(str):
    """A text with the template and the values that it was made of.

    >>> message = Message("no such file: {path}", path="a.png")
    >>> message, message.template
    ('no such file: a.png', 'no such file: {path}')

    Attributes:
        template: the English text with fields as of `str.format`; without fields, the text itself.
        values: the value of each field. Messages and errors among them are translated as well, texts are not:
            they are names and paths.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, /, **values: object) -> Message:
        """Fill the fields of the template in."""
        return cls.spelled(template.format_map(values) if values else template, template, values)

    @classmethod
    def spelled(cls, text: str, template: str, values: Mapping[str, object]) -> Message:
        """A message whose English text is given as well."""
        made = super().__new__(cls, text)
        made.template, made.values = template, values
        return made

    def without(self, field: str) -> Message:
        """The same with one of its fields left empty, such as the flags of a command line in a window."""
        return Message(self.template, **{**self.values, field: ""}) if field in self.values else self

    def __add__(self, other: str) -> Message:
        """Both, one after the other."""
        return Message("{first}{second}", first=self, second=other)

    def __radd__(self, other: str) -> Message:
        """A text, and this after it."""
        return Message("{first}{second}", first=other, second=self)


def listed(parts: Iterable[object], separator: str = ", ") -> Message:
    """Several messages as one.

    >>> listed([Message("a cat"), Message("a dog")], " or ")
    'a cat or a dog'
    """
    values: dict[str, object] = {f"part_{number}": part for number, part in enumerate(parts)}
    between = Message(separator)
    return Message("{between}".join(f"{{{name}}}" for name in values), between=between, **values)


def speak(language: str) -> None:
    """Choose the language in which `told` speaks from now on, in the whole process."""
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    _in_force[0] = language


def reword(wordings: Mapping[str, str]) -> None:
    """Say these templates in other words from now on, in the whole process: a window has neither flags nor commands.

    Args:
        wordings: template to the one that is said instead, with the same fields or some of them.
    """
    _reworded[0] = wordings


def spoken() -> str:
    """The code of the language in force."""
    return _in_force[0]


def language_of_environment(environment: Mapping[str, str] = os.environ) -> str:
    """The language that a user of the command line wants: `VISION_APP_LANGUAGE`, else that of the locale.

    >>> language_of_environment({"LANG": "ko_KR.UTF-8"}), language_of_environment({"LANG": "C"})
    ('ko', 'en')
    """
    for name in (VARIABLE, "LC_ALL", "LC_MESSAGES", "LANG"):  # the first that is set counts, as POSIX has it
        if wanted := environment.get(name):
            code = wanted.replace("-", "_").split("_")[0].split(".")[0].lower()
            return code if code in LANGUAGES else "en"
    return "en"


def told(what: object, language: str | None = None) -> str:
    """A message or an error in a language; what has no translation, and any other text, stays as it is.

    Args:
        what: a message; or an error, of which its message counts.
        language: code of the language; None for that in force.
    """
    code = language or _in_force[0]
    if isinstance(what, BaseException):
        what = message_of(what)
    if not isinstance(what, Message) or (code == "en" and not _is_reworded(what)):
        return str(what)
    template = _reworded[0].get(what.template, what.template)
    if code != "en":
        template = catalogue(code).get(template, template)
    if not what.values:
        return template
    values = {name: _told_value(value, code) for name, value in what.values.items()}
    text = with_particles(string.Formatter().vformat(template, (), values))
    return text if "\n" in template else in_short(text)


def _is_reworded(what: Message) -> bool:
    """Whether it, or a message in it, is said in other words."""
    if not _reworded[0]:
        return False
    inner = (message_of(v) if isinstance(v, BaseException) else v for v in what.values.values())
    return what.template in _reworded[0] or any(isinstance(v, Message) and _is_reworded(v) for v in inner)


def _told_value(value: object, code: str) -> object:
    if isinstance(value, Message | BaseException):
        return told(value, code)
    share = _SHARE.fullmatch(value) if code == "ko" and isinstance(value, str) else None
    return f"{share[1]}%" if share else value


_PARTICLE = re.compile(
    r"""([가-힣0-9])((?:['"’”»)\]]|</\w+>)*)(은\(는\)|이\(가\)|을\(를\)|와\(과\)|과\(와\)|\(으\)로|\(이\)라는)"""
)
_PARTICLES: Final = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "와(과)": ("과", "와"),
    "과(와)": ("과", "와"),
    "(으)로": ("으로", "로"),
    "(이)라는": ("이라는", "라는"),
}
_SHARE = re.compile(r"([\d.]+) %")
"""A value that is a share as English has it here; Korean writes no space before the sign."""
_DIGITS_IN_L: Final = "178"
"""Digits whose Korean name ends in ㄹ: 일, 칠, 팔."""
_DIGITS_OPEN: Final = "2459"
"""Digits whose Korean name ends in a vowel: 이, 사, 오, 구."""


def with_particles(text: str) -> str:
    """Korean with the particle that fits the sound before it; after other letters both stay, as is usual.

    Closing quotes and the ends of HTML elements may stand between.

    >>> with_particles("샘플을(를) 3(으)로, '사과'이(가) a.png을(를)")
    "샘플을 3으로, '사과'가 a.png을(를)"
    """

    def chosen(found: re.Match[str]) -> str:
        letter, closing, both = found.groups()
        if letter.isdigit():
            has_final, ends_in_l = letter not in _DIGITS_OPEN, letter in _DIGITS_IN_L
        else:
            final = (ord(letter) - ord("가")) % 28
            has_final, ends_in_l = final != 0, final == 8
        after_consonant, after_vowel = _PARTICLES[both]
        is_open = not has_final or (both == "(으)로" and ends_in_l)
        return f"{letter}{closing}{after_vowel if is_open else after_consonant}"

    return _PARTICLE.sub(chosen, text)


PLAIN_SPEC = re.compile(r"[+,]?(\.\d{1,2})?[defg%]?")
"""How values of a stored message may be formatted: a width could ask for any amount of memory."""


def as_record(text: object) -> object:
    """A message as plain values that a JSON file can hold; anything else as text, but numbers as they are."""
    if isinstance(text, Message):
        values = {name: as_record(value) for name, value in text.values.items()}
        return {"template": text.template, "values": values}
    return text if text is None or isinstance(text, int | float) else str(text)


def from_record(record: object, text: str) -> str:
    """The message that `as_record` kept beside its text; the text alone where they do not fit together.

    >>> kept = as_record(Message("Stopped after all {epochs} epochs.", epochs=9))
    >>> from_record(kept, "Stopped after all 9 epochs.").template
    'Stopped after all {epochs} epochs.'
    """
    try:
        made = _made_of(record)
    except (LookupError, ValueError, TypeError):  # another program wrote it
        return text
    return made if isinstance(made, Message) and made == text else text


def _made_of(record: object) -> object:
    if not isinstance(record, Mapping):
        return record
    template, values = str(record["template"]), dict(record["values"])
    for _, name, spec, _ in string.Formatter().parse(template):
        if name is not None and not (name.isidentifier() and PLAIN_SPEC.fullmatch(spec or "")):
            raise ValueError("a field that reaches further than its value")
    return Message(template, **{str(name): _made_of(value) for name, value in values.items()})


def message_of(error: BaseException) -> Message:
    """What an error says, on one line; of the system's errors in our own words, for they can be translated."""
    said: object = getattr(error, "message", None) or (error.args[0] if error.args else None)
    if isinstance(said, Message):
        return Message.spelled(in_short(said), said.template, said.values)
    if isinstance(error, OSError) and error.strerror:
        reason = reason_of(error)
        if error.filename:
            return Message("{file}: {reason}", file=error.filename, reason=reason)
        return reason if isinstance(reason, Message) else Message(reason)
    if getattr(error, "errno", None) in _FFMPEG and isinstance(reason := cause_of(error), Message):
        return reason
    return Message(in_short(" ".join(str(error).split()) or type(error).__name__))


def in_short(text: str) -> str:
    """The text on one line; of a very long one, which quotes something, its beginning and end."""
    text = " ".join(text.splitlines())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 300]} ... {text[-250:]}"


_REASONS: Final = {
    errno.ENOENT: Message("No such file or directory"),
    errno.EACCES: Message("Permission denied"),
    errno.EPERM: Message("Operation not permitted"),
    errno.EISDIR: Message("Is a directory"),
    errno.ENOTDIR: Message("Not a directory"),
    errno.EEXIST: Message("File exists"),
    errno.ENOTEMPTY: Message("Directory not empty"),
    errno.EROFS: Message("Read-only file system"),
    errno.ENAMETOOLONG: Message("File name too long"),
    errno.EBUSY: Message("Device or resource busy"),
    errno.EIO: Message("Input/output error"),
    errno.EMFILE: Message("Too many open files"),
    errno.ENXIO: Message("No such device or address"),
    errno.ENODEV: Message("No such device"),
    errno.EPIPE: Message("Broken pipe"),
    errno.ECONNREFUSED: Message("Connection refused"),
    errno.ECONNRESET: Message("Connection reset by peer"),
    errno.ETIMEDOUT: Message("Connection timed out"),
    errno.ENETUNREACH: Message("Network is unreachable"),
    errno.EHOSTUNREACH: Message("No route to host"),
    errno.EADDRINUSE: Message("Address already in use"),
    errno.ENOMEM: Message("Cannot allocate memory"),
    errno.EINVAL: Message("Invalid argument"),
    errno.ENOSPC: Message("the disk is full"),
    errno.EFBIG: Message("the disk is full"),
}

_FFMPEG: Final = {  # tags of four letters, as numbers. Source: libavutil/error.h, av_strerror
    1094995529: Message("Invalid data found when processing input"),
    541478725: Message("End of file"),
    1330794744: Message("Protocol not found"),
    1128613112: Message("Decoder not found"),
    1296385272: Message("Demuxer not found"),
    1129203192: Message("Encoder not found"),
    1481985528: Message("Muxer not found"),
    808465656: Message("Server returned 400 Bad Request"),
    825242872: Message("Server returned 401 Unauthorized (authorization failed)"),
    858797304: Message("Server returned 403 Forbidden (access denied)"),
    875574520: Message("Server returned 404 Not Found"),
    1482175992: Message("Server returned 5XX Server Error reply"),
    542398533: Message("Generic error in an external library"),
    1313558101: Message("Unknown error occurred"),
    1163346256: Message("Not yet implemented in FFmpeg, patches welcome"),
}


def reason_of(error: OSError) -> str:
    """What the system says of a file or connection: a message where it is one that we know."""
    known = _REASONS.get(error.errno or 0) or _FFMPEG.get(error.errno or 0)
    if known is not None and known in (error.strerror, "the disk is full"):
        return known
    return error.strerror or str(error)


def cause_of(error: object) -> str:
    """What the system says, else the kind of the error: never its text, which can hold the secrets of an address."""
    if getattr(error, "strerror", None):
        known = OSError(getattr(error, "errno", None), getattr(error, "strerror", None))
        return reason_of(known)
    return type(error).__name__


class ToldFormatter(logging.Formatter):
    """Lines of a log: warnings and errors in the language in force where they are messages, all else as it is."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; other handlers of the record get it as it was."""
        if isinstance(record.msg, Message) and record.levelno >= logging.WARNING:
            record = copy.copy(record)
            record.msg = told(record.msg)
        return super().format(record)


def _unquoted(quoted: str) -> str:
    return str(ast.literal_eval(quoted)) if "\\" in quoted else quoted[1:-1]


@lru_cache(maxsize=4)
def catalogue(language: str) -> Mapping[str, str]:
    """English template to its translation."""
    if language == "en":
        return {}
    path = assets_dir() / "messages" / f"{language}.po"
    return dict(read_po(path.read_text(encoding="utf-8")))


def read_po(text: str) -> Iterable[tuple[str, str]]:
    r"""The pairs of a gettext file, without its header and what has no translation yet.

    >>> list(read_po('msgid "a "\n"dog"\nmsgstr "개"\n'))
    [('a dog', '개')]
    """
    said: dict[str, str] = {}
    keyword = ""
    for line in (*text.splitlines(), 'msgid ""'):
        if line.startswith("msgid ") and keyword:
            if said.get("msgid") and said.get("msgstr"):
                yield said["msgid"], said["msgstr"]
            said = {}
        if line.startswith(("msgid ", "msgstr ")):
            keyword = line.split(" ", 1)[0]
        quoted = line.removeprefix(f"{keyword} ")
        if keyword and quoted.startswith('"'):
            said[keyword] = said.get(keyword, "") + _unquoted(quoted)
