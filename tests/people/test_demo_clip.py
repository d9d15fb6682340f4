"""The shipped clip has a hand and a person that the shipped chains find."""

from collections.abc import Iterator

import av
import numpy as np

from vision_app.engine.build import Surroundings, build
from vision_app.engine.request import ModelRequest
from vision_app.resources import demo_clip
from vision_app.results.values import Frame
from vision_app.runtime import ThreadPolicy

HAND_S, PERSON_S, END_S = 18.0, 22.0, 24.5


def some_frames(begin_s: float, end_s: float, step: int) -> Iterator[Frame]:
    with av.open(str(demo_clip())) as container:
        container.seek(int(begin_s * 1e6))
        for index, picture in enumerate(container.decode(video=0)):
            if picture.time is None or picture.time < begin_s or index % step:
                continue
            if picture.time >= end_s:
                return
            yield Frame(picture.to_ndarray(format="bgr24"), index, picture.time, picture.time, "clip")


def found(name: str, begin_s: float, end_s: float) -> list[int]:
    predictor = build(ModelRequest(name), Surroundings(ThreadPolicy(intra_op=1))).predictor
    return [len(predictor.predict(f.image)[0].detections) for f in some_frames(begin_s, end_s, 10)]


def test_a_hand_waves() -> None:
    assert np.mean(found("hands", HAND_S + 1, PERSON_S)) >= 0.9


def test_a_person_is_there() -> None:
    for name in ("body", "faces", "nanodet-g-int8"):
        assert np.mean(found(name, PERSON_S + 0.5, END_S)) >= 0.9
