"""A classifier on real files: which samples, which classes, what is unknown, what is bad input."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from tests import taught_model, tiny_models
from vision_app.cancelling import CancelledError
from vision_app.cards.card import parse_card
from vision_app.cards.lookup import ModelFile
from vision_app.errors import ModelError, SampleError
from vision_app.learn.evaluating import Evaluation, compare, evaluate
from vision_app.learn.matching import choose, match_labels, pictures_of_others
from vision_app.samples.dataset import SampleSet, open_samples


def colours(folder: Path, name: str = "colours", **changes: object) -> ModelFile:
    path = tiny_models.colour_model(folder, name, **changes)
    return ModelFile(name, path, parse_card(tiny_models.card(name, **changes), "test"))


@pytest.fixture
def samples(tmp_path: Path) -> SampleSet:
    """Five of each colour, and two reds among the greens: mistakes of whoever labelled them."""
    root = taught_model.write_pictures(tmp_path / "samples", {"red": 5, "green": 5, "blue": 5})
    for i in range(2):
        (root / "red" / f"00{i}.png").rename(root / "green" / f"wrong-{i}.png")
    return open_samples(root)


def test_figures_and_mistakes_with_their_pictures(tmp_path: Path, samples: SampleSet) -> None:
    found = evaluate(colours(tmp_path), samples)
    assert (found.metrics.count, found.metrics.accuracy) == (15, pytest.approx(13 / 15))
    wrong = found.mistakes()
    assert {Path(j.id).name for j in wrong} == {"wrong-0.png", "wrong-1.png"}
    assert all(j.path.is_file() and found.labels[j.predicted] == "red" for j in wrong)
    assert [j.confidence for j in wrong] == sorted((j.confidence for j in wrong), reverse=True)
    green, red = found.labels.index("green"), found.labels.index("red")
    assert {j.id for j in found.cell(green, red)} == {j.id for j in wrong}
    assert found.metrics.confusion[green, red] == 2
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert record["accuracy"] == pytest.approx(13 / 15, abs=1e-6)
    assert len(record["mistakes"]) == 2


def test_a_mapping_and_loose_names(tmp_path: Path) -> None:
    root = taught_model.write_pictures(tmp_path / "samples", {"RED": 3, "Green": 3, "blue": 3, "junk": 3})
    (root / "blue").rename(root / "blau")
    found = evaluate(colours(tmp_path), open_samples(root), mapping={"blau": "blue", "junk": ""})
    assert (found.metrics.count, found.metrics.accuracy) == (9, 1.0)


def test_labels_that_the_model_does_not_know(tmp_path: Path) -> None:
    root = taught_model.write_pictures(tmp_path / "samples", {"red": 2, "cat": 2, "dog": 2})
    with pytest.raises(
        ModelError, match=r"colours does not know the classes 'cat', 'dog'.*'red', 'green', 'blue'.*--map"
    ):
        evaluate(colours(tmp_path), open_samples(root))


@pytest.mark.parametrize(
    ("mapping", "error"),
    [({"pink": "red"}, "no class 'pink'; they have"), ({"red": "pink"}, "has no class 'pink'; it has")],
    ids=["samples", "model"],
)
def test_a_mapping_of_what_is_not_there(mapping: dict[str, str], error: str) -> None:
    with pytest.raises((ModelError, SampleError), match=error):
        match_labels(["red"], ["red", "blue"], mapping, "m")


def test_two_classes_that_differ_by_case_are_not_mixed_up() -> None:
    assert match_labels(["Cat", "cat"], ["cat", "Cat"], {}, "m") == {"Cat": 1, "cat": 0}
    with pytest.raises(ModelError, match="does not know"):
        match_labels(["CAT"], ["cat", "Cat"], {}, "m")


def test_other_things_should_be_unknown(tmp_path: Path, samples: SampleSet) -> None:
    file = colours(tmp_path, output__reject_below=0.5)
    others = taught_model.write_pictures(tmp_path / "others", {"grey": 6})
    found = evaluate(file, samples, others=pictures_of_others(others))
    assert len(found.others) == 6
    assert found.others_unknown == 1.0  # grey has no colour that leads
    assert found.metrics.rejected < 0.2
    assert found.to_json()["others_unknown"] == 1.0


def test_the_background_of_the_samples_is_other_things_for_a_model_without_one(
    tmp_path: Path, samples: SampleSet
) -> None:
    root = taught_model.write_pictures(samples.root, {"none of these": 4})
    with_background = dataclasses.replace(open_samples(root), background="none of these")
    found = evaluate(colours(tmp_path, output__reject_below=0.5), with_background)
    assert (found.metrics.count, len(found.others)) == (15, 4)


def test_the_background_has_another_name_in_the_model(tmp_path: Path, samples: SampleSet) -> None:
    file = colours(tmp_path, labels=["red", "green", "rest"], output__background="rest")
    renamed = open_samples(samples.root)
    moved = tuple(dataclasses.replace(s, label="nichts") if s.label == "blue" else s for s in renamed.samples)
    background = dataclasses.replace(
        renamed, samples=moved, labels=("red", "green", "nichts"), background="nichts"
    )
    found = evaluate(file, background)
    assert found.metrics.background_found == 1.0
    assert found.metrics.count == 15


class TestBadInput:
    def test_a_detector(self, tmp_path: Path, samples: SampleSet) -> None:
        path = tiny_models.constant_model(tmp_path / "boxes.onnx", np.zeros((1, 84, 21), np.float32))
        card = tiny_models.card("boxes", task="detect", output={"layout": "yolo-v8"}, labels="coco-80")
        with pytest.raises(ModelError, match="boxes is a model to detect: only classifiers"):
            evaluate(ModelFile("boxes", path, parse_card(card, "test")), samples)

    def test_damaged_pictures_are_counted_and_left_out(self, tmp_path: Path, samples: SampleSet) -> None:
        (samples.root / "red" / "002.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
        (samples.root / "blue" / "000.png").write_bytes(b"")
        found = evaluate(colours(tmp_path), open_samples(samples.root))
        assert (found.metrics.count, len(found.problems)) == (13, 2)
        assert all(".png" in problem for problem in found.problems)

    def test_nothing_but_damaged_pictures(self, tmp_path: Path) -> None:
        root = tmp_path / "samples"
        (root / "red").mkdir(parents=True)
        (root / "red" / "0.png").write_bytes(b"nothing")
        with pytest.raises(SampleError, match="none of 1 pictures can be read"):
            evaluate(colours(tmp_path), open_samples(root))

    def test_everything_left_out(self, tmp_path: Path, samples: SampleSet) -> None:
        with pytest.raises(SampleError, match="no sample of a class that colours knows"):
            evaluate(colours(tmp_path), samples, mapping={"red": "", "green": "", "blue": ""})

    def test_a_folder_without_pictures_of_others(self, tmp_path: Path) -> None:
        with pytest.raises(SampleError, match="no such picture"):
            pictures_of_others(tmp_path / "gone")

    def test_a_model_that_fails_says_so(self, tmp_path: Path, samples: SampleSet) -> None:
        path = tiny_models.constant_model(tmp_path / "nan.onnx", np.full((1, 3), np.nan, np.float32))
        with pytest.raises(ModelError, match="NaN"):
            evaluate(ModelFile("nan", path, parse_card(tiny_models.card("nan"), "test")), samples)


class TestWhichSamples:
    def split(self, tmp_path: Path) -> SampleSet:
        taught_model.write_pictures(tmp_path / "s" / "train", {"red": 3, "blue": 3})
        taught_model.write_pictures(tmp_path / "s" / "val", {"red": 2, "blue": 1}, seed=1)
        return open_samples(tmp_path / "s")

    @pytest.mark.parametrize(
        ("part", "count", "taken"),
        [("held-out", 3, "val"), ("val", 3, "val"), ("train", 6, "train"), ("all", 9, "all")],
    )
    def test_of_folders(self, tmp_path: Path, part: str, count: int, taken: str) -> None:
        chosen, named, left_out = choose(self.split(tmp_path), part, {})  # type: ignore[arg-type]
        assert (len(chosen), named, left_out) == (count, taken, 0)

    def test_those_that_were_learnt_from_are_left_out(self, samples: SampleSet) -> None:
        learnt = {"learnt_from": [s.sha256[:12] for s in samples.samples[:9]]}
        chosen, named, left_out = choose(samples, "held-out", learnt)
        assert (len(chosen), named, left_out) == (6, "held-out", 9)

    def test_all_were_learnt_from(self, samples: SampleSet) -> None:
        learnt = {"learnt_from": [s.sha256[:12] for s in samples.samples]}
        with pytest.raises(SampleError, match="learnt from all 15"):
            choose(samples, "held-out", learnt)

    def test_a_side_where_there_are_no_sides(self, samples: SampleSet) -> None:
        with pytest.raises(SampleError, match="no folders train/ and val/"):
            choose(samples, "val", {})


def test_progress_and_cancelling(tmp_path: Path, samples: SampleSet) -> None:
    told: list[tuple[int, int]] = []
    evaluate(colours(tmp_path), samples, on_evaluated=lambda done, total: told.append((done, total)))
    assert told[-1] == (15, 15)
    with pytest.raises(CancelledError):
        evaluate(colours(tmp_path), samples, cancelled=lambda: True)


def test_comparing_two_models(tmp_path: Path, samples: SampleSet) -> None:
    good = evaluate(colours(tmp_path, "good"), samples)
    swapped = evaluate(colours(tmp_path, "swapped", labels=["green", "red", "blue"]), samples)
    found = compare(good, swapped)
    assert found.paired.only_first == 8 and found.paired.only_second == 2
    assert len(found.disagreed) == 10
    assert "no difference that these 15 samples could show" in found.verdict
    same = compare(good, good, ("mine", "mine@1"))
    assert same.verdict == "mine and mine@1 have the same 13 of 15 samples right"
    assert same.paired.p_value == 1.0


def test_comparing_without_shared_samples(tmp_path: Path, samples: SampleSet) -> None:
    first = evaluate(colours(tmp_path), samples)
    others = open_samples(taught_model.write_pictures(tmp_path / "more" / "x", {"red": 1, "blue": 1}))
    second: Evaluation = evaluate(colours(tmp_path), others)
    second = dataclasses.replace(
        second, judged=tuple(dataclasses.replace(j, id=f"other/{j.id}") for j in second.judged)
    )
    with pytest.raises(SampleError, match="no sample in common"):
        compare(first, second)
