"""A real browser, driven through WebDriver with nothing but the standard library."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_STARTS_WITHIN_S = 60.0
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def missing() -> str:
    """Why no browser can be driven here; "" when one can."""
    gone = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"{' and '.join(gone)} not installed (Debian: chromium, chromium-driver)" if gone else ""


class Browser:
    """One headless Chromium."""

    def __init__(self, base: str) -> None:
        self._base = base

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """A command of WebDriver, and what it gives."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._base + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def open(self, url: str) -> None:
        """Load a page."""
        self.call("POST", "/url", {"url": url})

    def run(self, script: str, *arguments: Any) -> Any:
        """The value of an async function body."""
        wrapped = (
            "const done = arguments[arguments.length - 1];"
            f"(async (...args) => {{ {script} }})(...[...arguments].slice(0, -1))"
            ".then((v) => done({v}), (e) => done({e: `${e}`}));"
        )
        said = self.call("POST", "/execute/async", {"script": wrapped, "args": list(arguments)})
        assert "e" not in said, said["e"]
        return said.get("v")

    def put_file(self, selector: str, path: Path) -> None:
        """Choose a file in an `<input type=file>`."""
        element = self.call("POST", "/element", {"using": "css selector", "value": selector})
        self.call("POST", f"/element/{element[_ELEMENT]}/value", {"text": str(path)})

    def picture(self, path: Path) -> None:
        """What is seen, as a PNG."""
        import base64

        path.write_bytes(base64.b64decode(self.call("GET", "/screenshot")))

    def wait(self, condition: str, within_s: float = 90.0) -> Any:
        """The value of an expression once it is true."""
        until = time.monotonic() + within_s
        while not (value := self.run(f"return {condition};")):
            assert time.monotonic() < until, f"never true: {condition}"
            time.sleep(0.1)
        return value


@contextmanager
def browser(flags: Sequence[str] = (), language: str = "en") -> Iterator[Browser]:
    """A headless Chromium with these flags."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = f"http://127.0.0.1:{port}"
    try:
        _wait_for(server)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *flags]
        options = {
            "args": [*arguments, f"--lang={language}", "--window-size=1280,860"],
            "prefs": {"intl.accept_languages": language},
        }
        wanted = {
            "capabilities": {
                "alwaysMatch": {
                    "browserName": "chrome",
                    "goog:chromeOptions": options,
                    "timeouts": {"script": 120_000, "pageLoad": 120_000, "implicit": 0},
                }
            }
        }
        session = Browser(server).call("POST", "/session", wanted)
        found = Browser(f"{server}/session/{session['sessionId']}")
        try:
            yield found
        finally:
            found.call("DELETE", "")
    finally:
        driver.terminate()
        driver.wait(30)


def _wait_for(server: str) -> None:
    until = time.monotonic() + _STARTS_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"{server}/status", timeout=5):
                return
        except OSError:
            assert time.monotonic() < until, "chromedriver does not start"
            time.sleep(0.1)
