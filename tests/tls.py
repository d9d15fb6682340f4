"""Certificates for tests, made with the openssl command, and servers that show them."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import ssl
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """An authority of one's own; `folder/ca.pem` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.certificate = folder / "ca.pem"
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        _openssl(
            *("req", "-x509", *key, "-keyout", folder / "ca.key", "-out", self.certificate),
            *("-days", "30", "-subj", "/CN=test authority"),
        )

    def issue(self, name: str, *, days: int = 30) -> Path:
        """A certificate with its key for a host name or address; negative days make it expired."""
        path = self._folder / f"{name}{days}.pem"
        key, request, out = path.with_suffix(".key"), path.with_suffix(".csr"), path.with_suffix(".crt")
        kind = "IP" if name.replace(".", "").isdigit() else "DNS"
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        _openssl("req", *curve, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        names = self._folder / "names"
        names.write_text(f"subjectAltName={kind}:{name}\n")
        times = ["-days", str(days)]
        if days < 0:
            times = ["-not_before", "20200101000000Z", "-not_after", "20210101000000Z"]
            if not _knows_dates():
                return self._expired(path, key, request, names)
        _openssl(
            *("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._folder / "ca.key"),
            *("-CAcreateserial", "-out", out, "-extfile", names, *times),
        )
        path.write_bytes(out.read_bytes() + key.read_bytes())
        return path

    def _expired(self, path: Path, key: Path, request: Path, names: Path) -> Path:
        """The same with `openssl ca`, which older versions need for dates in the past."""
        folder, out = self._folder, path.with_suffix(".crt")
        (folder / "index").write_text("")
        (folder / "serial").write_text("1000\n")
        (folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\nnew_certs_dir={folder}\ndatabase={folder}/index\nserial={folder}/serial\n"
            "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n"
        )
        _openssl(
            *(
                "ca",
                "-batch",
                "-config",
                folder / "ca.cnf",
                "-cert",
                self.certificate,
                "-keyfile",
                folder / "ca.key",
            ),
            *("-in", request, "-out", out, "-notext", "-extfile", names),
            *("-startdate", "20200101000000Z", "-enddate", "20210101000000Z"),
        )
        path.write_bytes(out.read_bytes() + key.read_bytes())
        return path


def _knows_dates() -> bool:
    told = subprocess.run(["openssl", "x509", "-help"], capture_output=True, text=True, check=False)
    return "-not_before" in told.stderr + told.stdout


def fingerprint_of(path: Path) -> str:
    """SHA-256 of the certificate in a file, as it is shown."""
    der = ssl.PEM_cert_to_DER_cert(path.read_text().partition("-----BEGIN PRIVATE")[0])
    return hashlib.sha256(der).digest().hex(":").upper()


@dataclass
class TlsServer:
    """Serves some paths, encrypted where it has a certificate; keeps what it was sent.

    Attributes:
        certificate: certificate and key; None for plain HTTP.
        files: path to content type and content.
        redirects: path to where it moved.
        login: user:password that it wants; None for nothing.
    """

    certificate: Path | None = None
    files: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    redirects: Mapping[str, str] = field(default_factory=dict)
    login: str | None = None

    def __post_init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        """Path and Authorization header of each request."""
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if self.certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, login: str = "", host: str = "127.0.0.1") -> str:
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://{login + '@' if login else ''}{host}:{self.port}{path}"

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def handle(self) -> None:
                with contextlib.suppress(OSError):  # the client does not like the certificate, as tests want
                    super().handle()

            def do_GET(self) -> None:
                import base64

                outer.asked.append((self.path, self.headers.get("Authorization")))
                wanted = outer.login and "Basic " + base64.b64encode(outer.login.encode()).decode()
                path = self.path.partition("?")[0]
                if wanted and self.headers.get("Authorization") != wanted:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                elif path in outer.redirects:
                    self.send_response(302)
                    self.send_header("Location", outer.redirects[path])
                elif path in outer.files:
                    kind, data = outer.files[path]
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                    return
                else:
                    self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()

        return Handler

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
