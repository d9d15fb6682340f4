"""Models on a live picture: added, changed, replaced under load, refused, failing, removed."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import tiny_models as tiny
from tests.live import box_model, live_session
from vision_app import cancelling
from vision_app.cards import lookup
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.request import ModelRequest
from vision_app.errors import ModelError
from vision_app.live import models
from vision_app.live.status import ModelState
from vision_app.runtime import Session
from vision_app.tasks import TaskOptions

CARD = "synthetic:320x240@60"
TWO_BOXES = ((4, 4, 12, 12, 0.9, 1), (20, 20, 28, 28, 0.5, 2))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(lookup.MODELS_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were loaded."""
    made: list[str] = []
    init = Session.__init__

    def counted(self, path, *args, **more):
        made.append(Path(path).stem)
        init(self, path, *args, **more)

    monkeypatch.setattr(Session, "__init__", counted)
    return made


def results_of(session):
    newest = session.newest()
    return () if newest is None else newest[1]


def boxes_of(session) -> int:
    found = results_of(session)
    return len(found[0].detections) if found else -1


def test_a_model_tells_how_it_comes_to_run(folder):
    with live_session() as (session, told):
        slot = session.add_model(ModelRequest(box_model(folder, rows=TWO_BOXES)))
        ready = told.until_ready(slot)
        first = told.models[0][0]
        assert (first.slot, first.state, first.task) == (slot, ModelState.LOADING, "")
        assert (ready.state, ready.name, ready.task) == (ModelState.READY, "boxes", "detect")
        assert ready.labels == ("red", "green", "blue")
        assert ready.provider == "CPUExecutionProvider"
        assert ready.fell_back_from is None
        assert ready.infer_p50_ms is None
        session.open(CARD)
        told.until(lambda: boxes_of(session) == 2)
        status = session.models[0]
        assert status.infer_p50_ms is not None
        assert 0 < status.infer_p50_ms <= status.infer_p95_ms


def test_what_is_asked_of_a_model_changes_without_loading_it_again(folder, loads):
    request = ModelRequest(box_model(folder, rows=TWO_BOXES))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: boxes_of(session) == 2)
        for options, boxes in (
            (TaskOptions(conf=0.6), 1),
            (TaskOptions(classes=("blue",)), 1),
            (TaskOptions(max_det=1), 1),
            (TaskOptions(), 2),
        ):
            session.change_model(slot, replace(request, options=options))
            status = session.models[0]  # at once
            assert (status.request.options, status.pending, status.state) == (options, None, ModelState.READY)
            told.until(lambda: boxes_of(session) == boxes)  # noqa: B023
        assert loads == ["boxes"]


def test_a_model_that_is_not_shown_sees_no_frame_until_it_is(folder, loads):
    request = ModelRequest(box_model(folder, rows=TWO_BOXES))
    with live_session() as (session, told):
        slot = session.add_model(replace(request, shown=False))
        told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: told.pictures > 10)
        assert results_of(session) == ()
        assert session.models[0].infer_p50_ms is None
        session.change_model(slot, request)
        told.until(lambda: boxes_of(session) == 2)
        assert loads == ["boxes"]


def test_results_stay_drawn_while_thresholds_are_dragged(folder):
    request = ModelRequest(box_model(folder, rows=TWO_BOXES))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.open(CARD)
        told.until_picture(lambda p: p.result_age_s is not None)
        ages = []
        for i in range(40):
            session.change_model(slot, replace(request, options=TaskOptions(conf=0.3 + i / 1000)))
            time.sleep(0.005)
            ages.append(told.picture.result_age_s)
        assert None not in ages


def test_an_option_that_does_not_fit_leaves_the_old_one_and_says_why(folder):
    request = ModelRequest(box_model(folder))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.change_model(slot, replace(request, options=TaskOptions(classes=("gren",))))
        status = told.until_ready(slot)
        assert status.state is ModelState.READY
        assert status.request == request
        assert "gren" in status.error
        session.change_model(slot, request)
        assert told.until_ready(slot).error == ""


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 zip", b"\x80\x02 pickle", b"\x08\x07 torn", None])
def test_a_broken_file_is_refused_and_the_old_model_goes_on(folder, content):
    broken = folder / "broken.onnx"
    if content is not None:
        broken.write_bytes(content)
    request = ModelRequest(box_model(folder))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: boxes_of(session) == 1)
        session.change_model(slot, ModelRequest(str(broken)))
        status = told.until_ready(slot)
        assert (status.state, status.name, status.request) == (ModelState.READY, "boxes", request)
        assert "broken" in status.error
        count = told.pictures
        told.until(lambda: told.pictures > count + 3 and boxes_of(session) == 1)
        other = session.add_model(ModelRequest(str(broken)))
        failed = told.until_ready(other)
        assert (failed.state, failed.name) == (ModelState.FAILED, str(broken))
        assert "broken" in failed.error
        session.change_model(other, request)
        assert told.until_ready(other).state is ModelState.READY


