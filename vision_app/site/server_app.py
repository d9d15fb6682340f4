"""The server's paths, and who may ask for them."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from vision_app.memory import resident_mb
from vision_app.resources import assets_dir
from vision_app.site.server import Board, is_loopback, record_of
from vision_app.site.sinks import StreamFacts

_COOKIE = "vision_app_token"
_SEND_S = 10.0
_IDLE_S = 15.0
_FACTS_EVERY_S = 2.0
_WRONG_TOKEN_S = 0.3
_PAGE = {
    "": ("page.html", "text/html"),
    "page.js": ("page.js", "text/javascript"),
    "page.css": ("page.css", "text/css"),
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Scope = MutableMapping[str, Any]
Figures = list[tuple[dict[str, str], float]]
App = Callable[[Scope, Any, Any], Awaitable[None]]


def make_app(board: Board, token: str, *, local_only: bool) -> App:
    """The application.

    Args:
        board: what there is to see.
        token: what a browser has to know; "" for nothing.
        local_only: answer only to names of this machine.
    """

    @asynccontextmanager
    async def begin(_: Starlette) -> AsyncIterator[None]:
        board.attach(asyncio.get_running_loop())
        yield

    async def page(request: Request) -> Response:
        name, kind = _PAGE[request.path_params.get("name", "")]
        return Response((assets_dir() / "serve" / name).read_bytes(), media_type=kind)

    async def picture(request: Request) -> Response:
        painted = await board.jpeg(request.path_params["stream"])
        return _no_such_stream() if painted is None else Response(painted[1], media_type="image/jpeg")

    async def pictures(request: Request) -> Response:
        stream = request.path_params["stream"]
        if stream not in board.site.streams:
            return _no_such_stream()
        return StreamingResponse(
            _mjpeg(board, stream), media_type="multipart/x-mixed-replace; boundary=frame"
        )

    async def health(_: Request) -> Response:
        facts = board.site.facts()
        good = all(f.state in ("running", "ended") for f in facts.values())
        records = {name: {"state": f.state, "fps": f.fps, "error": f.error} for name, f in facts.items()}
        return JSONResponse({"ok": good, "streams": records}, 200 if good else 503)

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(metrics_of(board), media_type="text/plain; version=0.0.4")

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        with suppress(WebSocketDisconnect, asyncio.TimeoutError, RuntimeError, OSError):
            await _feed(board, socket)
        with suppress(WebSocketDisconnect, RuntimeError, OSError):
            await socket.close()

    routes = [
        Route("/", page),
        Route("/health", health),
        Route("/metrics", metrics),
        Route("/streams/{stream:path}.jpg", picture),
        Route("/streams/{stream:path}.mjpeg", pictures),
        Route("/{name}", _only_known(page)),
        WebSocketRoute("/live", live),
    ]
    return _Guard(Starlette(routes=routes, lifespan=begin), token, local_only=local_only)


def _only_known(page: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def known(request: Request) -> Response:
        if request.path_params["name"] not in _PAGE:
            return PlainTextResponse("no such page", 404)
        return await page(request)

    return known


def _no_such_stream() -> Response:
    return PlainTextResponse("no such stream, or no picture yet", 404)


async def _mjpeg(board: Board, stream: str) -> AsyncIterator[bytes]:
    """Pictures as they come, at most as many a second as wanted.

    Chromium shows a picture when the head of the next has come: one that stands still is sent twice.
    """
    loop = asyncio.get_running_loop()
    sent, part, again = None, b"", False
    yield b"--frame\r\n"
    while not board.closed:
        began_s = loop.time()
        painted = await board.jpeg(stream)
        if painted is not None and painted[0] is not sent:
            head = f"Content-Type: image/jpeg\r\nContent-Length: {len(painted[1])}\r\n\r\n"
            sent, part, again = painted[0], head.encode("ascii") + painted[1] + b"\r\n--frame\r\n", True
            yield part
        elif again:
            again = False
            yield part
        else:
            await _news(board, _IDLE_S)
        await asyncio.sleep(max(0.0, began_s + board.period_s - loop.time()))


async def _news(board: Board, wait_s: float) -> None:
    with suppress(asyncio.TimeoutError):
        async with asyncio.timeout(wait_s), board.changed:
            await board.changed.wait()


async def _feed(board: Board, socket: WebSocket) -> None:
    """Send what is new: the newest of each stream, and every event that is still kept."""
    loop = asyncio.get_running_loop()
    names = {"type": "site", "name": board.site.name, "streams": list(board.site.streams)}
    await _send(socket, names)
    sent: dict[str, object] = {}
    seen, told_s = 0, -_FACTS_EVERY_S
    listening = asyncio.create_task(_until_it_leaves(socket))
    try:
        while not (listening.done() or board.closed):
            began_s = loop.time()
            for stream, update in list(board.updates.items()):
                if sent.get(stream) is not update:
                    sent[stream] = update
                    await _send(socket, record_of(update))
            for number, event in [e for e in list(board.events) if e[0] > seen]:
                seen = number
                await _send(socket, {"type": "event", **event.as_record()})
            if began_s - told_s >= _FACTS_EVERY_S:  # a stream that is lost has no updates
                told_s = began_s
                facts = {name: asdict(one) for name, one in board.site.facts().items()}
                await _send(socket, {"type": "facts", "streams": facts})
            await _news(board, _FACTS_EVERY_S)
            await asyncio.sleep(max(0.0, began_s + board.period_s - loop.time()))
    finally:
        listening.cancel()


async def _until_it_leaves(socket: WebSocket) -> None:
    """Nothing that a browser says is heard."""
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()


async def _send(socket: WebSocket, record: dict[str, Any]) -> None:
    async with asyncio.timeout(_SEND_S):  # a browser that takes nothing for so long is let go
        await socket.send_text(json.dumps(record, ensure_ascii=False))


def metrics_of(board: Board) -> str:
    """Figures in the text format of Prometheus.

    Source: Prometheus, "Exposition formats", text format 0.0.4.
    """
    facts = board.site.facts()

    def each(figure: Callable[[StreamFacts], float]) -> Figures:
        return [({"stream": name}, figure(one)) for name, one in facts.items()]

    ages: Figures = [
        ({"stream": name, "quantile": quantile}, value / 1000)
        for name, one in facts.items()
        for quantile, value in (("0.5", one.age_p50_ms), ("0.95", one.age_p95_ms))
    ]
    counts: Figures = [
        ({"stream": name, "count": what}, value)
        for name, update in list(board.updates.items())
        for what, value in update.counts.items()
    ]
    events: Figures = [
        ({"stream": stream, "rule": rule, "kind": kind}, value)
        for (stream, rule, kind), value in list(board.event_counts.items())
    ]
    figures: list[tuple[str, str, str, Figures]] = [
        ("up", "gauge", "whether a stream runs", each(lambda f: float(f.state == "running"))),
        ("frames_total", "counter", "frames", each(lambda f: f.frames)),
        ("dropped_total", "counter", "frames passed over", each(lambda f: f.dropped)),
        ("fps", "gauge", "frames a second", each(lambda f: f.fps)),
        ("inferred_fps", "gauge", "frames a second that models see", each(lambda f: f.inferred)),
        ("rested_share", "gauge", "share of frames without a change", each(lambda f: f.rested)),
        ("expected_share", "gauge", "share of frames between looks, by tracks", each(lambda f: f.expected)),
        ("age_seconds", "gauge", "age of a frame when its results are there", ages),
        ("count", "gauge", "figures of the rules", counts),
        ("events_total", "counter", "events", events),
        ("resident_memory_bytes", "gauge", "memory of the process", [({}, (resident_mb() or 0.0) * 1e6)]),
    ]
    lines = []
    for name, kind, words, values in figures:
        lines += [f"# HELP vision_app_{name} {words}", f"# TYPE vision_app_{name} {kind}"]
        lines += [f"vision_app_{name}{_labels(labels)} {value:.6g}" for labels, value in values]
    return "\n".join(lines) + "\n"


def _labels(labels: dict[str, str]) -> str:
    if not labels:
        return ""
    escaped = {k: v.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") for k, v in labels.items()}
    return "{" + ",".join(f'{k}="{v}"' for k, v in escaped.items()) + "}"


class _Guard:
    """Lets through who knows the token, or who asks from this machine by one of its names."""

    def __init__(self, app: App, token: str, *, local_only: bool) -> None:
        self._app, self._token, self._local_only = app, token.encode(), local_only

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await self._refuse(scope, receive, send, *refusal)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        if self._token and scope["type"] == "http" and "token" in query and scope["path"] == "/":
            # the token goes into a cookie and out of the address, the history and whatever is shown on a screen
            answer = RedirectResponse("/", 303, _HEADERS)
            answer.set_cookie(_COOKIE, query["token"][0], httponly=True, samesite="strict")
            await answer(scope, receive, send)
            return

        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.lower().encode(), value.encode()) for name, value in _HEADERS.items()),
                ]
            await send(message)

        await self._app(scope, receive, sending)

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
        if self._local_only and not is_loopback(host):
            return 421, "this server answers to names of this machine only"
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            return 403, "a page of another site may not read this"
        if scope["type"] == "http" and scope["method"] not in ("GET", "HEAD"):
            return 405, "there is nothing to change here"
        if self._token and not self._knows(scope, headers):
            return 401, "a token is needed: ?token=... in the address, or Authorization: Bearer ..."
        return None

    def _knows(self, scope: Scope, headers: dict[str, str]) -> bool:
        cookies: SimpleCookie = SimpleCookie()
        with suppress(Exception):
            cookies.load(headers.get("cookie", ""))
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        offered = [*query.get("token", []), headers.get("authorization", "").removeprefix("Bearer ")]
        if _COOKIE in cookies:
            offered.append(cookies[_COOKIE].value)
        known = [hmac.compare_digest(one.encode("utf-8", "replace"), self._token) for one in offered]
        return any(known)

    async def _refuse(self, scope: Scope, receive: Any, send: Any, code: int, words: str) -> None:
        if code == 401:  # guessing takes its time
            await asyncio.sleep(_WRONG_TOKEN_S)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await PlainTextResponse(words, code, _HEADERS)(scope, receive, send)
