"""A message keeps its template and values, so that it can be said in another language later."""

import copy
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from vision_app.errors import ModelError, SinkError, VisionError, disk_reason
from vision_app.messages import Message, language_of_environment, listed, read_po, speak, spoken, told


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    speak("en")


def test_an_error_is_english_and_can_be_told_in_korean() -> None:
    error = ModelError("no such model file: {path}", path=Path("a.onnx"))
    assert str(error) == "no such model file: a.onnx"
    assert told(error) == "no such model file: a.onnx"
    assert told(error, "ko") == "모델 파일이 없습니다: a.onnx"
    speak("ko")
    assert spoken() == "ko"
    assert told(error) == "모델 파일이 없습니다: a.onnx"
    assert str(error) == "no such model file: a.onnx"


def test_errors_and_messages_inside_are_translated_and_names_are_not() -> None:
    inner = ModelError("no such model file: {path}", path="the disk is full")
    outer = SinkError("{error} ({reason})", error=inner, reason=Message("the disk is full"))
    assert told(outer, "ko") == "모델 파일이 없습니다: the disk is full (디스크가 가득 찼습니다)"


def test_a_message_without_fields_is_not_formatted() -> None:
    assert str(VisionError('write { en = "..." }')) == 'write { en = "..." }'
    assert Message("{a}", a="{b}") == "{b}"


def test_what_has_no_translation_stays_english() -> None:
    assert told(VisionError("brand new {thing}", thing=Message("the disk is full")), "ko") == (
        "brand new 디스크가 가득 찼습니다"
    )
    assert told("no template", "ko") == "no template"


def test_an_error_that_holds_another_ones_message_keeps_its_template() -> None:
    first = ModelError("no such model file: {path}", path="x")
    assert told(SinkError(first.message), "ko") == "모델 파일이 없습니다: x"
    assert told(ValueError(first.message), "ko") == "모델 파일이 없습니다: x"
    assert told(copy.copy(first), "ko") == "모델 파일이 없습니다: x"


def test_what_the_system_says_of_a_file_is_told_too() -> None:
    error = PermissionError(errno.EACCES, "Permission denied", "/x")
    assert told(error) == "/x: Permission denied"
    assert told(error, "ko") == "/x: 권한이 없습니다"
    full = OSError(errno.ENOSPC, "No space left on device")
    assert disk_reason(full) == "the disk is full"
    assert told(SinkError("{reason}", reason=disk_reason(full)), "ko") == "디스크가 가득 찼습니다"
    assert told(OSError(errno.EACCES, "Other words"), "ko") == "Other words"


def test_several_messages_as_one() -> None:
    both = listed([Message("the disk is full"), "a.png"], "; ")
    assert both == "the disk is full; a.png"
    assert told(both, "ko") == "디스크가 가득 찼습니다; a.png"
    assert listed([]) == ""


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "ko"}, "ko"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ko_KR.UTF-8", "LANG": "en_GB"}, "ko"),
        ({"VISION_APP_LANGUAGE": "en", "LC_ALL": "ko_KR.UTF-8"}, "en"),
        ({"VISION_APP_LANGUAGE": "ko-KR"}, "ko"),
        ({"VISION_APP_LANGUAGE": "", "LANG": "ko_KR"}, "ko"),
    ],
)
def test_the_environment_says_the_language(environment: dict[str, str], code: str) -> None:
    assert language_of_environment(environment) == code


def test_a_language_that_there_is_not_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="one of en, ko"):
        speak("tlh")


def test_po_files_are_read_as_gettext_writes_them() -> None:
    text = '# note\nmsgid ""\nmsgstr "Language: ko\\n"\n\n#: a.py\nmsgid "a \\"b\\""\nmsgstr ""\n"하나\\n"\n"둘"\n'
    assert list(read_po(text + '\nmsgid "not yet"\nmsgstr ""\n')) == [('a "b"', "하나\n둘")]


def test_korean_writes_no_space_before_the_sign_of_a_share() -> None:
    message = Message("{share:.1f} % of {count} held out", share=87.5, count=8)
    assert "87.5%" in told(message, "ko")
    assert told(Message("{name}: {share}", name="at 50 %.png", share="12.5 %"), "ko") == "at 50 %.png: 12.5%"
    assert told(message, "en") == "87.5 % of 8 held out"
