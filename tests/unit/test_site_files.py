"""Site files: what they can say, what they may not touch, and passwords that are in none of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vision_app.errors import ConfigError, SourceError
from vision_app.messages import Message
from vision_app.site.confine import Confinement
from vision_app.site.reading import load_site, site_of_sources
from vision_app.site.run import check
from vision_app.site.secrets import FILE_NAME, Secrets
from vision_app.site.writing import add_rule, remove_rule, write_first
from vision_app.sources import SourceOptions, open_source

STREAM = '[[stream]]\nname = "door"\nsource = "synthetic:640x360@10"\n'
RULE = '[[stream.rule]]\nkind = "line"\nname = "in"\npoints = [[0.1, 0.5], [0.9, 0.5]]\n'


def site(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_first_file_works(tmp_path: Path) -> None:
    path = tmp_path / "shop" / "shop.toml"
    write_first(path, ["rtsp://10.0.0.7/live", 'odd "name".mp4'])
    plan = load_site(path)
    assert (plan.name, plan.folder) == ("shop", path.parent)
    assert [one.source for one in plan.streams] == ["rtsp://10.0.0.7/live", 'odd "name".mp4']
    assert [output.kind for output in plan.outputs] == ["events"]
    with pytest.raises(ConfigError, match="exists"):
        write_first(path, [])


def test_repeated_sources_are_the_same_streams(tmp_path: Path) -> None:
    plan = site_of_sources(["0", "a.mp4"], [], tmp_path)
    assert [(one.name, one.source) for one in plan.streams] == [("stream 1", "0"), ("stream 2", "a.mp4")]
    assert plan.streams[0].models == load_site(site(tmp_path, STREAM)).streams[0].models


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "from 1 to 64 sections"),
        ('[stream]\nname = "a"\nsource = "0"', "two brackets"),
        (STREAM + STREAM, "line 5: the name 'door' stands twice"),
        (STREAM + RULE + RULE, "the name 'in' stands twice"),
        (STREAM + RULE.replace("line", "lines"), 'kind must be one of "line", "zone"'),
        (STREAM + RULE.replace("0.9", "1.9"), "two shares of the picture"),
        (STREAM + RULE.replace("points", "pointz"), "did you mean points"),
        (STREAM + RULE.replace("[0.9, 0.5]", "[0.1, 0.5]"), "different points"),
        (
            STREAM + '[[stream.rule]]\nkind = "zone"\nname = "z"\npoints = [[0,0],[1,1],[1,0],[0,1]]\n',
            "edges cross",
        ),
        (STREAM + 'gate = "maybe"\n', 'gate must be one of "auto", "on", "off"'),
        (STREAM.replace('"door"', '"../door"'), "name must be a name"),
        (STREAM + '[[output]]\nkind = "pigeon"\n', "kind must be one of"),
        (STREAM + 'models = "../evil.onnx"\n', "outside the folder"),
        (STREAM + 'models = [{ name = "nanodet-g-int8", slice_size = 320 }]\n', "slice_size needs sliced"),
    ],
)
def test_a_mistake_is_told_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as told:
        load_site(site(tmp_path, text))
    assert "\n" not in str(told.value)


def test_a_line_needs_a_model_whose_objects_have_places(tmp_path: Path) -> None:
    path = site(tmp_path, 'models = "efficientnet-lite0"\n' + STREAM + RULE)
    with pytest.raises(ConfigError, match="a line or zone needs a detector"):
        check(load_site(path))


def test_a_class_that_no_model_has_is_told(tmp_path: Path) -> None:
    path = site(tmp_path, STREAM + RULE + 'classes = ["persn"]\n')
    with pytest.raises(ConfigError, match=r"stream door: the rule in: .* has a class 'persn'"):
        check(load_site(path))


# -- what a stranger's file may not do ------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "../secret.mp4",
        "~/secret.mp4",
        "link.mp4",
        "folder/../../secret.mp4",
        "list.m3u8",
        "links/*.png",
    ],
)
def test_a_source_stays_in_the_folder(tmp_path: Path, source: str) -> None:
    folder = tmp_path / "site"
    (folder / "folder").mkdir(parents=True)
    (folder / "links").mkdir()
    (tmp_path / "secret.mp4").write_bytes(b"\0\0\0\x18ftyp")
    (folder / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    (folder / "links" / "a.png").symlink_to(tmp_path / "secret.mp4")
    (folder / "list.m3u8").write_text("#EXTM3U\n/etc/passwd\n", encoding="utf-8")
    fence = Confinement(folder)
    with pytest.raises(ConfigError, match=r"outside the folder|is a text, such as a playlist"):
        fence.source(source)
    assert Confinement(folder, trusted=True).source(source)


def test_what_is_in_the_folder_or_no_file_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x18ftyp")
    fence = Confinement(tmp_path)
    assert fence.source("a.mp4") == str(tmp_path / "a.mp4")
    for spec in ("0", "synthetic:64x48", "rtsp://10.0.0.7/live"):
        assert fence.source(spec) == spec


@pytest.mark.parametrize(
    "model",
    [
        '"../x.onnx"',
        '"/tmp/x.onnx"',
        '{ name = "nanodet-g-int8", classify_boxes = "/tmp/x.onnx" }',
        '{ name = "outline", background = "../x.png" }',
        '{ name = "nanodet-g-int8", nearest_to = "/etc" }',
    ],
)
def test_what_models_read_stays_in_the_folder(tmp_path: Path, model: str) -> None:
    with pytest.raises(ConfigError, match="outside the folder"):
        load_site(site(tmp_path, STREAM + f"models = [{model}]\n"))


def test_a_stream_is_led_to_no_host_that_the_file_does_not_name(tmp_path: Path) -> None:
    from tests.mjpeg_server import MjpegServer

    fence = Confinement(tmp_path)
    assert fence.hosts(["rtsp://Cam.lan/x", "0"], ("B.lan",)) == {"cam.lan", "b.lan"}
    assert Confinement(tmp_path, trusted=True).hosts(["rtsp://cam.lan/x"], ()) is None
    with MjpegServer() as server:
        with pytest.raises(SourceError, match="not one of the hosts that may be reached"):
            open_source(server.url, SourceOptions(hosts=frozenset({"cam.lan"})))
        with open_source(server.url, SourceOptions(hosts=frozenset({"127.0.0.1"}))) as source:
            assert source.read() is not None
    with pytest.raises(SourceError, match="rtmp"):
        open_source("rtmp://127.0.0.1/x", SourceOptions(hosts=frozenset({"127.0.0.1"})))


def test_a_redirect_to_another_host_is_not_followed() -> None:
    import http.server
    import threading

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_address[1]}/x")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        with pytest.raises(SourceError, match="leads to localhost"):
            open_source(
                f"http://127.0.0.1:{server.server_address[1]}/", SourceOptions(hosts=frozenset({"127.0.0.1"}))
            )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# -- secrets -------------------------------------------------------------------------------------------


def secret_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / FILE_NAME
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_secrets_come_from_the_environment_then_systemd_then_the_file(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "B").write_text("systemd\n", encoding="utf-8")
    secret_file(tmp_path, 'A = "file"\nB = "file"\nC = "f/i@le"\n')
    environment = {
        "VISION_APP_SECRET_A": "variable",
        "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"),
        "HOME": "/root",
    }
    secrets = Secrets(tmp_path, environment)
    assert secrets.fill("${A} ${B} ${C}") == "variable systemd f/i@le"
    assert secrets.fill("rtsp://u:${C}@cam/", in_address=True) == "rtsp://u:f%2Fi%40le@cam/"
    assert secrets.hide("variable, f%2Fi%40le and f/i@le") == "***, *** and ***"
    words = Message(
        "{kind} of {path}", kind=ConfigError("no {name}", name="variable"), path=Path("/variable")
    )
    hidden = secrets.hide(words)
    assert hidden == "no *** of /***" and isinstance(hidden, Message)
    assert [str(value) for value in hidden.values.values()] == ["no ***", "/***"]  # they are told in Korean
    with pytest.raises(ConfigError, match="there is no secret HOME"):
        secrets.fill("http://evil/${HOME}")
    with pytest.raises(ConfigError, match="no name of a secret"):
        secrets.fill("${A B}")


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_of_secrets_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    secret_file(tmp_path, 'A = "x"\n', mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        Secrets(tmp_path, {}).fill("${A}")


def test_a_wrong_line_among_secrets_is_not_quoted(tmp_path: Path) -> None:
    secret_file(tmp_path, 'A = "x"\nhunter2 = \n')
    with pytest.raises(ConfigError, match="line 2") as told:
        Secrets(tmp_path, {}).fill("${A}")
    assert "hunter2" not in str(told.value)


# -- writing rules into a file ----------------------------------------------------------------------------


def test_a_drawn_rule_goes_to_its_stream_and_all_else_stays(tmp_path: Path) -> None:
    second = "[[stream]] # second\nname = 'b'\nsource = '0'\n"
    text = f"# mine\n{STREAM}# about the door\n{RULE}\n{second}\n[keep]\ndays = 3\n"
    path = site(tmp_path, text)
    corners = ((0.1, 0.1), (0.9, 0.1), (0.5, 0.9))
    plan = add_rule(path, "b", "zone", 'the "till"', corners, trusted=False)
    assert [told.rule.name for told in plan.streams[1].rules] == ['the "till"']
    plan = add_rule(path, "door", "line", "out", corners[:2], trusted=False)
    assert [told.rule.name for told in plan.streams[0].rules] == ["in", "out"]
    assert plan.keep.days == 3
    written = path.read_text(encoding="utf-8")
    assert all(line in written for line in text.splitlines())
    remove_rule(path, "b", 'the "till"', trusted=False)
    plan = remove_rule(path, "door", "out", trusted=False)
    assert path.read_text(encoding="utf-8") == text
    assert [told.rule.name for told in plan.streams[0].rules] == ["in"]


def test_a_shape_that_cannot_stand_in_a_file_leaves_it_as_it_was(tmp_path: Path) -> None:
    path = site(tmp_path, STREAM)
    with pytest.raises(ConfigError, match="edges cross"):
        add_rule(path, "door", "zone", "z", ((0, 0), (1, 1), (1, 0), (0, 1)), trusted=False)
    assert path.read_text(encoding="utf-8") == STREAM
