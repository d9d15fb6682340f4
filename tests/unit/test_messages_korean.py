"""Every message of the core, and every text of the command line's help, has a Korean translation."""

import ast
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import messages as tool
import pytest

from vision_app.cards.lookup import entries
from vision_app.cards.words import sentences, texts_of, told_card
from vision_app.cli import main
from vision_app.documents import read_json
from vision_app.errors import VisionError
from vision_app.messages import _FFMPEG, Message, catalogue, read_po, speak, told, with_particles
from vision_app.resources import assets_dir
from vision_app.runtime import Session

PO = assets_dir() / "messages" / "ko.po"
HANGUL = re.compile("[가-힣]")
# names, numbers and what is written alike in both languages
ALIKE = {
    " of {wanted}",
    " and ",
    " of val/",
    " of train/",
    " at {fps:g} fps",
    "{first} and {last} decide",
    "{last} decides",
    "{name} to {task}",
    "nearest-to {path}: {error}",
    "{name}: {of} ({call}, {cost_ms:g} ms)",
    "HEIC by pillow-heif {version}",
    "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC, JPEG 2000, Netpbm",
}


@pytest.fixture
def korean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VISION_APP_LANGUAGE", "ko")
    speak("ko")
    yield
    speak("en")


PLACES_OF_OWN = {
    "{name} on {provider}: {error}",
    "left out: {problem}",
    "undone: {text}",
    "{where} line {line}: {problem}",
    "nearest-to {path}: {error}",
    "frame {index}: {error}",
    "line {line}: {problem}",
    "samples {root}: {text}",
    "folder {root}: {problem}",
    "zip {source}: {problem}",
    "stream {name}: {error}",
    "output {kind}: {error}",
    "skipped {path}: {reason}",
    "left out: {error}",
}
"""Places before messages of our own, which are told in Korean."""


def test_every_message_has_a_translation() -> None:
    known = catalogue("ko")
    missing = [f"{place}: {text}" for text, place in tool.wanted().items() if text not in known]
    assert not missing, "translate these in assets/messages/ko.po (tools/messages.py writes the entries)"


def test_no_translation_stands_there_in_vain_or_twice() -> None:
    pairs = list(read_po(PO.read_text(encoding="utf-8")))
    needed = tool.wanted()
    assert [text for text, _ in pairs if text not in needed] == [], "tools/messages.py --unused lists them"
    assert len({text for text, _ in pairs}) == len(pairs)


def test_korean_is_korean_and_fills_the_same_fields() -> None:
    for english, korean in catalogue("ko").items():
        assert HANGUL.search(korean) or english in ALIKE, english
        assert english.endswith(" ") <= korean.endswith(" "), f"the space at its end is lost: {english!r}"
        if "%(" in english or re.search(r"%[sr]", english):
            assert sorted(re.findall(r"%\(\w+\)[sr]|%[sr]", english)) == sorted(
                re.findall(r"%\(\w+\)[sr]|%[sr]", korean)
            )


def test_a_message_with_values_can_be_filled_in_korean() -> None:
    for english in _with_values():
        korean = catalogue("ko").get(english, english)
        assert tool.fields(english) == tool.fields(korean), english
        specs = {(n, c, s) for _, n, s, c in string.Formatter().parse(korean) if n}
        assert specs <= {(n, c, s) for _, n, s, c in string.Formatter().parse(english) if n}, english


