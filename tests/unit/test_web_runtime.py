"""ONNX Runtime for browsers: fetched once, checked, kept; without a network one line says what to bring."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tests.file_server import FileServer
from vision_app.catalogue import web_runtime as module
from vision_app.catalogue.web_runtime import FILES, folder, web_runtime
from vision_app.errors import DownloadError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A package of three tiny files, whose hashes are the ones that are wanted."""
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))
    contents = {name: name.encode() for name in FILES}
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as file:
        for name, data in contents.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(data)
            file.addfile(member, io.BytesIO(data))
    data = made.getvalue()
    monkeypatch.setattr(module, "FILES", {n: hashlib.sha256(d).hexdigest() for n, d in contents.items()})
    monkeypatch.setattr(module, "SHA256", hashlib.sha256(data).hexdigest())
    monkeypatch.setattr(module, "BYTES", len(data))
    return data


def test_it_is_fetched_once_and_kept(package: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[int, int]] = []
    with FileServer(package) as server:
        monkeypatch.setattr(module, "URL", server.url)
        first = web_runtime(progress=lambda done, total: told.append((done, total)))
        second = web_runtime()
        assert len(server.requests) == 1
    assert first == second
    assert first.script == b"ort.wasm.min.js"
    assert first.wasm == b"ort-wasm-simd-threaded.wasm"
    assert told[-1] == (len(package), len(package))


def test_what_was_changed_in_the_cache_is_fetched_again(
    package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FileServer(package) as server:
        monkeypatch.setattr(module, "URL", server.url)
        web_runtime()
        (folder() / "ort.wasm.min.js").write_bytes(b"something else")
        assert web_runtime().script == b"ort.wasm.min.js"
        assert len(server.requests) == 2


def test_another_package_is_refused(package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FileServer(package + b"x") as server:
        monkeypatch.setattr(module, "URL", server.url)
        with pytest.raises(DownloadError, match=r"is not onnxruntime-web .* as it was published"):
            web_runtime()
    changed = tmp_path / "changed.tgz"
    changed.write_bytes(package[:-1])
    with pytest.raises(DownloadError, match=r"changed\.tgz is not onnxruntime-web"):
        web_runtime(changed)
    assert not folder().exists()


def test_without_a_network_a_package_from_elsewhere_does(
    package: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "URL", "http://127.0.0.1:9/x.tgz")
    with pytest.raises(DownloadError, match=r"cannot be fetched .* put it at .*cache.x.tgz"):
        web_runtime()
    module.brought().parent.mkdir(exist_ok=True)
    module.brought().write_bytes(package)
    assert web_runtime().wasm == b"ort-wasm-simd-threaded.wasm"
    other = tmp_path / "other.tgz"
    other.write_bytes(package)
    assert web_runtime(other).module == b"ort-wasm-simd-threaded.mjs"
    with pytest.raises(DownloadError, match=r"gone\.tgz cannot be read"):
        web_runtime(tmp_path / "gone.tgz")
