"""Many clips: found, cut where that is exact, joined as one run writes them, resumed, refused in one line."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clips import write_clip
from tests.tiny_models import colour_model
from vision_app.batch.clips import WHOLE, Clip, Span, cut, find_clips
from vision_app.batch.engines import ENGINES, EngineOptions, Local
from vision_app.batch.run import BatchOptions, BatchRun
from vision_app.batch.task import Answer, Task, run_task
from vision_app.engine.request import AskedModel
from vision_app.errors import ConfigError, SinkError, VisionError
from vision_app.headless.run import HeadlessRun
from vision_app.headless.settings import RunSettings
from vision_app.resources import demo_clip


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AskedModel:
    folder = tmp_path_factory.mktemp("models")
    colour_model(folder, "colours")
    return AskedModel(str(folder / "colours.onnx"))


@pytest.fixture
def settings(model: AskedModel) -> RunSettings:
    return RunSettings(model=(model,))


def lines_of(path: Path) -> list[dict[str, object]]:
    """All but how long it took."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for record in records:
        del record["timings_ms"]
    return records


def one_run(settings: RunSettings, clip: str, out: Path) -> list[dict[str, object]]:
    run = HeadlessRun(
        replace(settings, source=(clip,), json=str(out), no_save=True, quiet=True), lambda _: None
    )
    run.start()
    run.join()
    return lines_of(out)


