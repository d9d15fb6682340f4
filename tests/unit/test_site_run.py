"""Sites at work: several streams at once, one of which goes away and comes back."""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mjpeg_server import MjpegServer
from vision_app.errors import ConfigError
from vision_app.messages import Message, speak, told
from vision_app.site.reading import load_site
from vision_app.site.run import LOG, SiteRun, check, status_lines
from vision_app.site.sinks import StreamUpdate

HIDDEN = 'source = "http://user:${PASS}@127.0.0.1:%s/${PASS}/stream.mjpg?token=${PASS}"'


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("VISION_APP_SECRET_PASS", "hunter2/@")
    return "hunter2/@"


def site(folder: Path, text: str) -> Path:
    path = folder / "site.toml"
    path.write_text('models = ["sketch-cnn"]\n' + text, encoding="utf-8")
    return path


def until(condition: Callable[[], bool], limit_s: float = 40.0) -> None:
    deadline_s = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to that"
        time.sleep(0.02)


def events(folder: Path) -> list[dict]:
    path = folder / "events.jsonl"
    return (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    )


def started(
    path: Path, show: Callable[[StreamUpdate], None] = lambda update: None
) -> tuple[SiteRun, list[str]]:
    said: list[str] = []
    run = SiteRun(check(load_site(path)), said.append, show)
    run.start()
    return run, said


def ended(run: SiteRun) -> None:
    run.stop()
    assert run.join(30)
    names = {thread.name for thread in threading.enumerate()}
    assert not {n for n in names if n.startswith(("worker", "stream ", "outlet", "media", "house"))}


def test_losing_one_stream_disturbs_no_other_and_no_secret_is_told(tmp_path: Path, secret: str) -> None:
    with MjpegServer(fps=20) as server:
        one = '[[stream]]\nname = "far"\n' + HIDDEN % server._port
        gone = '\n[[stream]]\nname = "gone"\nsource = "http://127.0.0.1:1/${PASS}"'
        near = '\n[[stream]]\nname = "near"\nsource = "synthetic:320x240@20"\n'
        sources: set[str] = set()
        run, said = started(site(tmp_path, one + gone + near), lambda u: sources.add(u.frame.source_id))
        until(lambda: run.facts()["far"].frames > 5 and run.facts()["near"].frames > 5)
        until(lambda: run.facts()["gone"].state == "failed")
        server.kill()
        until(lambda: run.facts()["far"].state == "lost")
        frames = run.facts()["near"].frames
        until(lambda: run.facts()["near"].frames > frames + 20)
        server.start()
        until(lambda: run.facts()["far"].state == "running")
        count = run.facts()["far"].frames
        until(lambda: run.facts()["far"].frames > count)
        ended(run)
    told = [(e["stream"], e["kind"]) for e in events(tmp_path)]
    assert [kind for stream, kind in told if stream == "far"] == ["stream lost", "stream back"]
    assert ("near", "stream lost") not in told
    assert [kind for stream, kind in told if stream == "gone"] == ["stream lost"]
    assert sources == {"far", "near"}
    log = (tmp_path / "log" / "site.log").read_text(encoding="utf-8")
    written = log + json.dumps(events(tmp_path)) + "\n".join(said)
    assert "nobody answers" in written
    assert "/***/stream.mjpg" in written
    for form in (secret, "hunter2", "hunter2%2F%40"):
        assert form not in written


def test_what_a_user_is_told_is_in_his_language_and_the_rest_of_the_log_in_english(tmp_path: Path) -> None:
    text = '[[stream]]\nname = "gone"\nsource = "gone.mp4"\n'
    speak("ko")
    try:
        run, said = started(site(tmp_path, text))
        until(lambda: run.facts()["gone"].state == "failed")
        ended(run)
        lines = [told(line) for line in status_lines(run.facts())]
    finally:
        speak("en")
    assert [isinstance(message, Message) for message in said] == [True]
    log = (run.plan.folder / LOG).read_text(encoding="utf-8")
    assert told(said[0], "ko") in log and said[0] not in log
    assert f"site {run.plan.name} ends" in log
    assert re.match("gone: 끝남, 초당 0.0프레임.*gone.mp4", lines[0]) and "frames" not in lines[0]


def test_a_still_camera_is_looked_at_once_in_a_while_only(tmp_path: Path) -> None:
    class Still(MjpegServer):
        def next_picture(self) -> bytes:
            self._count = 0
            return super().next_picture()

    with Still(fps=20) as server:
        text = f'[[stream]]\nname = "a"\nsource = "{server.url}"\n'
        run, _ = started(site(tmp_path, text))
        until(lambda: run.facts()["a"].frames > 60)
        facts = run.facts()["a"]
        ended(run)
    assert facts.rested > 0.6


def test_clips_end_and_count_every_frame(tmp_path: Path) -> None:
    from tests.clips import constant, write_clip

    write_clip(tmp_path / "a.mp4", constant(40))
    write_clip(tmp_path / "b.mp4", constant(25))
    text = '[[stream]]\nname = "a"\nsource = "a.mp4"\n[[stream]]\nname = "b"\nsource = "b.mp4"\n'
    run, _ = started(site(tmp_path, text))
    assert run.join(40)
    assert {name: (f.state, f.frames, f.rested) for name, f in run.facts().items()} == {
        "a": ("ended", 40, 0.0),
        "b": ("ended", 25, 0.0),
    }


def test_a_folder_is_run_by_one_process_at_a_time(tmp_path: Path) -> None:
    path = site(tmp_path, '[[stream]]\nname = "a"\nsource = "synthetic:64x48@10"\n')
    run, _ = started(path)
    other = SiteRun(check(load_site(path)), print)
    with pytest.raises(ConfigError, match="is being run already"):
        other.start()
    until(lambda: run.facts()["a"].frames > 3)
    ended(run)


def test_a_stream_takes_no_more_frames_than_it_is_told_to(tmp_path: Path) -> None:
    times: list[float] = []
    path = site(tmp_path, '[[stream]]\nname = "a"\nsource = "synthetic:64x48@50"\nfps = 10\ngate = "off"\n')
    run, _ = started(path, lambda update: times.append(update.frame.captured_s))
    until(lambda: len(times) > 15)
    ended(run)
    steps = sorted(b - a for a, b in itertools.pairwise(times))
    assert steps[len(steps) // 2] > 0.08


def test_what_a_rule_sees_becomes_an_event_with_its_picture(tmp_path: Path) -> None:
    from tests.clips import write_clip

    labels = check(load_site(site(tmp_path, '[[stream]]\nname = "a"\nsource = "synthetic:64x48"\n')))
    names = labels.pool.get("sketch-cnn", "auto").labels
    write_clip(tmp_path / "a.mp4", [40 * i for i in range(30)])
    rule = '[[stream.rule]]\nkind = "presence"\nname = "any"\nsnapshot = true\nappears_s = 0\nscore = 0.011\n'
    text = f'[[stream]]\nname = "a"\nsource = "a.mp4"\n{rule}classes = {json.dumps(list(names))}\n'
    shapes: list[tuple[int, ...]] = []
    run, _ = started(site(tmp_path, text), lambda update: shapes.append(update.paint().shape))
    assert run.join(40)
    (first, *_) = events(tmp_path)
    assert (first["rule"], first["kind"], first["frame"], first["media_s"]) == ("any", "appeared", 0, 0.0)
    assert (tmp_path / first["snapshot"]).stat().st_size > 100
    assert len(shapes) == 30