def _with_values() -> set[str]:
    """Templates of calls that have values: the others are not formatted, and may hold braces."""
    trees = tool.sources()
    said = tool.errors(trees) | {"Message"}
    return {
        node.args[0].value
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in said
        and node.keywords
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_errors_are_made_of_a_template_and_its_values() -> None:
    """An f-string would be English for ever: nothing could translate it."""
    trees = tool.sources()
    said = tool.errors(trees) | {"Message"}
    wrong = [
        f"{path.name}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in said
        if any(isinstance(part, ast.JoinedStr | ast.BinOp) for part in node.args[:1])
    ]
    assert wrong == []


def test_what_the_command_line_prints_has_its_words_in_messages() -> None:
    """A plain text would be English for ever; what it is put together of has been told already."""
    printing = {"out", "say", "counting", "add_column", "add_task", "TextColumn"}
    wrong = [
        f"{path.name}:{node.lineno}"
        for path, tree in tool.sources().items()
        if path.parent.name in ("cli", "headless")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in printing
        and node.args
        and tool.has_words(_written(node.args[0]))
    ]
    assert wrong == []


def test_words_of_a_library_come_last_after_a_sentence_of_our_own() -> None:
    """What ONNX Runtime, FFmpeg or a parser says is English: it is quoted, after Korean that says what is wrong."""
    for english, korean in catalogue("ko").items():
        if not re.search(r"\{(error|reason|problem|detail|why|text)(![rs])?\}", english):
            continue
        own = "".join(text for text, *_ in string.Formatter().parse(korean))
        assert len(HANGUL.findall(own)) >= 4 or english in PLACES_OF_OWN, english
        # no particle, no verb: a foreign sentence is no part of ours
        assert not re.search(r"\{(error|reason)\}[^.:;)]*[가-힣]", korean), english


@pytest.mark.parametrize(
    ("content", "own"),
    [
        (b"\x08\x07no model at all" * 20, "쓸 수 있는 ONNX 모델이 아닙니다. 파일이 잘렸거나"),
        (b'{"a": 1,, }', "JSON이 아닙니다"),
    ],
    ids=["ONNX Runtime", "JSON"],
)
def test_an_error_of_a_library_is_told_in_korean_first(
    korean: None, tmp_path: Path, content: bytes, own: str
) -> None:
    path = tmp_path / ("broken.onnx" if own.startswith("쓸") else "broken.json")
    path.write_bytes(content)
    with pytest.raises(VisionError) as caught:
        Session(path, "cpu") if path.suffix == ".onnx" else read_json(path)
    said = told(caught.value)
    assert own in said
    words = re.search("[A-Za-z]{4,} [a-z]{2,} .*$", said)
    assert words is None or said.index(own) < words.start()


def test_ffmpegs_usual_words_are_told_in_korean() -> None:
    with pytest.raises(av.FFmpegError) as caught:
        av.open(str(PO))
    assert told(caught.value, "ko") == "데이터가 올바르지 않습니다"
    for number, message in _FFMPEG.items():
        assert av.error.ErrorType(number).strerror == message
        assert HANGUL.search(told(message, "ko"))


def test_warnings_and_errors_in_logs_are_messages() -> None:
    """They are told in the language in force; a traceback, and what is below a warning, is for engineers."""
    wrong = [
        f"{path.name}:{node.lineno}"
        for path, tree in tool.sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and re.fullmatch(r"(self\.)?_?log\.(warning|error|critical|exception)", ast.unparse(node.func))
        and re.match("[f'\"]", ast.unparse(node.args[0]))
    ]
    assert wrong == []


def test_a_warning_that_no_log_takes_reaches_the_terminal_in_korean(tmp_path: Path) -> None:
    """A plug-in that cannot be imported."""
    info = tmp_path / "broken_vision-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-vision\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[vision_app.sources]\nnone = nothing_here:KIND\n")
    done = subprocess.run(
        [sys.executable, "-m", "vision_app", "--source", "missing.mp4", "--model", "sketch-mlp"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "VISION_APP_LANGUAGE": "ko", "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    wanted = "broken-vision의 플러그인 none을(를) 제외했습니다: ModuleNotFoundError"
    assert wanted in done.stderr


def _written(text: ast.expr) -> str:
    """The words of an f-string or a text that stand there; those of a kiosk file are its own, fps and ms are units."""
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    words = "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    return re.sub(r"\{[^{}]*\}|^pin = |\b(fps|ms)\b", "", words)


def test_no_message_is_put_into_an_f_string_or_joined() -> None:
    """What comes of it is a plain text, which nothing can translate: a field of a message, or `listed`, keeps it."""
    wrong = [
        f"{path.name}:{node.lineno}"
        for path, tree in tool.sources().items()
        for node in ast.walk(tree)
        for part in map(ast.unparse, _joined(node))
        if re.search(r"\b(Message|listed)\(", part) and not re.search(r"\b_?(told|words)\(", part)
    ]
    assert wrong == []


def _joined(node: ast.AST) -> list[ast.AST]:
    """What becomes one plain text: the values of an f-string, what `join` is given."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        return [*node.args]
    return []


def test_each_field_of_a_template_has_a_value() -> None:
    trees = tool.sources()
    said = tool.errors(trees) | {"Message"}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in said):
                continue
            first = node.args[0] if node.args else None
            given = {k.arg for k in node.keywords}
            if (
                given
                and None not in given
                and isinstance(first, ast.Constant)
                and isinstance(first.value, str)
            ):
                named = {n for _, n, _, _ in string.Formatter().parse(first.value) if n}
                own = {"choices", "classes", "line"}  # arguments of an error's own
                assert named == given - (own - named), f"{path.name}:{node.lineno}"


@pytest.mark.parametrize(
    ("both", "one"),
    [
        ("컵을(를) 찾음", "컵을 찾음"),
        ("모자을(를) 찾음", "모자를 찾음"),
        ("'사과'은(는)", "'사과'는"),
        ("클래스 3이(가)", "클래스 3이"),
        ("클래스 2이(가)", "클래스 2가"),
        ("버전 1(으)로", "버전 1로"),
        ("버전 3(으)로", "버전 3으로"),
        ("연필(으)로", "연필로"),
        ("가위와(과) 컵과(와)", "가위와 컵과"),
        ("a.png을(를)", "a.png을(를)"),
        ("'컵'(이)라는 클래스", "'컵'이라는 클래스"),
    ],
)
def test_the_particle_fits_the_sound_before_it(both: str, one: str) -> None:
    assert with_particles(both) == one


def test_the_catalogue_is_a_gettext_file() -> None:
    text = PO.read_text(encoding="utf-8")
    assert text.count("\nmsgid ") == text.count("\nmsgstr ")
    assert "Language: ko" in text
    assert Path(PO).stat().st_size < 1_000_000


def test_what_the_cards_that_ship_say_is_told_in_korean(korean: None) -> None:
    """Notes, sources of figures and titles of chains: each sentence; addresses and names stay as they are."""
    cards = [entry.about for entry in entries() if entry.about is not None]
    texts = [text for card in cards for text in texts_of(card) if text]
    assert len(cards) > 40 and len(texts) > 80
    assert [text for text in texts if not HANGUL.search(told_card(text))] == []
    assert [s for text in texts for s in sentences(text) if s.endswith(".") and told(Message(s)) == s] == []


def test_a_card_of_a_stranger_says_what_is_in_it(korean: None) -> None:
    assert told_card("My own words. See https://a.b/c. Bad at people far away.") == (
        "My own words. See https://a.b/c. 멀리 있는 사람은 잘 찾지 못합니다."
    )


def test_models_info_tells_the_notes_in_korean(korean: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "info", "yolox-nano"]) == 0
    said = capsys.readouterr().out
    assert "저자의 demo/ONNXRuntime" in said and "깊이는 직접 센 것" in said
    assert main(["models", "info", "hands"]) == 0
    said = capsys.readouterr().out
    assert "감시에 쓰지 않으며" in said and "Its makers" not in said and "제목" in said and "손" in said