def times(count: int) -> range:
    """Ten frames a second."""
    return range(0, 100 * count, 100)


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Nine seconds with a key frame every 1.2 s, B frames, and a pause in the middle."""
    return str(
        write_clip(tmp_path_factory.mktemp("clips") / "long.mp4", [t + 700 * (t > 5000) for t in times(90)])
    )


class Cutting(Local):
    """This machine, but with clips that are cut, as for workers."""

    cuts = True


@pytest.fixture
def cutting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision_app.batch.run.ENGINES", {"local": Cutting})


def test_spans_join_to_what_one_run_writes(
    settings: RunSettings, tmp_path: Path, cutting: None, long_clip: str
) -> None:
    spans = cut(Clip(long_clip, "long", "k"), 2.0)
    assert len(spans) > 3
    assert sum(span.frames or 0 for span in spans) == 90
    run = BatchRun(find_clips([long_clip]), settings, BatchOptions(tmp_path / "out", span_s=2.0))
    progress = run.run()
    assert (progress.done_clips, progress.done_spans, progress.frames, progress.failed) == (
        1,
        len(spans),
        90,
        {},
    )
    assert lines_of(tmp_path / "out" / "long.jsonl") == one_run(settings, long_clip, tmp_path / "one.jsonl")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [".parts", "batch.json", "long.jsonl"]
    assert not list((tmp_path / "out" / ".parts").iterdir())


def test_every_clip_of_a_folder_once(settings: RunSettings, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    for name in ("a/x.mp4", "b/x.mp4", "y.mkv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_clip(folder / name, times(5))
    (folder / "notes.txt").write_text("no clip")
    clips = find_clips([str(folder), str(folder / "y.mkv")])
    assert [clip.name for clip in clips] == ["x", "x-2", "y"]
    progress = BatchRun(clips, settings, BatchOptions(tmp_path / "out")).run()
    assert (progress.done_clips, progress.frames) == (3, 15)
    for clip in clips:
        assert lines_of(tmp_path / "out" / f"{clip.name}.jsonl")[0]["source"] == clip.source


def test_what_is_done_is_not_done_again(settings: RunSettings, tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_clip(tmp_path / name, times(5))
    options = BatchOptions(tmp_path / "out")
    run = BatchRun(find_clips([str(tmp_path / n) for n in ("a.mp4", "b.mp4")]), settings, options)
    run._on_progress = lambda progress: run.stop() if progress.done_spans else None  # Ctrl-C after the first
    assert run.run().done_clips == 1
    again = BatchRun(find_clips([str(tmp_path / n) for n in ("a.mp4", "b.mp4")]), settings, options)
    progress = again.run()
    assert (progress.done_clips, progress.frames) == (2, 5)
    assert BatchRun(again._clips, settings, options).run().frames == 0


def test_spans_that_an_earlier_run_left_are_taken(
    settings: RunSettings, tmp_path: Path, cutting: None, long_clip: str
) -> None:
    clips, options = find_clips([long_clip]), BatchOptions(tmp_path / "out", span_s=2.0)
    run = BatchRun(clips, settings, options)
    run._on_progress = lambda progress: run.stop() if progress.done_spans == 2 else None
    first = run.run()
    assert (first.done_clips, first.done_spans) == (0, 2)
    (tmp_path / "out" / ".parts" / "half.jsonl.part").write_text("{")
    second = BatchRun(clips, settings, options).run()
    assert second.done_clips == 1
    assert second.frames == 90 - first.frames


def test_results_of_something_else_are_not_written_over(settings: RunSettings, tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", times(5))
    clips, options = find_clips([str(tmp_path / "a.mp4")]), BatchOptions(tmp_path / "out")
    BatchRun(clips, settings, options).run()
    other = replace(settings, every=2)
    with pytest.raises(SinkError, match="not of this batch"):
        BatchRun(clips, other, options).run()
    assert len(lines_of(tmp_path / "out" / "a.jsonl")) == 5
    assert BatchRun(clips, other, replace(options, overwrite=True)).run().frames == 3
    write_clip(tmp_path / "a.mp4", times(7))  # another clip under the same name
    with pytest.raises(SinkError, match="not of this batch"):
        BatchRun(find_clips([str(tmp_path / "a.mp4")]), other, options).run()


def test_a_broken_clip_is_said_and_the_others_go_on(settings: RunSettings, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no clip" * 100)
    write_clip(tmp_path / "b.mp4", times(5))
    said: list[str] = []
    run = BatchRun(find_clips([str(tmp_path)]), settings, BatchOptions(tmp_path / "out"), said.append)
    progress = run.run()
    assert list(progress.failed) == [str(tmp_path / "a.mp4")]
    assert (progress.done_clips, len(said)) == (1, 1)
    assert not (tmp_path / "out" / "a.jsonl").exists()


def test_spans_that_do_not_fit_are_done_as_a_whole(
    settings: RunSettings, tmp_path: Path, cutting: None, long_clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count of packets that is not that of the frames, as of a damaged place."""

    def wrong(clip: Clip, span_s: float) -> list[Span]:
        spans = cut(clip, span_s)
        return [replace(spans[0], frames=(spans[0].frames or 0) + 1), *spans[1:]]

    monkeypatch.setattr("vision_app.batch.run.cut", wrong)
    said: list[str] = []
    run = BatchRun(find_clips([long_clip]), settings, BatchOptions(tmp_path / "out", span_s=2.0), said.append)
    assert run.run().done_clips == 1
    assert "do not fit together" in said[0]
    assert lines_of(tmp_path / "out" / "long.jsonl") == one_run(settings, long_clip, tmp_path / "one.jsonl")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": {"track": True}, "model": (AskedModel("nanodet-g-int8"),)}, "remembers frames"),
        ({"every": 2}, "--every"),
        ({"max_frames": 9}, "--max-frames"),
        ({"start": 20.0}, "--start, --end"),
        ({"gate": True}, "--gate"),
    ],
)
def test_what_needs_the_frames_before_is_not_cut(
    settings: RunSettings, tmp_path: Path, cutting: None, changes: dict[str, object], reason: str
) -> None:
    asked = replace(settings, max_frames=3) if "max_frames" not in changes else settings
    asked = replace(asked, **changes)  # type: ignore[arg-type]
    said: list[str] = []
    run = BatchRun(
        find_clips([str(demo_clip())]), asked, BatchOptions(tmp_path / "out", span_s=2.0), said.append
    )
    assert run.run().spans == 1
    assert reason in said[0]