def test_a_model_whose_card_does_not_fit_is_found_out_before_it_runs(folder):
    path = tiny.constant_model(folder / "nan.onnx", np.full((1, 3), np.nan))
    tiny.write_card(path)
    with live_session() as (session, told):
        status = told.until_ready(session.add_model(ModelRequest("nan")))
        assert status.state is ModelState.FAILED
        assert "NaN" in status.error


def test_several_models_answer_in_the_order_of_their_slots(folder):
    tiny.colour_model(folder, "colours")
    box = box_model(folder)
    with live_session() as (session, told):
        slots = [session.add_model(ModelRequest(r)) for r in ("colours", box, "colours")]
        for slot in slots:
            told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: [r.model for r in results_of(session)] == ["colours", "boxes", "colours"])
        session.remove_model(slots[0])
        told.until(lambda: [r.model for r in results_of(session)] == ["boxes", "colours"])
        assert [m.slot for m in session.models] == slots[1:]
        session.change_model(slots[0], ModelRequest(box))
        session.remove_model(slots[0])
        assert [m.slot for m in session.models] == slots[1:]


def test_a_model_that_leads_answers_before_all_others_also_while_it_is_loaded(folder):
    tiny.colour_model(folder, "colours")
    box = box_model(folder)
    with live_session() as (session, told):
        slots = [session.add_model(ModelRequest(r)) for r in (box, "colours")]
        session.lead_model(slots[1])
        assert [m.slot for m in session.models] == slots[::-1]
        for slot in slots:
            told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: [r.model for r in results_of(session)] == ["colours", "boxes"])
        session.lead_model(slots[0])
        told.until(lambda: [r.model for r in results_of(session)] == ["boxes", "colours"])
        session.lead_model(99)  # gone meanwhile
        assert [m.slot for m in session.models] == slots


def test_a_model_that_is_removed_while_it_is_loaded_never_runs(folder, monkeypatch):
    begun, gate, called_off = threading.Event(), threading.Event(), []
    make = models.build

    def slow(*args, **more):
        begun.set()
        assert gate.wait(20)
        called_off.append(cancelling.current().cancelled)
        return make(*args, **more)

    monkeypatch.setattr(models, "build", slow)
    with live_session() as (session, told):
        session.open(CARD)
        slot = session.add_model(ModelRequest(box_model(folder)))
        assert begun.wait(20)
        session.remove_model(slot)
        assert session.models == ()
        gate.set()
        count = told.pictures
        told.until(lambda: told.pictures > count + 10)
        assert session.models == ()
        assert results_of(session) == ()
        assert called_off == [True], "nobody waits for it any more"


def test_of_many_changes_the_last_one_wins_and_the_picture_never_stops(folder, loads):
    for name, rows in (("one", TWO_BOXES[:1]), ("two", TWO_BOXES)):
        box_model(folder, name, rows)
    with live_session() as (session, told):
        slot = session.add_model(ModelRequest("one"))
        told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: boxes_of(session) == 1)
        told.gaps_s.clear()
        told.models.clear()
        count = told.pictures
        for i in range(20):
            session.change_model(slot, ModelRequest("one" if i % 2 else "two"))
            time.sleep(0.01 if i % 3 else 0)
        session.change_model(slot, ModelRequest("two"))
        told.until(lambda: boxes_of(session) == 2)
        assert told.until_ready(slot).name == "two"
        assert told.pictures > count
        assert max(told.gaps_s) < 1  # of 17 ms; generous, for busy machines
        assert all(m[0].state is ModelState.READY for m in told.models)


def test_a_swap_under_load_with_real_models(shared_models):
    yolox = str(shared_models / "yolox_nano_416_fp32.onnx")
    with live_session() as (session, told):
        slot = session.add_model(ModelRequest(yolox))
        told.until_ready(slot)
        session.open("synthetic:1280x720@30")
        told.until(lambda: [r.task for r in results_of(session)] == ["detect"])
        told.gaps_s.clear()
        for reference, task in (("efficientnet-lite0", "classify"), (yolox, "detect")):
            session.change_model(slot, ModelRequest(reference))
            told.until(lambda: [r.task for r in results_of(session)] == [task])  # noqa: B023
        assert max(told.gaps_s) < 1


