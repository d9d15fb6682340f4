"""Pulling a model from a server that really serves, well and badly: nothing wrong is ever left in its place."""

from __future__ import annotations

import hashlib
import json
import random
import threading
from pathlib import Path

import pytest

from tests import tiny_models as tiny
from tests.file_server import FileServer
from vision_app.cancelling import Cancellation, CancelledError
from vision_app.cards import lookup
from vision_app.cards.lookup import find_model
from vision_app.catalogue.download import pull
from vision_app.errors import DownloadError, ModelError, VisionError
from vision_app.locking import model_lock

CONTENT = random.Random(7).randbytes(300_000)
OTHER = random.Random(8).randbytes(300_000)
HALF = 2 * 65_536
"""Where downloads are cut: what has come of a block of 64 KiB that is not complete is not kept."""


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path / "models"))
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def offer(models: Path, url: str, content: bytes = CONTENT, name: str = "far") -> None:
    """A card that says that the content is at that address."""
    download = {"url": url, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    tiny.write_card(models / f"{name}.onnx", download=download)


def visible(models: Path) -> list[str]:
    return sorted(p.name for p in models.iterdir() if not p.name.startswith("."))


def left_over(models: Path) -> list[str]:
    """What lies in the folder of what is on its way, without locks."""
    folder = models / ".incoming"
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".lock") if folder.is_dir() else []


def refused(models: Path, *said: str, kind: type[Exception] = DownloadError, **options) -> str:
    """A pull that fails with one line, and leaves nothing under the final name."""
    options = {"tries": 1, **options}
    with pytest.raises(kind) as caught:
        pull("far", **options)
    text = str(caught.value)
    assert "\n" not in text
    for part in said:
        assert part in text
    assert visible(models) == ["far.json"]
    return text


def test_a_whole_file_arrives_and_is_then_found(models):
    seen: list[tuple[int, int]] = []
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        pulled = pull("far", progress=lambda done, total: seen.append((done, total)))
    assert pulled.fetched
    assert pulled.path.read_bytes() == CONTENT
    assert find_model("far").path == pulled.path
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert left_over(models) == []


def test_what_is_here_already_is_not_fetched_again(models):
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        pull("far")
        again = pull("far")
        assert not again.fetched
        assert len(server.requests) == 1


def test_the_shipped_model_needs_no_network(models):
    pulled = pull(lookup.DEFAULT_MODEL)
    assert not pulled.fetched
    assert pulled.path.is_file()


def test_a_cut_download_goes_on_where_it_was_cut(models):
    with FileServer(CONTENT, cuts=[HALF]) as server:
        offer(models, server.url)
        text = refused(models, "closed the connection", "kept")
        assert f"{HALF} of {len(CONTENT)} bytes" in text
        assert pull("far").path.read_bytes() == CONTENT
        assert [(r.range, r.if_range, r.status) for r in server.requests] == [
            (None, None, 200),
            (f"bytes={HALF}-", '"v1"', 206),
        ]
    assert left_over(models) == []


def test_one_pull_outlives_several_cuts(models):
    with FileServer(CONTENT, cuts=[70_000, 65_536, 66_000]) as server:
        offer(models, server.url)
        assert pull("far").path.read_bytes() == CONTENT
        assert [r.range for r in server.requests] == [None, "bytes=65536-", "bytes=131072-", "bytes=196608-"]


def test_a_server_that_gives_nothing_is_asked_once(models):
    with FileServer(CONTENT, cuts=[0] * 9) as server:
        offer(models, server.url)
        refused(models, "closed the connection", tries=5)
        assert len(server.requests) == 1


def test_a_server_without_ranges_gives_the_whole_file_again(models):
    with FileServer(CONTENT, ranges=False, cuts=[HALF]) as server:
        offer(models, server.url)
        refused(models, "kept")
        assert pull("far").path.read_bytes() == CONTENT
        assert [r.status for r in server.requests] == [200, 200]


def test_a_server_without_versions_is_resumed_too(models):
    with FileServer(CONTENT, etag=None, cuts=[HALF]) as server:
        offer(models, server.url)
        refused(models, "kept")
        assert pull("far").path.read_bytes() == CONTENT
        assert server.requests[1].status == 206


def test_a_file_that_changed_in_between_is_fetched_from_its_start(models):
    with FileServer(OTHER, etag='"old"', cuts=[HALF]) as server:
        offer(models, server.url)
        refused(models, "kept")
        server.content, server.etag = CONTENT, '"new"'
        assert pull("far").path.read_bytes() == CONTENT
        assert [(r.if_range, r.status) for r in server.requests] == [(None, 200), ('"old"', 200)]


def test_a_changed_file_of_a_server_without_versions_is_noticed_by_its_hash(models):
    with FileServer(OTHER, etag=None, cuts=[HALF]) as server:
        offer(models, server.url)
        refused(models, "kept")
        server.content = CONTENT
        assert pull("far").path.read_bytes() == CONTENT
        assert [r.status for r in server.requests] == [200, 206, 200]


