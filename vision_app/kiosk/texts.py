"""What a kiosk says by itself, in every language that it can show. Several are shown at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

TEXTS: dict[str, dict[str, str]] = {
    "notice": {
        "en": "Nothing is stored or sent",
        "ko": "영상은 저장되거나 전송되지 않습니다",
    },
    "blurred-others": {
        "en": "Only the person in front is shown clearly",
        "ko": "맨 앞의 한 사람만 선명하게 보입니다",
    },
    "blurred-all": {
        "en": "All people are blurred",
        "ko": "모든 사람이 흐리게 보입니다",
    },
    "invite": {"en": "Come closer!", "ko": "가까이 와 보세요!"},
    "invite-more": {
        "en": "See what a neural network sees",
        "ko": "인공지능이 보는 세상을 보여 드려요",
    },
    "next": {"en": "Touch for the next one", "ko": "화면을 터치하면 다음으로 넘어가요"},
    "no-camera": {"en": "The camera is taking a break", "ko": "카메라가 잠시 쉬고 있어요"},
    "no-camera-more": {
        "en": "It will be back by itself",
        "ko": "다시 연결되면 자동으로 이어집니다",
    },
    "no-model": {"en": "This part is taking a break", "ko": "이 코너는 잠시 쉬고 있어요"},
    "no-model-more": {
        "en": "The next one starts in a moment",
        "ko": "곧 다음 코너로 넘어갑니다",
    },
    "starting": {"en": "One moment, please", "ko": "잠시만 기다려 주세요"},
    "starting-more": {
        "en": "It starts again by itself",
        "ko": "곧 자동으로 다시 시작합니다",
    },
    "film": {
        "en": "A recorded film: there is no camera right now",
        "ko": "지금은 카메라가 없어 녹화 영상을 보여 드려요",
    },
    "getting-ready": {"en": "Getting ready", "ko": "준비하고 있어요"},
    "nothing-found": {"en": "Nothing found yet", "ko": "아직 찾지 못했어요"},
    "lesson-sliding": {
        "en": "A small kernel slides over the picture",
        "ko": "작은 커널이 그림 위를 미끄러져요",
    },
    "lesson-attention": {
        "en": "Where each head looks from one place",
        "ko": "한 곳에서 각 헤드가 보는 곳",
    },
    "lesson-depth": {
        "en": "Red: the gradient vanishes. Green: skip connections keep it.",
        "ko": "빨강: 기울기가 사라져요. 초록: 스킵 연결이 지켜 줘요.",
    },
    "lesson-memory": {
        "en": "How far back each network looks; how often it remembers (50% is chance)",
        "ko": "신경망마다 얼마나 먼 과거까지 보고 얼마나 잘 기억하는지 보여 줘요 (찍으면 50%)",
    },
    "kernel-sobel-x": {"en": "upright edges", "ko": "세로 가장자리"},
    "kernel-sobel-y": {"en": "level edges", "ko": "가로 가장자리"},
    "kernel-blur": {"en": "blur", "ko": "흐림"},
    "kernel-edges": {"en": "all edges", "ko": "모든 방향 가장자리"},
    "network-transformer": {"en": "Transformer", "ko": "트랜스포머"},
    "pin": {"en": "PIN", "ko": "PIN 번호"},
    "pin-more": {"en": "For the staff", "ko": "관리자 전용"},
    "pin-wrong": {"en": "That is not the PIN", "ko": "PIN 번호가 맞지 않습니다"},
    "pin-wait": {"en": "Next try in {seconds} s", "ko": "{seconds}초 뒤에 다시 입력할 수 있습니다"},
    "pin-none": {
        "en": "This kiosk has no PIN: it is ended from outside",
        "ko": "PIN 번호가 없어 화면에서 종료할 수 없습니다",
    },
    "pin-end": {"en": "End", "ko": "종료"},
    "pin-delete": {"en": "Delete", "ko": "지우기"},
    "pin-back": {"en": "Back", "ko": "돌아가기"},
}
"""Name of a text to the text by language."""


def said(name: str, languages: Sequence[str]) -> tuple[str, ...]:
    """A text in each of the languages.

    >>> said("pin-end", ("ko", "en"))
    ('종료', 'End')
    """
    return tuple(TEXTS[name][language] for language in languages)


def in_languages(words: Mapping[str, str], languages: Sequence[str]) -> tuple[str, ...]:
    """A text of the kiosk file in each of the languages; the same text in two of them is shown once.

    >>> in_languages({"en": "YOLO", "ko": "YOLO"}, ("ko", "en"))
    ('YOLO',)
    """
    return tuple(dict.fromkeys(words[language] for language in languages if words.get(language)))
