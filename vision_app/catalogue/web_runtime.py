"""ONNX Runtime for browsers: three files out of the npm package `onnxruntime-web`, checked and kept."""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import requests

from vision_app import __version__
from vision_app.errors import DownloadError, disk_reason
from vision_app.messages import Message
from vision_app.paths import path_of
from vision_app.replacing import replace_bytes

VERSION = "1.30.0"
URL = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
BYTES = 33_106_585
SHA256 = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
FILES = {
    "ort.wasm.min.js": "faece07e84faa9001f5104bbe4e5c70861d06cb2376a0dea1fa0ad33a67adc81",
    "ort-wasm-simd-threaded.mjs": "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
"""What a page needs of the package, with the SHA-256 of each."""
CACHE_VARIABLE = "VISION_APP_CACHE"

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30.0
_OK = 200

Progress = Callable[[int, int], None]
"""Is told the bytes that have come, and of how many."""


@dataclass(frozen=True, slots=True)
class WebRuntime:
    """The three files.

    Attributes:
        script: what a page loads, defines `ort`.
        module: the glue between it and the compiled part.
        wasm: the compiled part.
    """

    script: bytes
    module: bytes
    wasm: bytes


def folder() -> Path:
    """Where the files are kept once they have been fetched."""
    override = os.environ.get(CACHE_VARIABLE)
    base = path_of(override) if override else platformdirs.user_cache_path("vision-app")
    return base / f"onnxruntime-web-{VERSION}"


def brought() -> Path:
    """Where a package that was brought by hand is looked for."""
    return folder().with_name(URL.rpartition("/")[2])


def web_runtime(package: Path | None = None, progress: Progress | None = None) -> WebRuntime:
    """The runtime: from the cache, out of a package on this disk, or fetched once from the npm registry.

    Args:
        package: `onnxruntime-web-VERSION.tgz`, brought by hand; None to look into the cache and for one that was
            put at `brought()`, then to fetch it.
        progress: told of a download.

    Raises:
        DownloadError: it cannot be had, or is not what was published.
    """
    kept = None if package is not None else _kept()
    if kept is not None:
        return kept
    if package is None and brought().is_file():
        package = brought()
    data = _read(path_of(package)) if package is not None else _fetched(progress)
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise DownloadError(
            "{what} is not onnxruntime-web {version} as it was published: SHA-256 {wanted} was wanted, {came} "
            "came; nothing of it was used",
            what=package or URL,
            version=VERSION,
            wanted=SHA256,
            came=hashlib.sha256(data).hexdigest(),
        )
    found = _taken_out(data)
    _keep(found)
    return _as_runtime(found)


def _as_runtime(found: dict[str, bytes]) -> WebRuntime:
    return WebRuntime(*(found[name] for name in FILES))


def _kept() -> WebRuntime | None:
    """What lies in the cache, whole and unchanged; None else."""
    found = {}
    for name, wanted in FILES.items():
        try:
            found[name] = (folder() / name).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(found[name]).hexdigest() != wanted:
            return None
    return _as_runtime(found)


def _keep(found: dict[str, bytes]) -> None:
    """For the next time; a full disk only means that it is fetched again."""
    try:
        for name, data in found.items():
            replace_bytes(folder() / name, data)
    except OSError:
        return


def _taken_out(data: bytes) -> dict[str, bytes]:
    import io

    found = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as package:
        for name in FILES:
            member = package.extractfile(f"package/dist/{name}")
            assert member is not None  # the hash of the whole package was right
            found[name] = member.read()
    return found


def _read(package: Path) -> bytes:
    try:
        return package.read_bytes()
    except OSError as error:
        raise DownloadError(
            "{package} cannot be read: {reason}", package=package, reason=disk_reason(error)
        ) from error


def _fetched(progress: Progress | None) -> bytes:
    data = bytearray()
    try:
        headers = {"User-Agent": f"vision-app/{__version__}"}
        with requests.get(URL, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
            if response.status_code != _OK:
                raise _unreachable(Message("the server answers {status}", status=response.status_code))
            for chunk in response.iter_content(_CHUNK_BYTES):
                data += chunk
                if len(data) > BYTES:
                    break  # the hash tells
                if progress is not None:
                    progress(len(data), BYTES)
    except requests.RequestException as error:
        # its own text can hold the secrets of a proxy's address
        raise _unreachable(Message(type(error).__name__)) from None
    return bytes(data)


def _unreachable(why: Message) -> DownloadError:
    return DownloadError(
        "a page needs onnxruntime-web {version}, {megabytes:.0f} MB from the npm registry, once; it cannot be "
        "fetched ({why}). Without a connection here: get {url} elsewhere (SHA-256 {sha256}) and put it at "
        "{place}",
        version=VERSION,
        megabytes=BYTES / 1e6,
        why=why,
        url=URL,
        sha256=SHA256,
        place=brought(),
    )