def test_a_part_of_another_version_of_the_card_is_not_gone_on_with(models):
    with FileServer(OTHER, cuts=[HALF]) as server:
        offer(models, server.url, OTHER)
        refused(models, "kept")
        server.content = CONTENT
        offer(models, server.url)
        assert pull("far").path.read_bytes() == CONTENT
        assert server.requests[1].range is None


def test_a_part_that_starts_elsewhere_is_not_glued_on(models):
    with FileServer(CONTENT, cuts=[HALF], shift=10) as server:
        offer(models, server.url)
        refused(models, "kept")
        assert pull("far").path.read_bytes() == CONTENT
        assert [r.status for r in server.requests] == [200, 206, 200]


@pytest.mark.parametrize("beginning", [CONTENT, OTHER], ids=["right", "damaged"])
def test_a_complete_part_is_checked_and_used_or_fetched_anew(models, beginning):
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        folder = models / ".incoming"
        folder.mkdir()
        (folder / f"far.{hashlib.sha256(CONTENT).hexdigest()[:16]}.part").write_bytes(beginning)
        assert pull("far").path.read_bytes() == CONTENT
        assert len(server.requests) == (0 if beginning is CONTENT else 1)


def test_a_part_that_is_too_long_is_thrown_away(models):
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        folder = models / ".incoming"
        folder.mkdir()
        (folder / f"far.{hashlib.sha256(CONTENT).hexdigest()[:16]}.part").write_bytes(CONTENT + b"more")
        assert pull("far").path.read_bytes() == CONTENT
        assert server.requests[0].range is None


def test_a_wrong_hash_is_refused_and_leaves_nothing(models):
    with FileServer(OTHER) as server:
        offer(models, server.url)
        text = refused(models, "thrown away")
    assert hashlib.sha256(CONTENT).hexdigest() in text
    assert hashlib.sha256(OTHER).hexdigest() in text
    assert left_over(models) == []


@pytest.mark.parametrize("content", [CONTENT[:-5], CONTENT + b"12345"], ids=["too short", "too long"])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "not announced"])
def test_another_size_is_refused(models, content, announced):
    with FileServer(content, length=None if announced else 0) as server:
        offer(models, server.url)
        text = refused(models, tries=5)
        assert f"{len(CONTENT)}" in text
        if announced or len(content) > len(CONTENT):
            assert "it is another file" in text
            assert left_over(models) == []
        else:
            assert "ended early" in text


def test_redirects_are_followed(models):
    with FileServer(CONTENT) as server:
        server.redirects = {"/a": "/b", "/b": f"{server.root}/file"}
        offer(models, f"{server.root}/a")
        assert pull("far").path.read_bytes() == CONTENT
        assert [r.path for r in server.requests] == ["/a", "/b", "/file"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("/a", "redirects in a circle"),
        ("file:///etc/hostname", "redirects to an address that is not https"),
        ("ftp://127.0.0.1/file", "redirects to an address that is not https"),
        ("http://[", "not a usable address"),
    ],
)
def test_bad_redirects_are_refused(models, to, said):
    with FileServer(CONTENT) as server:
        server.redirects = {"/a": to}
        offer(models, f"{server.root}/a")
        refused(models, said)
        assert len(server.requests) <= 11


def test_a_secure_address_never_leads_to_an_open_one():
    from vision_app.catalogue.download import _session

    with _session("https://example.org/x") as session:
        assert list(session.adapters) == ["https://"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (404, "404 Not Found: the file is no longer there"),
        (403, "403 Forbidden: the file needs an account"),
        (500, "500 Internal Server Error: try again later"),
        (429, "429 Too Many Requests: try again later"),
        (599, "599: try again later"),
        (204, "204 No Content"),
    ],
)
def test_an_error_of_the_server_says_how_to_bring_the_file_by_hand(models, status, said):
    with FileServer(CONTENT, statuses={"/file": status}) as server:
        offer(models, server.url)
        text = refused(models, said, server.url, str(models / "far.onnx"))
        assert hashlib.sha256(CONTENT).hexdigest() in text


def test_an_error_of_the_server_keeps_what_is_there(models):
    with FileServer(CONTENT, cuts=[HALF]) as server:
        offer(models, server.url)
        refused(models, "kept")
        server.statuses = {"/file": 503}
        refused(models, "503", "kept")
        server.statuses = {}
        assert pull("far").path.read_bytes() == CONTENT
        assert server.requests[-1].status == 206


@pytest.mark.parametrize("hold_after", [0, HALF], ids=["at once", "half-way"])
def test_a_silent_server_is_given_up(models, hold_after):
    with FileServer(CONTENT, hold_after=hold_after) as server:
        offer(models, server.url)
        refused(models, "was silent for 0.2 s", timeout_s=0.2)


