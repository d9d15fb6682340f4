"""Labels are any text; folders have names that Windows, macOS and Linux take and tell apart."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.errors import SampleError
from vision_app.samples.labels import clean_label, folder_key, folder_name, is_safe_name

AWKWARD = [
    "con",
    "CON",
    "nul",
    "com1",
    "lpt9",
    ".",
    "..",
    "...",
    "a/b",
    "a\\b",
    "../../etc/passwd",
    "C:\\Windows",
    "cat.",
    "cat ",
    "-",
    "😀",
    "👩‍👩‍👧",
    "사람",
    "x" * 300,
    "사" * 300,
    '<>:"|?*',
    "\u202eabc",
    "trash",
    "pictures",
    "aux.txt",
]


def fits_everywhere(name: str) -> bool:
    """Source: Microsoft, "Naming Files, Paths, and Namespaces"; POSIX; the 255 bytes of ext4."""
    return (
        bool(name)
        and not re.search(r'[<>:"/\\|?*\x00-\x1f]', name)
        and name[-1] not in ". "
        and name[0] not in ". "
        and not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE)
        and len(name.encode()) <= 120
    )


@pytest.mark.parametrize("label", AWKWARD, ids=ascii)
def test_an_awkward_label_gets_a_folder_that_works_everywhere(label):
    name = folder_name(clean_label(label) if label.strip() else label)
    assert fits_everywhere(name), name
    assert is_safe_name(name)


@given(st.lists(st.text(min_size=1, max_size=400), min_size=1, max_size=8))
def test_any_labels_get_folders_that_no_system_confuses(labels):
    taken: list[str] = []
    for text in labels:
        try:
            label = clean_label(text)
        except SampleError:
            continue
        taken.append(folder_name(label, taken))
        assert fits_everywhere(taken[-1]), (label, taken[-1])
    assert len({folder_key(name) for name in taken}) == len(taken)


def test_readable_labels_stay_readable_on_the_disk():
    assert folder_name("사람 2") == "사람 2"
    assert folder_name("red_cup") == "red_cup"


def test_composed_and_decomposed_text_is_one_label():
    assert clean_label(unicodedata.normalize("NFD", "사람 é")) == clean_label("사람 é") == "사람 é"


@pytest.mark.parametrize("label", ["Cat", "cat", "a/b", "😀", "x" * 300, "\u200fא", "con", "."])
def test_text_is_kept_as_it_is(label):
    assert clean_label(label) == label


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u200f", "\0"], ids=ascii)
def test_a_label_that_cannot_be_seen_is_refused(text):
    with pytest.raises(SampleError, match="can be seen"):
        clean_label(text)


def test_a_label_without_end_is_refused():
    with pytest.raises(SampleError, match="at most 1000"):
        clean_label("x" * 1001)


def test_undecodable_file_names_become_text():
    assert "\udcff" not in clean_label("caf\udcff")
