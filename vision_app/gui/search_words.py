"""Other words for what can be searched for: Korean ones, and those that people use for a technical term."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

OTHER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        # tasks
        "classify": "classification classifier recognition 분류 인식 이미지분류",
        "detect": "detection object objects 객체 물체 사물 탐지 검출 인식 객체탐지 물체검출",
        "segment": "segmentation mask outline 분할 영역 마스크 윤곽 세그멘테이션",
        "semantic": "segmentation 분할 영역 의미 세그멘테이션",
        "pose": "keypoints skeleton 자세 포즈 관절 특징점 뼈대",
        "depth": "distance 깊이 거리",
        "embed": "embedding similarity vector 임베딩 유사도 벡터",
        "image": "picture 이미지 그림 변환",
        # kinds of networks
        "cnn": "convolution convolutional 합성곱 컨볼루션 신경망",
        "transformer": "attention 트랜스포머 트랜스포머모델 어텐션 주의",
        "vit": "attention transformer 비전트랜스포머 트랜스포머 어텐션",
        "detr": "attention transformer 트랜스포머 어텐션",
        "attention": "transformer 어텐션 주의 트랜스포머",
        "hybrid": "하이브리드 혼합 어텐션 attention",
        "mlp": "perceptron dense 다층 퍼셉트론 밀집층",
        "capsule": "캡슐 캡슐망",
        "capsnet": "capsule 캡슐",
        "yolo": "욜로 객체 탐지",
        "rnn": "recurrent gru lstm 순환 순환신경망",
        "gru": "recurrent rnn 순환 순환신경망",
        "lstm": "recurrent rnn 순환 순환신경망",
        "resnet": "residual skip 레즈넷 잔차 스킵",
        "vgg": "브이지지",
        "alexnet": "알렉스넷",
        "mobilenet": "모바일넷 가벼운",
        "efficientnet": "에피션트넷 효율",
        "inception": "인셉션",
        "nanodet": "나노뎃 가벼운",
        "int8": "quantised quantized 양자화 8비트",
        # what they are about
        "sketch": "drawing doodle 스케치 그림 낙서 손그림",
        "hand": "gesture 손 손동작 제스처",
        "face": "얼굴",
        "body": "person people 몸 사람 자세",
        "people": "person 사람",
        "person": "people 사람",
        "outline": "background cutout 윤곽 배경 오려내기",
        "kernel": "convolution filter 커널 합성곱 필터",
        "convolution": "합성곱 컨볼루션 커널",
        "sliding": "슬라이딩 미끄럼",
        "stride": "스트라이드 보폭",
        "padding": "패딩",
        "dilation": "팽창",
        "flatten": "평탄화",
        "dense": "완전연결 밀집층 fully connected",
        "feature map": "특징맵 특징 맵",
        "channel": "채널",
        "heat map": "히트맵 열지도 지도",
        "softmax": "소프트맥스",
        "query": "쿼리 질의",
        "token": "토큰",
        "patch": "패치",
        "vanishing": "소실",
        "recurrent": "순환",
        "gate": "게이트",
        "gradient": "backpropagation 기울기 역전파",
        "skip connection": "residual 스킵 잔차",
        "activation": "활성화",
        "pooling": "풀링",
        "layer": "층 레이어",
        "receptive": "수용 영역",
    }
)
"""A word as it stands in a card or a text, to other words for it, parted by spaces."""


def matches_words(query: str, text: str) -> bool:
    """Whether each word of a query stands in a text, or is another word for what stands there.

    >>> matches_words("객체 탐지", "YOLOX-Nano detect"), matches_words("손", "YOLO")
    (True, False)
    """
    whole = text.casefold()
    others = _others(whole)
    return all(word in whole or word in others for word in query.casefold().split())


@lru_cache(maxsize=512)
def _others(whole: str) -> str:
    return " ".join(words.casefold() for known, words in OTHER_WORDS.items() if known in whole)
