"""Labels in Korean: complete, one language a list, and cheap where pictures are drawn."""

import re
import time

import cv2
import numpy as np
import pytest

from vision_app.labels import LabelNames, label_names, name_of
from vision_app.overlay.bars import paint_classification
from vision_app.overlay.canvas import Canvas
from vision_app.overlay.style import Style
from vision_app.overlay.text import BOLD, draw_line, width_of
from vision_app.resources import assets_dir
from vision_app.results.values import Classification

HANGUL = re.compile("[가-힣]")
LISTS = sorted((assets_dir() / "labels").glob("*.ko.txt"))


def lines(name: str) -> tuple[str, ...]:
    return tuple((assets_dir() / "labels" / name).read_text(encoding="utf-8").splitlines())


IMAGENET, COCO = lines("imagenet-1k.txt"), lines("coco-80.txt")


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_label_has_a_name_of_its_own(path: object) -> None:
    english = lines(path.name.replace(".ko.txt", ".txt"))  # type: ignore[attr-defined]
    korean = lines(path.name)  # type: ignore[attr-defined]
    assert len(english) == len(korean)
    assert all(HANGUL.search(name) or name == "TV" for name in korean)
    assert len(set(korean)) == len(korean)
    assert not [name for name in korean if name != name.strip() or re.search(r"[()|/,]", name)]


def test_all_shipped_lists_are_named() -> None:
    shipped = {p.name for p in (assets_dir() / "labels").glob("*.txt")}
    assert {n for n in shipped if not n.endswith(".ko.txt")} == {
        n.replace(".ko.", ".") for n in shipped if ".ko." in n
    }


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("crane bird", "두루미"),
        ("crane", "기중기"),
        ("Cardigan", "카디건 웰시 코기"),
        ("cardigan", "카디건"),
        ("drumstick", "드럼 스틱"),
        ("maillot", "체조복"),
        ("maillot tank suit", "원피스 수영복"),
        ("pick", "기타 피크"),
        ("plane", "대패"),
        ("pirate", "해적선"),
        ("file", "서류 캐비닛"),
        ("ear", "옥수수 이삭"),
        ("hip", "로즈힙"),
        ("boxer", "복서"),
        ("papillon", "파피용"),
        ("beacon", "등대"),
        ("amphibian", "수륙 양용차"),
        ("brass", "황동 명판"),
        ("groom", "신랑"),
        ("wing", "비행기 날개"),
        ("iron", "다리미"),
        ("racer", "경주용 자동차"),
        ("bow", "활"),
        ("jersey", "티셔츠"),
        ("muzzle", "입마개"),
        ("nipple", "젖병 꼭지"),
        ("vault", "둥근 천장"),
        ("swab", "대걸레"),
    ],
)
def test_a_word_of_two_meanings_has_the_name_of_what_the_class_shows(label: str, name: str) -> None:
    assert name_of(label, label_names("ko"), IMAGENET) == name


def test_a_label_of_two_lists_is_named_as_its_list_means_it() -> None:
    names = label_names("ko")
    assert name_of("kite", names, IMAGENET) == "솔개"
    assert name_of("kite", names, COCO) == "연"


def test_the_lists_agree_on_all_other_labels() -> None:
    pairs = {}
    for path in LISTS:
        for label, name in zip(lines(path.name.replace(".ko.txt", ".txt")), lines(path.name), strict=True):
            if label != "kite":
                assert pairs.setdefault(label, name) == name, label


def test_a_list_that_is_not_ours_stays_in_its_own_language() -> None:
    names = label_names("ko")
    own = ("cup", "my blue pen", "none of these")
    assert [names.of(label, own) for label in own] == ["cup", "my blue pen", "해당 없음"]
    subset = ("person", "dog")
    assert [names.of(label, subset) for label in subset] == ["사람", "개"]


def test_english_names_nothing() -> None:
    assert label_names("en") == {}
    assert label_names("en").of("cup", COCO) == "cup"


def test_the_font_has_every_letter_of_the_names() -> None:
    """A letter that the font lacks is drawn as a question mark, the same for all."""
    letters = sorted(set("".join(name for path in LISTS for name in lines(path.name))) - {" "})
    seen: dict[bytes, str] = {}
    for letter in letters:
        image = np.zeros((48, 64, 3), np.uint8)
        draw_line(image, letter, 4, 4, size_px=28, colour=(255, 255, 255))
        assert image.any(), letter
        assert image.tobytes() not in seen, f"{letter} looks like {seen.get(image.tobytes())}"
        seen[image.tobytes()] = letter
    assert len(seen) > 400


def test_the_card_of_a_classifier_is_drawn_in_korean() -> None:
    probabilities = np.full(1000, 1e-6, np.float32)
    probabilities[134] = 0.9
    result = Classification("model", probabilities, IMAGENET, top_k=1)

    def drawn(style: Style) -> np.ndarray:
        canvas = Canvas(np.zeros((240, 320, 3), np.uint8), style, headers=False)
        paint_classification(canvas, result)
        canvas.finish()
        return canvas.image

    korean = Style(names=label_names("ko"))
    assert not np.array_equal(drawn(Style()), drawn(korean))
    assert np.array_equal(drawn(korean), drawn(Style(names={"crane bird": "두루미"})))
    assert width_of("두루미", 18, BOLD) > 0


def test_a_lookup_costs_less_than_a_microsecond_or_so() -> None:
    """Compared with a look into a plain dictionary in the same run, so that a busy machine does not matter."""
    names = LabelNames(({label: label for label in IMAGENET},), {})
    plain = dict(names)

    def best(work: object) -> float:
        times = []
        for _ in range(30):
            begun = time.perf_counter()
            for _ in range(1000):
                work()  # type: ignore[operator]
            times.append(time.perf_counter() - begun)
        return min(times)

    assert best(lambda: names.of("crane", IMAGENET)) < 20 * best(lambda: plain.get("crane", "crane"))
    assert cv2.__version__
