"""A class that was renamed after a model had learnt it: the model is evaluated all the same, and no flag is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sample_pictures import new_sample
from tests.tiny_classifiers import grid_model
from vision_app.cards.lookup import find_model
from vision_app.errors import ModelError
from vision_app.gui.pieces.background import one_line
from vision_app.learn.evaluating import evaluate
from vision_app.samples.dataset import open_samples
from vision_app.samples.store import SampleStore


def test_a_store_knows_what_a_class_was_called(tmp_path: Path) -> None:
    with SampleStore.open(tmp_path / "samples") as store:
        store.add_class("cup")
        store.add_class("pen")
        store.rename("cup", "mug")
        store.rename("mug", "beaker")
        assert store.earlier_labels() == {"beaker": ("cup", "mug"), "pen": ()}
        store.add_class("cup")  # another one: what was called so before is not it
        assert store.earlier_labels()["beaker"] == ("mug",)
    with SampleStore.open(tmp_path / "samples") as again:
        assert again.earlier_labels()["beaker"] == ("mug",)


def test_a_model_is_evaluated_on_a_class_by_its_earlier_label(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = find_model(str(grid_model(tmp_path)))
    assert model.card is not None
    first, second = model.card.labels[:2]
    with SampleStore.open(tmp_path / "samples") as store:
        for number, label in enumerate((first, second)):
            store.add(new_sample(label, number))
        store.rename(first, "mug")
        samples = open_samples(store.folder)
        with pytest.raises(ModelError, match="--map") as raised:
            evaluate(model, samples, part="all")
        assert "--" not in one_line(raised.value)
        found = evaluate(model, samples, part="all", earlier=store.earlier_labels())
        assert sorted(judged.target for judged in found.judged) == [0, 1]
        store.delete_class("mug")  # a mapping of what is not there is no fault
        assert (
            len(evaluate(model, open_samples(store.folder), part="all", earlier={"mug": (first,)}).judged)
            == 1
        )
