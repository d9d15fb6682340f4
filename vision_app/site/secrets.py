"""Passwords of a site: in the environment or in a file that only its owner can read, never in the site file."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from vision_app.documents import DocumentError, parse_toml
from vision_app.errors import ConfigError
from vision_app.messages import Message, message_of
from vision_app.sources.urls import REDACTED

PREFIX = "VISION_APP_SECRET_"
FILE_NAME = "secrets.toml"
_NAME = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_BROKEN = re.compile(r"\$\{[^}]*\}?")
_LEAST_HIDDEN = 4
_LARGEST_BYTES = 1 << 16


class Secrets:
    """The secrets that a site file names as `${NAME}`.

    Each is looked for in the variable `VISION_APP_SECRET_NAME`, among the credentials that systemd hands over, and in
    the file `secrets.toml` beside the site file. Other variables are none of a site's business: a file from a
    stranger could send them anywhere.

    Args:
        folder: of the site.
        environment: variables; None for those of the process.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._path = folder / FILE_NAME
        self._environment = os.environ if environment is None else environment
        self._file: Mapping[str, str] | None = None
        self._used: set[str] = set()

    def fill(self, text: str, *, in_address: bool = False) -> str:
        """A text with its secrets.

        Args:
            text: with `${NAME}` for each of them.
            in_address: write them so that an address takes them for one part, whatever they contain.

        Raises:
            ConfigError: there is no such secret, or its file can be read by others.
        """

        def value(found: re.Match[str]) -> str:
            secret = self._value(found[1])
            return quote(secret, safe="") if in_address else secret

        if odd := _BROKEN.search(_NAME.sub("", text)):
            raise ConfigError(
                "'{odd}' is no name of a secret: write ${{NAME}} with letters, digits and _", odd=odd[0]
            )
        return _NAME.sub(value, text)

    def hide(self, text: str) -> str:
        """A text without the secrets that were used until now. A message stays one, its values without them."""
        if isinstance(text, Message) and text.values:
            values = {name: self._hidden(value) for name, value in text.values.items()}
            return Message.spelled(self._bare(text), text.template, values)
        return Message(self._bare(text)) if isinstance(text, Message) else self._bare(text)

    def _hidden(self, value: object) -> object:
        if isinstance(value, BaseException):
            return self.hide(message_of(value))
        if isinstance(value, str):
            return self.hide(value)
        return Path(self._bare(str(value))) if isinstance(value, Path) else value

    def _bare(self, text: str) -> str:
        for secret in sorted(self._used, key=len, reverse=True):
            for form in (secret, quote(secret, safe="")):
                if len(form) >= _LEAST_HIDDEN:
                    text = text.replace(form, REDACTED)
        return text

    def _value(self, name: str) -> str:
        secret = self._environment.get(PREFIX + name) or self._credential(name) or self._from_file().get(name)
        if not secret:
            raise ConfigError(
                "there is no secret {name}: set the variable {prefix}{name}, or write a line {name} = "
                '"..." into {path} and let only yourself read it (chmod 600)',
                name=name,
                prefix=PREFIX,
                path=self._path,
            )
        self._used.add(secret)
        return secret

    def _credential(self, name: str) -> str | None:
        """What systemd's LoadCredential has put there. Source: systemd.exec(5)."""
        folder = self._environment.get("CREDENTIALS_DIRECTORY")
        if not folder:
            return None
        try:
            return (Path(folder) / name).read_text(encoding="utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError):
            return None

    def _from_file(self) -> Mapping[str, str]:
        if self._file is None:
            self._file = _read(self._path)
        return self._file


def _read(path: Path) -> dict[str, str]:
    """The secrets of a file, which only its owner may read.

    Raises:
        ConfigError: others may, or it is no such file.
    """
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError("{path} cannot be read: {reason}", path=path, reason=error.strerror) from None
    with os.fdopen(fd, "rb") as file:
        facts = os.fstat(file.fileno())
        if os.name == "posix" and (facts.st_mode & 0o077 or not stat.S_ISREG(facts.st_mode)):
            raise ConfigError(
                "{path} can be read by others (mode {mode:04o}); write: chmod 600 {path}",
                path=path,
                mode=stat.S_IMODE(facts.st_mode),
            )
        if os.name == "posix" and facts.st_uid not in (0, os.geteuid()):
            raise ConfigError("{path} belongs to another user", path=path)
        data = file.read(_LARGEST_BYTES + 1)
    if len(data) > _LARGEST_BYTES:
        raise ConfigError("{path} is too long for a file of secrets", path=path)
    try:
        values = parse_toml(data.decode("utf-8", "replace"), FILE_NAME)
    except DocumentError as error:  # its text would quote the line
        line = f" line {error.line}" if error.line else ""
        raise ConfigError('{path}{line}: write NAME = "secret", one a line', path=path, line=line) from None
    wrong = next((name for name, value in values.items() if not isinstance(value, str)), None)
    if wrong is not None:
        raise ConfigError('{path}: {name} must be a text: {name} = "..."', path=path, name=wrong)
    return values