def test_a_model_that_fails_while_it_runs_is_taken_out_and_the_others_go_on(folder, monkeypatch):
    tiny.colour_model(folder, "colours")
    failing = threading.Event()
    run = Session.run

    def fragile(self, *args, **more):
        if failing.is_set() and self.path.stem == "boxes":
            raise ModelError("boxes: needs more memory than there is")
        return run(self, *args, **more)

    monkeypatch.setattr(Session, "run", fragile)
    request = ModelRequest(box_model(folder))
    with live_session() as (session, told):
        bad, good = session.add_model(request), session.add_model(ModelRequest("colours"))
        told.until_ready(bad)
        told.until_ready(good)
        session.open(CARD)
        told.until(lambda: len(results_of(session)) == 2)
        failing.set()
        told.until(lambda: session.models[0].state is ModelState.FAILED)
        assert "more memory" in session.models[0].error
        assert session.models[0].request == request
        told.until(lambda: [r.model for r in results_of(session)] == ["colours"])
        failing.clear()
        session.change_model(bad, request)
        told.until(lambda: [r.model for r in results_of(session)] == ["boxes", "colours"])


def test_the_time_of_a_picture_is_that_of_all_its_windows_and_of_nothing_else(folder, monkeypatch):
    spent: list[float] = []
    before = LoadedModel.predict

    def noted(self, image):
        result, timings = before(self, image)
        spent.append(timings.infer_s)
        return result, timings

    request = ModelRequest(box_model(folder))
    facts = ((96, 96), None)
    plain = models._built(0, request, None, facts)
    sliced = models._built(0, replace(request, sliced=True), plain, facts)
    plain.predictor.predict(np.zeros((96, 96, 3), np.uint8))
    monkeypatch.setattr(LoadedModel, "predict", noted)
    assert sliced.predictor.infer.count == 0, "nothing of what the model took without windows"
    sliced.predictor.predict(np.zeros((96, 96, 3), np.uint8))
    assert len(spent) >= 9
    assert sliced.predictor.infer.recent_percentile(0.5) == pytest.approx(sum(spent))
    again = models._built(0, request, sliced, facts)
    assert again.predictor.infer.count == 0, "nor the other way round"
    stricter = models._built(0, replace(request, options=TaskOptions(conf=0.4)), plain, facts)
    assert stricter.predictor.infer is plain.predictor.infer


def test_what_detectors_can_have_on_top(folder, loads):
    tiny.colour_model(folder, "colours")
    request = ModelRequest(box_model(folder))
    with live_session() as (session, told):
        slot = session.add_model(request)
        told.until_ready(slot)
        session.open(CARD)
        told.until(lambda: boxes_of(session) == 1)

        session.change_model(slot, replace(request, track=True))
        told.until(
            lambda: results_of(session)[0].track_ids is not None and results_of(session)[0].track_ids[0] == 1
        )
        session.change_model(slot, replace(request, track=True, options=TaskOptions(conf=0.3)))
        told.until(lambda: results_of(session)[0].track_ids[0] == 1)  # the id outlives the new threshold

        session.change_model(slot, replace(request, sliced=True, slice_size=100))
        told.until(lambda: boxes_of(session) > 1)

        session.change_model(slot, replace(request, classify_boxes="colours"))
        told.until(lambda: results_of(session) and results_of(session)[0].box_classes is not None)
        assert loads == ["boxes", "colours"]

        session.change_model(slot, replace(request, classify_boxes="boxes"))
        status = told.until_ready(slot)
        assert "needs a classifier" in status.error
        assert status.request.classify_boxes == "colours"


def test_a_classifier_is_not_said_to_track(folder):
    tiny.colour_model(folder, "colours")
    with live_session() as (session, told):
        slot = session.add_model(ModelRequest("colours", track=True, sliced=True))
        assert told.until_ready(slot).request == ModelRequest("colours")


def test_a_provider_that_cannot_be_had_is_an_error_not_a_fall_back(folder):
    with live_session() as (session, told):
        slot = session.add_model(ModelRequest(box_model(folder), provider="no-such"))
        status = told.until_ready(slot)
        assert status.state is ModelState.FAILED
        assert "no-such" in status.error