def test_a_clip_without_inner_key_frames_or_that_is_none(tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", times(5))
    (tmp_path / "b.mp4").write_bytes(b"no clip")
    assert cut(Clip(str(tmp_path / "a.mp4"), "a", ""), 1.0) == [WHOLE]
    assert cut(Clip(str(tmp_path / "b.mp4"), "b", ""), 1.0) == [WHOLE]


def test_bad_input_is_said(settings: RunSettings, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file or folder"):
        find_clips([str(tmp_path / "gone")])
    with pytest.raises(ConfigError, match="neither a clip nor a picture"):
        find_clips([str(tmp_path)])
    with pytest.raises(ConfigError, match="local, dask"):
        BatchRun([], settings, BatchOptions(tmp_path, engine="spark"))
    with pytest.raises(VisionError, match="no-such-model"):
        BatchRun(
            find_clips([str(demo_clip())]),
            RunSettings(model=(AskedModel("no-such-model"),)),
            BatchOptions(tmp_path),
        ).run()


def test_another_version_of_the_program_is_no_worker(settings: RunSettings) -> None:
    answer = run_task(Task("k", str(demo_clip()), WHOLE, settings, version="0.0.1"))
    assert "0.0.1" in answer.error
    assert not answer.lines


def test_engines_keep_their_contract(settings: RunSettings) -> None:
    told: list[str] = []
    engine = ENGINES["local"](EngineOptions("", {}, told.append, lambda: False))
    tasks = [
        Task(key, str(demo_clip()), Span(3.0 * n, 3.0 * n + 0.2), settings) for n, key in enumerate("ab")
    ]
    answers: dict[str, Answer] = {}
    engine.run(tasks, lambda task, answer: answers.setdefault(task.key, answer))
    engine.close()
    assert {key: answer.lines.count(b"\n") for key, answer in answers.items()} == {"a": 6, "b": 6}


def test_object_storage(settings: RunSettings, tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs the extra dask")
    files = fsspec.filesystem("memory")
    files.pipe("/shop/monday/a.mp4", demo_clip().read_bytes())
    files.pipe("/shop/notes.txt", b"")
    try:
        clips = find_clips(["memory://shop"])
        assert [clip.name for clip in clips] == ["a"]
        asked = replace(settings, max_frames=4)
        assert BatchRun(clips, asked, BatchOptions(tmp_path / "out")).run().frames == 4
        assert lines_of(tmp_path / "out" / "a.jsonl")[0]["source"] == clips[0].source
        with pytest.raises(ConfigError, match=r"no clip is there|memory://shop/tuesday"):
            find_clips(["memory://shop/tuesday"])
    finally:
        files.rm("/shop", recursive=True)


def test_models_are_sent_by_hash_and_checked(
    model: AskedModel, settings: RunSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vision_app.batch.parcels import pack, store, unpack

    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    copy = tmp_path / "mine.onnx"
    shutil.copy(model.reference, copy)
    shutil.copy(Path(model.reference).with_suffix(".json"), copy.with_suffix(".json"))
    parcels, contents = pack((AskedModel(str(copy)), AskedModel("nanodet-g-int8"), AskedModel("hands")))
    assert len(parcels) == 1  # what comes with the program is there
    with pytest.raises(VisionError, match="is not on this worker"):
        unpack(RunSettings(model=(AskedModel(str(copy)),)), parcels)
    with pytest.raises(VisionError, match="damaged"):
        store(dict.fromkeys(contents, b"x"))
    store(contents)
    copy.unlink()
    there = unpack(RunSettings(model=(AskedModel(str(copy)),)), parcels)
    arrived = Path(there.model[0].reference)
    assert arrived.is_relative_to(tmp_path / "cache")
    assert arrived.read_bytes() == next(iter(contents.values()))
    answer = run_task(
        Task("k", str(demo_clip()), Span(0.0, 0.2), RunSettings(model=(AskedModel(str(copy)),)), parcels)
    )
    assert answer.lines.count(b"\n") == 6, answer.error
