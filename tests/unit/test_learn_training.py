"""A whole training with a tiny base: what is made, what it says, and what happens when something goes wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import tiny_models
from tests.tiny_classifiers import COLOURS_BGR, coloured, grid_model, write_samples
from vision_app.cancelling import CancelledError
from vision_app.cards.lookup import entries, find_model, user_models_dir
from vision_app.cards.versions import versions_dir
from vision_app.engine.predictors import LoadedModel
from vision_app.engine.predictors import load_model as load_predictor
from vision_app.errors import ConfigError, ModelError, TrainingError
from vision_app.graph import load_model, metadata_of
from vision_app.learn import producing
from vision_app.learn.augment import PLAIN, views_of
from vision_app.learn.cache import EmbeddingCache
from vision_app.learn.embedding import Embedder
from vision_app.learn.options import TrainingOptions, TrainingProgress
from vision_app.learn.producing import TRAINING_KEY, check_content
from vision_app.learn.training import Trainer
from vision_app.messages import Message, from_record
from vision_app.samples.dataset import open_samples
from vision_app.samples.importing import ImportRequest, import_samples
from vision_app.samples.sample import NewSample
from vision_app.samples.store import SampleStore

QUICK = TrainingOptions(epochs=30, learning_rate=0.02)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("VISION_APP_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("VISION_APP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def base(tmp_path):
    folder = tmp_path / "base"
    folder.mkdir()
    return find_model(str(grid_model(folder)))


@pytest.fixture
def samples(tmp_path):
    return write_samples(tmp_path / "samples")


def train(samples: Path, base, name: str = "mine", options: TrainingOptions = QUICK, **more):
    return Trainer(open_samples(samples), base, name, options, **more).run()


def test_from_samples_to_a_model_in_the_catalogue(samples, base):
    seen: list[TrainingProgress] = []
    result = train(samples, base, on_progress=seen.append, title="Colours")
    assert result.labels == ("blue", "green", "red")
    assert (result.train_samples + result.validation_samples, result.version) == (36, 1)
    assert result.validation_accuracy == 1.0
    assert result.counts == {"blue": 12, "green": 12, "red": 12}
    assert {p.phase for p in seen} == {"embedding", "training", "writing"}
    trained = [p for p in seen if p.phase == "training"]
    assert [p.done for p in trained] == list(range(1, result.epochs + 1))
    assert trained[-1].best_epoch == result.best_epoch
    assert all(p.left_s is not None and p.left_s >= 0 for p in trained)
    assert seen[-1].done == seen[-1].total == 1
    shares = [p.share for p in seen]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert max(p.share for p in seen if p.phase == "embedding") < 0.7, "its 100 % are not those of the whole"
    assert "mine" in {e.name for e in entries()}
    model = load_predictor("mine", provider="cpu")
    for label in ("red", "green", "blue"):
        said, _ = model.predict(coloured(label, 500))
        assert said.top(1)[0][1] == label
        assert not said.unknown


def test_the_file_alone_is_a_whole_model(samples, base, tmp_path):
    result = train(samples, base)
    alone = tmp_path / "elsewhere" / "renamed.onnx"
    alone.parent.mkdir()
    shutil.copy(result.model_path, alone)
    shutil.rmtree(user_models_dir())
    shutil.rmtree(base.path.parent)  # the base is gone too
    model = LoadedModel(find_model(str(alone)), provider="cpu")
    card = model.card
    assert (card.name, card.licence, card.family) == ("mine", "MIT", "Grid (CNN)")
    assert card.labels == result.labels
    assert card.extra["made_from"] == "grid"
    assert card.published is None
    assert card.download is None
    assert model.predict(coloured("red", 77))[0].top(1)[0][1] == "red"
    summary = json.loads(metadata_of(load_model(alone), TRAINING_KEY))
    assert summary["best_epoch"] == result.best_epoch
    assert summary["samples"] == 36
    assert len(summary["history"]) == result.epochs
    assert summary["options"]["learning_rate"] == 0.02
    assert len(summary["learnt_from"]) == result.train_samples
    kept = [from_record(*both) for both in zip(summary["advice_messages"], summary["advice"], strict=True)]
    assert all(isinstance(line, Message) for line in kept) and tuple(kept) == result.advice
    assert not any(str(tmp_path) in text for text in (json.dumps(summary),)), "paths of this machine"


def test_the_result_as_json_has_what_a_script_needs(samples, base):
    data = json.loads(json.dumps(train(samples, base).to_json()))
    wanted = {
        *("name", "model_path", "classes", "samples", "epochs", "best_epoch", "stopped_because"),
        *("validation_accuracy", "seconds"),
    }
    assert wanted <= data.keys()
    assert Path(data["model_path"]).is_file()
    assert data["seconds"] > 0


@pytest.mark.parametrize(
    "options",
    [
        TrainingOptions(head="mlp", width=9, activation="gelu", dropout=0.3, epochs=20, learning_rate=0.02),
        TrainingOptions(views=3, flip=False, epochs=10, learning_rate=0.02, monitor="val_accuracy"),
        TrainingOptions(learn_from_all="always", epochs=10, learning_rate=0.02, class_weights="none"),
    ],
    ids=["mlp", "views", "from all"],
)
def test_other_ways_to_train(options, samples, base):
    result = train(samples, base, options=options)
    assert result.validation_accuracy == 1.0
    assert result.learnt_from_all == (options.learn_from_all == "always")
    assert load_predictor("mine", provider="cpu").predict(coloured("green", 9))[0].top(1)[0][1] == "green"


def test_more_views_are_more_to_learn_from(samples, base, tmp_path):
    seen: list[TrainingProgress] = []
    train(samples, base, options=TrainingOptions(views=4, epochs=1), on_progress=seen.append)
    total = next(p.total for p in seen if p.phase == "embedding")
    assert total > 4 * 27


def test_the_same_samples_and_seed_give_the_same_model(samples, base):
    weights = []
    for name in ("one", "two"):
        path = train(samples, base, name).model_path
        weights.append([t.raw_data for t in load_model(path).graph.initializer])
    assert weights[0] == weights[1]


def test_versions_are_kept_and_the_newest_is_current(samples, base):
    first = train(samples, base)
    old = first.model_path.read_bytes()
    write_samples(samples, {"grey": 12})
    second = train(samples, base)
    assert (first.version, second.version) == (1, 2)
    assert second.model_path == first.model_path
    assert len(load_predictor("mine", provider="cpu").card.labels) == 4
    assert (versions_dir("mine") / "1.onnx").read_bytes() == old
    assert train(samples, base).version == 3
    assert sorted(p.name for p in versions_dir("mine").iterdir()) == ["1.onnx", "2.onnx"]
    assert [e.name for e in entries() if "mine" in e.name] == ["mine"]


def test_another_model_is_never_replaced(samples, base, tmp_path):
    with pytest.raises(ModelError, match="not trained here"):
        train(samples, base, "efficientnet-lite0")
    with pytest.raises(ModelError, match="another model of the catalogue"):
        train(samples, base, "resnet50")
    (tmp_path / "models").mkdir(exist_ok=True)
    tiny_models.colour_model(tmp_path / "models", "colours")
    with pytest.raises(ModelError, match="'colours' that was not trained here"):
        train(samples, base, "colours")


@pytest.mark.parametrize("name", ["", "Mine", "a/b", "../x", ".", "내 모델", "x" * 101])
def test_a_name_that_is_none_is_refused_before_anything_is_done(name, samples, base):
    told: list[TrainingProgress] = []
    with pytest.raises(ConfigError, match="name of a model"):
        train(samples, base, name, on_progress=told.append)
    assert told == []


def test_a_model_trained_here_can_be_the_base_of_the_next(samples, base, tmp_path):
    train(samples, base)
    other = write_samples(tmp_path / "other", {"red": 10, "grey": 10})
    result = train(other, find_model("mine"), "next")
    assert result.base == "mine"
    card = load_predictor("next", provider="cpu").card
    assert card.labels == ("grey", "red")
    assert card.licence == "MIT"
    names = [t.name for t in load_model(result.model_path).graph.initializer]
    assert sum("head" in n for n in names) == 2, "weights of the head before are still there"


def test_stop_keeps_the_best_so_far(samples, base):
    def told(progress: TrainingProgress) -> None:
        if progress.phase == "training" and progress.done == 5:
            trainer.stop()

    options = TrainingOptions(epochs=1000, patience=1000)
    trainer = Trainer(open_samples(samples), base, "mine", options, on_progress=told)
    result = trainer.run()
    assert (result.epochs, result.stopped_because) == (5, "stopped")
    assert result.model_path.is_file()


@pytest.mark.parametrize("phase", ["embedding", "training", "writing"])
def test_cancel_from_another_thread_makes_nothing(phase, samples, base):
    reached = threading.Event()
    caught: list[BaseException] = []

    def told(progress: TrainingProgress) -> None:
        if progress.phase == phase:
            reached.set()
            cancelled.wait(10)

    def work() -> None:
        try:
            trainer.run()
        except CancelledError as error:
            caught.append(error)

    cancelled = threading.Event()
    options = TrainingOptions(epochs=2000, patience=2000) if phase == "training" else QUICK
    trainer = Trainer(open_samples(samples), base, "mine", options, on_progress=told)
    thread = threading.Thread(target=work)
    thread.start()
    assert reached.wait(30)
    trainer.cancel()
    cancelled.set()
    thread.join(30)
    assert not thread.is_alive()
    assert isinstance(caught[0], CancelledError)
    assert "mine" not in {e.name for e in entries()}
    left = [p for p in user_models_dir().rglob("*") if p.is_file()] if user_models_dir().exists() else []
    assert left == []


def test_pictures_that_are_gone_or_damaged_are_left_out_and_told(samples, base):
    opened = open_samples(samples)
    (samples / "red" / "0003.png").unlink()
    (samples / "blue" / "0004.png").write_bytes(b"\x89PNG\r\n\x1a\n no more")
    result = Trainer(opened, base, "mine", QUICK).run()
    assert sum(result.counts.values()) == 34
    told = " ".join(w for w in result.warnings if "left out" in w)
    assert "0003.png" in told
    assert "0004.png" in told


def test_a_class_of_which_nothing_is_left_is_one_clear_line(samples, base):
    opened = open_samples(samples)
    shutil.rmtree(samples / "red")
    with pytest.raises(TrainingError, match="nothing is left to learn 'red' from: 12 pictures") as caught:
        Trainer(opened, base, "mine", QUICK).run()
    assert "\n" not in str(caught.value)


def test_a_replaced_picture_is_taken_as_it_is_now(samples, base):
    opened = open_samples(samples)
    target = opened.of_label("red")[0]
    cv2.imwrite(str(target.path), coloured("blue", 900))
    embedder = Embedder(base)
    vector = embedder.embed_one(target)[0]
    assert vector == pytest.approx(embedder.embed_image(cv2.imread(str(target.path))))
    embedder.close()
    fresh = Embedder(base)
    other = next(s for s in open_samples(samples).samples if s.path == target.path)
    assert fresh.embed([other]).from_cache == 1
    fresh.close()


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({"red": 5}, "only one class"),
        ({"red": 1}, "only one class"),
        ({"red": 5, "blue": 1}, "'blue' has one sample only"),
        ({"red": 5, "blue": 0}, "'blue' has no samples"),
    ],
)
def test_too_little_to_learn_from(counts, line, base, tmp_path):
    with pytest.raises(TrainingError, match=line):
        train(write_samples(tmp_path / "few", counts), base)


def test_two_samples_a_class_are_enough_to_try(base, tmp_path):
    result = train(write_samples(tmp_path / "few", {"red": 2, "blue": 2}), base)
    assert (result.train_samples, result.validation_samples) == (2, 2)
    assert result.learnt_from_all
    assert any("says little" in w for w in result.warnings)
    said, _ = load_predictor("mine", provider="cpu").predict(coloured("red", 1))
    assert said.top(1)[0][1] == "red"


def test_a_store_with_a_background_class(base, tmp_path):
    folder = write_samples(tmp_path / "plain", {"red": 12, "blue": 12, "grey": 12})
    with SampleStore.open(tmp_path / "store") as store:
        import_samples(store, ImportRequest(folder))
        store.set_background("grey")
    result = train(tmp_path / "store", base)
    assert result.background == "grey"
    model = load_predictor("mine", provider="cpu")
    assert model.predict(coloured("grey", 700))[0].unknown
    assert not model.predict(coloured("red", 700))[0].unknown


LABELS = ["🙂", "a/b", "사람", "con", "x" * 200, "=1+1", "b\"'<&"]


def test_labels_of_any_kind_come_through(base, tmp_path):
    with SampleStore.open(tmp_path / "store") as store:
        for i, label in enumerate(LABELS):
            for number in range(3):
                image = coloured(list(COLOURS_BGR)[i % 4], 40 * i + number)
                data = cv2.imencode(".png", image)[1].tobytes()
                store.add(NewSample(label, f"s{number}", data, ".png", image))
    result = train(tmp_path / "store", base)
    assert sorted(result.labels) == sorted(LABELS)
    assert load_predictor("mine", provider="cpu").card.labels == result.labels


def test_a_base_that_is_no_classifier_is_refused(samples, shared_models):
    with pytest.raises(ModelError, match="no embedding can be found"):
        train(samples, find_model(str(shared_models / "yolox_nano_416_fp32.onnx")))


def test_a_finished_file_that_differs_is_never_registered(samples, base, monkeypatch):
    monkeypatch.setattr(producing, "LARGEST_DIFFERENCE", -1.0)
    with pytest.raises(TrainingError, match="nothing was registered"):
        train(samples, base)
    assert "mine" not in {e.name for e in entries()}


def test_the_comparison_finds_a_wrong_file(samples, base):
    content = train(samples, base).model_path.read_bytes()
    card = find_model("mine").card
    image = coloured("red", 3)
    with pytest.raises(TrainingError, match="differs from what was trained"):
        check_content(content, base, card, [image], np.array([[0.9, 0.05, 0.05]], np.float32))


def test_a_second_training_embeds_nothing_again(samples, base):
    opened = open_samples(samples)
    first, second = Embedder(base), Embedder(base)
    views = views_of(2)
    cold = first.embed(opened.samples, views)
    first.close()
    warm = second.embed(opened.samples, views)
    second.close()
    assert (cold.from_cache, warm.from_cache) == (0, 72)
    assert np.array_equal(cold.vectors, warm.vectors)


def test_embedding_while_capturing_is_found_by_the_training(samples, base):
    opened = open_samples(samples)
    embedder = Embedder(base)
    for sample in opened.samples:
        assert embedder.embed_one(sample, [PLAIN]).shape == (1, embedder.width)
    assert embedder.embed(opened.samples).from_cache == 36
    embedder.close()


def test_another_preprocessing_is_another_embedding(samples, tmp_path):
    folder = tmp_path / "two"
    folder.mkdir()
    one = find_model(str(grid_model(folder, "one")))
    other = find_model(str(grid_model(folder, "two", input__scale=1 / 128)))
    opened = open_samples(samples)
    first = Embedder(one)
    first.embed(opened.samples)
    first.close()
    second = Embedder(other)
    assert second.embed(opened.samples).from_cache == 0
    second.close()


def test_a_broken_cache_never_fails_a_training(samples, base, tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert train(samples, base).validation_accuracy == 1.0


def test_an_embedder_can_be_lent_and_stays_open(samples, base, tmp_path):
    cache = EmbeddingCache("lent", 48, tmp_path / "lent")
    embedder = Embedder(base, cache=cache)
    train(samples, base, embedder=embedder)
    train(samples, base, embedder=embedder)
    assert cache.usable
    assert len(cache) >= 36
    embedder.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("share", [0.0, 0.4, 0.9])
def test_a_full_disk_leaves_the_model_that_was_there(share, samples, base):
    before = train(samples, base).model_path.read_bytes()
    limit = int(len(before) * share)
    code = f"""