def test_a_machine_that_is_offline_says_how_to_bring_the_file_by_hand(models):
    with FileServer(CONTENT) as server:
        url = server.url
    offer(models, url)  # nobody listens there any more
    text = refused(models, "cannot be reached", url, str(models / "far.onnx"), f"{len(CONTENT)} bytes")
    assert hashlib.sha256(CONTENT).hexdigest() in text


def test_a_file_brought_by_hand_to_the_named_place_is_taken(models):
    offer(models, "http://127.0.0.1:9/file")
    (models / "far.onnx").write_bytes(CONTENT)
    assert not pull("far").fetched


def test_credentials_are_sent_but_never_shown(models):
    with FileServer(CONTENT, statuses={"/file?token=t0psecret": 404}) as server:
        offer(models, server.url.replace("http://", "http://me:pa55word@") + "?token=t0psecret")
        text = refused(models, "404")
        assert server.requests[0].authorization is not None
        assert server.requests[0].path == "/file?token=t0psecret"
    for entry in lookup.entries():
        text += json.dumps(entry.as_record())
    with pytest.raises(ModelError) as missing:
        find_model("far")
    text += str(missing.value)
    assert "pa55word" not in text
    assert "t0psecret" not in text


def test_a_full_disk_is_known_beforehand(models):
    download = {"url": "http://127.0.0.1:9/file", "bytes": 1 << 40, "sha256": "0" * 64}
    tiny.write_card(models / "far.onnx", download=download)
    refused(models, "needs 1099511.6 MB more", "make room")


def test_a_file_that_is_not_the_one_of_the_card_is_replaced_only_when_told(models):
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        (models / "far.onnx").write_bytes(OTHER)
        with pytest.raises(ModelError, match="is not the file of its card; --overwrite replaces it"):
            pull("far")
        assert (models / "far.onnx").read_bytes() == OTHER
        assert pull("far", overwrite=True).path.read_bytes() == CONTENT


def test_a_failed_replacement_leaves_the_old_file(models):
    with FileServer(OTHER[:-1] + b"x") as server:
        offer(models, server.url)
        (models / "far.onnx").write_bytes(OTHER)
        with pytest.raises(DownloadError, match="thrown away"):
            pull("far", overwrite=True)
        assert (models / "far.onnx").read_bytes() == OTHER


def test_a_model_without_a_download_says_how_to_get_it(models):
    tiny.write_card(models / "far.onnx", notes="ask its authors")
    refused(models, "cannot be fetched; ask its authors", kind=ModelError)


@pytest.mark.parametrize("name", ["nothing", "../far", "/etc/passwd", "far.onnx"])
def test_only_names_of_the_catalogue_are_pulled(models, name):
    offer(models, "http://127.0.0.1:9/file")
    with pytest.raises(ModelError, match="no model is called"):
        pull(name)


def test_a_card_whose_name_leads_out_of_the_folder_is_refused(models):
    tiny.write_card(models / "far.onnx", name="../../evil")
    refused(models, "name must be lower-case letters", kind=ModelError)


def pulled_in_a_thread(cancellation: Cancellation, **options) -> tuple[threading.Thread, list[Exception]]:
    """A pull that runs elsewhere, and what it raises."""
    raised: list[Exception] = []

    def run() -> None:
        try:
            pull("far", cancellation=cancellation, **options)
        except VisionError as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


@pytest.mark.parametrize("hold_after", [0, HALF], ids=["before the first byte", "half-way"])
def test_a_download_can_be_cancelled_while_the_server_is_silent_and_goes_on_later(models, hold_after):
    cancellation, arrived = Cancellation(), threading.Event()

    def progress(done: int, _: int) -> None:
        if done == hold_after:
            arrived.set()

    with FileServer(CONTENT, hold_after=hold_after) as server:
        offer(models, server.url)
        thread, raised = pulled_in_a_thread(cancellation, timeout_s=60, progress=progress)
        assert arrived.wait(20)
        cancellation.cancel()
        thread.join(20)  # a third of what the silence would have lasted
        assert not thread.is_alive()
        assert [type(e) for e in raised] == [CancelledError]
        assert "cancelled" in str(raised[0])
        assert visible(models) == ["far.json"]
        server.hold_after = None
        server.release.set()
        assert pull("far").path.read_bytes() == CONTENT
        assert server.requests[-1].range == (f"bytes={hold_after}-" if hold_after else None)


def test_a_cancelled_pull_does_not_begin(models):
    cancellation = Cancellation()
    cancellation.cancel()
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        refused(models, "cancelled", kind=CancelledError, cancellation=cancellation)
        assert not server.requests


def test_waiting_for_another_process_can_be_cancelled(models):
    cancellation, waits = Cancellation(), threading.Event()
    with FileServer(CONTENT) as server:
        offer(models, server.url)
        with model_lock("far"):
            thread, raised = pulled_in_a_thread(cancellation, waiting=waits.set)
            assert waits.wait(20)
            cancellation.cancel()
            thread.join(20)
        assert [type(e) for e in raised] == [CancelledError]
        assert not server.requests
        assert pull("far").fetched
