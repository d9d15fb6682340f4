"""What can be asked of a model: one row an option. Every front end is made from this table.

The command line and its form for one model (`NAME:conf=0.4`), the settings file, the environment, the kiosk file,
what the window remembers and the controls of its panel read, check, name and explain an option by its row. An
option that a front end does not have says so in its row.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vision_app.cards.parts import FITS
from vision_app.engine.option_kinds import Choice, Kind, Names, Number, PartOfFrame, Switch, Text, Whole
from vision_app.messages import Message

LANGUAGES = ("en", "ko")


ALL, BOXES, CLASSIFY, SCENE, NAMED = "all", "boxes", "classify", "scene", "named"
"""Which tasks have an option: all; those that find boxes; only classify (or a classifier on boxes);
only classify, of the whole picture; those that find boxes or a class for every pixel. Any other is a task's name.
"""

RUN, KIOSK, WINDOW = "run", "kiosk", "window"
"""The front ends: flags, settings file and environment of a run; the kiosk file; the panel of the window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a model.

    Attributes:
        name: of the field of `TaskOptions` or `ModelRequest`, the key in files, and with hyphens the flag.
        kind: what its values are.
        default: its value when nothing is said; None where the model's own card decides.
        default_words: the default in words, for the help; "" to show the value.
        unit: unit of the value; "" for none.
        metavar: stands for the value in the help; "" for a switch.
        title: its name in a panel, by language.
        help: what it does in a line, by language.
        scope: which tasks have it.
        needs: an option that has to be on for it; "" for none.
        advanced: a panel shows it when more is asked for.
        offers: a panel can list the values there are.
        absent: front end to the reason why it does not have it.
    """

    name: str
    kind: Kind
    default: Any
    default_words: str = ""
    unit: str = ""
    metavar: str = ""
    title: Mapping[str, str]
    help: Mapping[str, str]
    scope: str = ALL
    needs: str = ""
    advanced: bool = False
    offers: bool = False
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def flag(self) -> str:
        """How it is written on the command line."""
        return "--" + self.name.replace("_", "-")

    def suits(self, task: str) -> bool:
        """Whether models of a task have it."""
        if self.scope == BOXES:
            from vision_app.tasks import TASKS  # late: the help of the command line needs no pictures

            return task in TASKS and TASKS[task].finds_boxes
        if self.scope == NAMED:
            return task == "semantic" or replace(self, scope=BOXES).suits(task)
        return self.scope in (ALL, task) or (self.scope == SCENE and task == CLASSIFY)

    def from_text(self, text: str) -> Any:
        """A value from a flag, a variable or the form for one model.

        Raises:
            ValueError: what it must be instead.
        """
        return self.kind.parse(text)

    def from_value(self, value: Any) -> Any:
        """A value from a file.

        Raises:
            ValueError: what it must be instead.
        """
        return self.kind.read(value)

    def from_either(self, value: Any) -> Any:
        """A value from where texts and values stand side by side.

        Raises:
            ValueError: what it must be instead.
        """
        return self.kind.parse(value) if isinstance(value, str) else self.kind.read(value)


def _both(en: str, ko: str) -> dict[str, str]:
    return {"en": en, "ko": ko}


OPTIONS: tuple[Option, ...] = (
    Option(
        name="conf",
        kind=Number(0.0, 1.0),
        default=None,
        default_words=Message("the card's, or 0.25"),
        metavar="C",
        title=_both("Confidence at least", "최소 신뢰도"),
        help=_both(
            "lowest score of a detection: what the model is less sure of is left out",
            "신뢰도가 이보다 낮은 결과는 보이지 않습니다",
        ),
        scope=BOXES,
    ),
    Option(
        name="iou",
        kind=Number(0.0, 1.0),
        default=None,
        default_words=Message("the card's, or 0.7"),
        metavar="I",
        title=_both("Overlap at most (IoU)", "최대 겹침(IoU)"),
        help=_both(
            "of boxes of one class that overlap more, only the best is kept",
            "같은 클래스의 상자가 이보다 많이 겹치면 가장 확실한 것만 남깁니다",
        ),
        scope=BOXES,
    ),
    Option(
        name="classes",
        kind=Names(),
        default=(),
        default_words="all",
        metavar="A,B",
        title=_both("Classes", "클래스"),
        help=_both(
            "keep these classes only: names or numbers", "이 클래스만 남깁니다. 이름이나 번호로 적습니다"
        ),
        scope=NAMED,
    ),
    Option(
        name="track",
        kind=Switch(),
        default=False,
        title=_both("Track: each object keeps a number", "추적: 물체마다 같은 번호 유지"),
        help=_both(
            "give each object an id that it keeps",
            "프레임이 바뀌어도 물체를 따라갑니다",
        ),
        scope=BOXES,
    ),
    Option(
        name="detect_every",
        kind=Whole(1, 60, auto=Message("as seldom as the movement allows")),
        default=1,
        default_words=Message("every frame"),
        metavar="N",
        title=_both("Look at one frame in", "검출 간격(프레임)"),
        help=_both(
            "let the model look at every N-th frame only; on the others each box is where its track expects it, "
            "which is marked in the results; auto: as seldom as the movement allows",
            "모델이 N번째 프레임마다 한 번만 보게 합니다. 그 사이 프레임의 상자는 추적으로 예상한 위치이며 결과에 "
            "표시됩니다. auto는 움직임에 맞추어 간격을 정합니다",
        ),
        scope=BOXES,
        needs="track",
    ),
    Option(
        name="sliced",
        kind=Switch(),
        default=False,
        title=_both("Look closer, window by window", "조각으로 나눠 자세히 찾기"),
        help=_both(
            "detect in overlapping windows too: finds small objects, takes several times as long",
            "큰 화면의 작은 물체를 찾습니다. 시간이 몇 배 더 걸립니다",
        ),
        scope=BOXES,
    ),
    Option(
        name="slice_size",
        kind=Whole(1, 32_768, auto=Message("the size of the model's input"), unit=" pixels"),
        default=0,
        default_words=Message("the model's input"),
        unit="px",
        metavar="PX",
        title=_both("Window", "조각 크기"),
        help=_both("side of the windows in pixels", "조각 한 변의 길이(픽셀)"),
        scope=BOXES,
        needs="sliced",
    ),
    Option(
        name="slice_stride",
        kind=Whole(1, 32_768, auto=Message("four fifths of a window"), unit=" pixels"),
        default=0,
        default_words=Message("80 % of their side"),
        unit="px",
        metavar="PX",
        title=_both("Step", "간격"),
        help=_both("step from one window to the next in pixels", "조각에서 다음 조각까지의 거리(픽셀)"),
        scope=BOXES,
        needs="sliced",
    ),
    Option(
        name="classify_boxes",
        kind=Text(),
        default=None,
        default_words="none",
        metavar="M",
        title=_both("What is in each box", "상자 안 분류"),
        help=_both(
            "a classifier that names what is in each box that this model finds",
            "이 모델이 찾은 상자마다 두 번째 모델이 무엇인지 분류합니다",
        ),
        scope=BOXES,
        offers=True,
    ),
    Option(
        name="beside",
        kind=Switch(),
        default=False,
        title=_both("Beside the picture", "원본과 나란히"),
        help=_both(
            "show a picture that the model makes beside the frame: the left half stays as it was",
            "모델이 만든 이미지를 원본과 나란히 보여 줍니다. 왼쪽 절반은 원본입니다",
        ),
        scope="image",
    ),
    Option(
        name="nearest_to",
        kind=Text(),
        default=None,
        default_words="none",
        metavar="FOLDER",
        title=_both("Compare with", "비교할 사진 폴더"),
        help=_both(
            "name the nearest of the pictures in this folder: one folder a name, or one picture a name",
            "이 폴더의 사진 중 가장 비슷한 것을 알려 줍니다. 이름마다 폴더 하나 또는 사진 한 장을 둡니다",
        ),
        scope="embed",
        absent={
            WINDOW: Message("a folder is said on the command line, in a settings file or in a kiosk file")
        },
    ),
    Option(
        name="background",
        kind=Text(),
        default=None,
        default_words=Message("the picture's own"),
        metavar="B",
        title=_both("Background", "배경"),
        help=_both(
            "what is shown behind the people and things that are cut out: blur, transparent, a colour such as green or "
            "#20a0ff, or the file of a picture; transparent is kept where a saved picture can hold it (PNG, WebP)",
            "오려 낸 사람이나 사물 뒤에 보일 배경: blur, transparent, green이나 #20a0ff 같은 색, 또는 사진 파일. "
            "transparent는 저장 형식이 투명도를 담을 수 있을 때(PNG, WebP) 그대로 저장됩니다",
        ),
        scope="semantic",
    ),
    Option(
        name="max_det",
        kind=Whole(1, 100_000),
        default=300,
        metavar="N",
        title=_both("Detections at most", "최대 검출 수"),
        help=_both(
            "most detections a frame, the best first", "한 프레임에서 확실한 순서로 몇 개까지 남길지 정합니다"
        ),
        scope=BOXES,
        advanced=True,
    ),
    Option(
        name="agnostic",
        kind=Switch(),
        default=False,
        title=_both("One box a place, whatever its class", "클래스가 달라도 한 자리에 상자 하나"),
        help=_both(
            "look for duplicate boxes across classes",
            "클래스가 다른 상자끼리도 겹치면 가장 확실한 것만 남깁니다",
        ),
        scope=BOXES,
        advanced=True,
    ),
    Option(
        name="multi_label",
        kind=Switch(),
        default=False,
        title=_both("Several classes at one place", "한 자리에 여러 클래스 허용"),
        help=_both(
            "a place may be several classes at once, as evaluation tools count it",
            "평가 도구처럼 한 자리에 여러 클래스를 함께 셉니다",
        ),
        scope=BOXES,
        advanced=True,
    ),
    Option(
        name="top_k",
        kind=Whole(1, 100_000),
        default=5,
        metavar="K",
        title=_both("Classes listed", "표시할 클래스 수"),
        help=_both(
            "how many of the likeliest classes a classifier lists",
            "확률이 높은 클래스를 몇 개까지 보여 줄지 정합니다",
        ),
        scope=CLASSIFY,
    ),
    Option(
        name="provider",
        kind=Text(),
        default="auto",
        metavar="P",
        title=_both("Runs on", "실행 장치"),
        help=_both(
            "auto (the fastest that this computer offers), cpu, cuda, openvino or any name that ONNX Runtime knows",
            "auto(이 컴퓨터에서 가장 빠른 장치), cpu, cuda, openvino 등 ONNX Runtime이 아는 이름",
        ),
        offers=True,
    ),
    Option(
        name="rectangle",
        kind=Switch(),
        default=False,
        title=_both("Wide input for a wide picture", "화면 비율대로 입력"),
        help=_both(
            "give the model a wide picture as a wide input, without borders: less work, and results that may differ a "
            "little from those in a square; where its graph allows it",
            "가로로 긴 화면을 여백으로 채운 정사각형 대신 긴 입력 그대로 모델에 넣습니다. 계산이 줄지만 결과가 "
            "조금 달라질 수 있으며, 그래프가 허용하는 모델에서만 됩니다",
        ),
        scope=BOXES,
        advanced=True,
    ),
    Option(
        name="no_rewrite",
        kind=Switch(),
        default=False,
        title=_both("Run the file as it is", "파일을 원래 그대로 실행"),
        help=_both(
            "run the file as it is, not the faster graph with the same results that was made of it",
            "같은 결과를 더 빨리 내도록 바꾸어 둔 그래프 대신 파일을 원래 그대로 실행합니다",
        ),
        advanced=True,
    ),
    Option(
        name="fit",
        kind=Choice(FITS),
        default=None,
        default_words=Message("the card's"),
        metavar="F",
        title=_both("Fit of the picture", "화면 맞춤"),
        help=_both(
            "how a picture is fitted into the input of a classifier: crop cuts the longer side off, squash ignores "
            "the aspect, letterbox keeps all of it between borders",
            "화면을 분류 모델의 입력에 맞추는 방법: crop은 긴 쪽을 잘라 내고, squash는 비율을 무시하고, "
            "letterbox는 여백을 두어 화면 전체를 담습니다",
        ),
        scope=CLASSIFY,
    ),
    Option(
        name="region",
        kind=PartOfFrame(),
        default=None,
        default_words=Message("the card's, or the whole picture"),
        metavar="L,T,R,B",
        title=_both("Part of the picture", "보는 영역"),
        help=_both(
            "the part of the picture that a classifier looks at: left, top, right, bottom as shares from 0 to 1; "
            "centre for the largest square in the middle, whole for all of it",
            "분류 모델이 볼 영역: 왼쪽, 위, 오른쪽, 아래를 0에서 1 사이의 비율로 적습니다. "
            "centre는 가운데 정사각형, whole은 화면 전체입니다",
        ),
        scope=SCENE,
    ),
    Option(
        name="shown",
        kind=Switch(),
        default=True,
        title=_both("Shown", "표시"),
        help=_both("a model that is not shown does not run", "표시하지 않는 모델은 실행하지 않습니다"),
        absent={
            RUN: Message("a model that is not to run is left out"),
            KIOSK: Message("a model that is not to run is left out"),
        },
    ),
)

BY_NAME: Mapping[str, Option] = {option.name: option for option in OPTIONS}


def of_front_end(front_end: str) -> tuple[Option, ...]:
    """The options that a front end has, in order."""
    return tuple(option for option in OPTIONS if front_end not in option.absent)


def nearest(name: str, known: Iterable[str]) -> str:
    """In words: the name that is like one that is none, or all that there are."""
    names = list(known)
    near = difflib.get_close_matches(name.lower(), names, n=1)
    return (
        Message("did you mean {near}?", near=near[0])
        if near
        else Message("it can have {names}", names=", ".join(names))
    )