import resource, signal
from pathlib import Path
from vision_app.cards.lookup import find_model
from vision_app.errors import ModelError
from vision_app.learn.options import TrainingOptions
from vision_app.learn.training import Trainer
from vision_app.samples.dataset import open_samples
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    samples, base = open_samples(Path({str(samples)!r})), find_model({str(base.path)!r})
    Trainer(samples, base, "mine", TrainingOptions(epochs=30, learning_rate=0.02)).run()
except ModelError as error:
    print("ModelError", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("ModelError"), done.stdout + done.stderr
    assert (user_models_dir() / "mine.onnx").read_bytes() == before
    assert load_predictor("mine", provider="cpu").predict(coloured("red", 1))[0].top(1)[0][1] == "red"
    leftovers = [p.name for p in user_models_dir().rglob("*") if "trained-" in p.name or p.suffix == ".part"]
    assert leftovers == []
    assert train(samples, base).version == 2


def test_a_kill_between_weights_and_card_leaves_a_model_that_needs_no_repair(samples, base):
    train(samples, base)
    (user_models_dir() / "mine.json").unlink()
    assert load_predictor("mine", provider="cpu").predict(coloured("red", 1))[0].top(1)[0][1] == "red"
    assert train(samples, base).version == 2


def test_what_a_killed_training_left_is_cleared_by_the_next(samples, base):
    train(samples, base)
    left = user_models_dir() / ".incoming" / "trained-mine-999999999.onnx"
    left.write_bytes(b"half")
    train(samples, base)
    assert not left.exists()
