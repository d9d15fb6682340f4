"""What a card says of a model over time."""

from typing import Any

import pytest

from vision_app.errors import ModelError
from vision_app.sequences.spec import SequenceSpec, sequence_spec

RIGHT: dict[str, Any] = {"features": "hands", "width": 89, "rate_hz": 15.0, "window": 30}


def test_what_is_written_is_read_back() -> None:
    spec = SequenceSpec("m@" + "0" * 64, 12, 30.0, 0)
    assert sequence_spec({"sequence": spec.as_data()}, "x") == spec
    assert spec.embedded_by == "m"
    assert not spec.landmarks
    assert sequence_spec({"sequence": RIGHT}, "x") == SequenceSpec("hands", 89, 15.0, 30)
    assert sequence_spec({}, "x") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": "feet"}, r"sequence\.features must be hands"),
        ({"features": None}, r"sequence\.features"),
        ({"features": "m@12"}, r"sequence\.features"),
        ({"width": 88}, "89, as many numbers as 'hands' has"),
        ({"features": "table:4", "width": 0}, r"sequence\.width"),
        ({"window": True}, r"sequence\.window"),
        ({"window": 1e9}, r"sequence\.window"),
        ({"rate_hz": 0}, r"sequence\.rate_hz"),
        ({"rate_hz": float("nan")}, r"sequence\.rate_hz"),
        ({"rate_hz": "fast"}, r"sequence\.rate_hz"),
    ],
)
def test_a_wrong_card_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        sequence_spec({"sequence": RIGHT | change}, "mine")


def test_something_else_than_an_object_is_refused() -> None:
    with pytest.raises(ModelError, match=r"mine: extra\.sequence must be an object"):
        sequence_spec({"sequence": [1]}, "mine")
