"""Texts that earlier versions kept in English alone are told in Korean; what they quote, and all else, stays."""

from __future__ import annotations

import pytest

from vision_app.cards.words import told_card
from vision_app.learn.advice import advise
from vision_app.learn.options import EpochRecord, TrainingOptions
from vision_app.messages import LONGEST, Message, catalogue, speak, told
from vision_app.recognising import recognised

KEPT = {
    "a number": ("Stopped after all 12 epochs.", "12에폭을 모두 마치고 멈췄습니다."),
    "a message in it": (
        "The best was epoch 12 (validation accuracy 87.5 %); the model has its weights.",
        "가장 좋았던 에폭은 12번째(검증 정확도 87.5%)이며, 모델에는 그때의 가중치가 들어 있습니다.",
    ),
    "a formatted number": (
        "Stopped after epoch 30: the validation loss had not improved by more than 0.001 for 10 epochs in a row.",
        "에폭 30 뒤에 멈췄습니다. 검증 손실이 연속 10에폭 동안 0.001보다 크게 나아지지 않았습니다.",
    ),
    "two sentences": (
        "The best was epoch 3 (training loss 0.1200); the model has its weights."
        " Nothing was held out, so nothing says how it does on new pictures.",
        "가장 좋았던 에폭은 3번째(학습 손실 0.1200)이며, 모델에는 그때의 가중치가 들어 있습니다."
        " 따로 둔 샘플이 없어, 새로운 사진에서 어떨지는 알 수 없습니다.",
    ),
    "the notes of a card": (
        "Trained here on 34 samples of 2 classes: the frozen layers of efficientnet-lite0 with a new linear head. "
        "The licence is that of efficientnet-lite0; the labels are yours.",
        "여기서 클래스 2개의 샘플 34개로 학습했습니다: efficientnet-lite0의 고정된 층에 새 linear 헤드. "
        "라이선스는 efficientnet-lite0의 것을 따르고, 레이블은 직접 정한 것입니다.",
    ),
}


@pytest.mark.parametrize(("english", "korean"), KEPT.values(), ids=KEPT)
def test_what_was_kept_in_english_is_told_in_korean(english: str, korean: str) -> None:
    found = recognised(english)
    assert isinstance(found, Message)
    assert found == english
    assert told(found, "ko") == korean


@pytest.mark.parametrize(
    "text",
    ["", " ", "what somebody wrote on a card", "Stopped after all epochs.", "x" * (LONGEST + 1), "source"],
    ids=["none", "a space", "of one's own", "no number", "too long", "a word that may be a name"],
)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert recognised(text) is text


def test_names_in_a_sentence_are_not_translated() -> None:
    """`source` is in the catalogue of messages, and may be the name of somebody's model."""
    kept = "Trained here on 9 samples of 2 classes: the frozen layers of source with a new linear head. "
    found = recognised(f"{kept}The licence is that of source; the labels are yours.")
    assert "source의 고정된 층" in told(found, "ko")


@pytest.mark.parametrize("reason", ["stopped", "finished", "early-stopping"])
@pytest.mark.parametrize("all_of_them", [False, True])
@pytest.mark.parametrize("held_out", [float("nan"), 0.5])
def test_all_advice_of_a_training_is_recognised(reason: str, all_of_them: bool, held_out: float) -> None:
    history = [EpochRecord(i, 0.5, 0.9, held_out, held_out, 0.001) for i in range(1, 9)]
    advice = advise(history, 2, reason, TrainingOptions(), learnt_from_all=all_of_them)  # type: ignore[arg-type]
    for line in advice:
        assert told(recognised(str.__str__(line)), "ko") == told(line, "ko")


def test_every_message_without_fields_is_found_as_itself() -> None:
    plain = [
        t for t in catalogue("ko") if "{" not in t and sum(map(str.isalpha, t)) >= 8 and len(t) < LONGEST
    ]
    assert len(plain) > 500
    for template in plain:
        found = recognised(template)
        assert isinstance(found, Message)
        assert told(found, "ko") == told(Message(template), "ko")


def test_the_card_of_a_model_that_was_taught_earlier_is_told_in_korean() -> None:
    english, korean = KEPT["the notes of a card"]
    speak("ko")
    try:
        assert told_card(english) == korean
    finally:
        speak("en")
