"""The PIN: never in clear, compared in full, and guessing it is slow, also over restarts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vision_app.errors import ConfigError
from vision_app.kiosk import pin as module
from vision_app.kiosk.pin import PinGate, check_pin, delay_s, hash_pin, is_hash, is_right

HASHED = hash_pin("2468")


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(tmp_path: Path, clock: Clock) -> PinGate:
    return PinGate(HASHED, tmp_path / "state" / "pin.json", clock)


def again(tmp_path: Path, clock: Clock) -> PinGate:
    """The gate of the process after a restart."""
    return PinGate(HASHED, tmp_path / "state" / "pin.json", clock)


@pytest.mark.parametrize("pin", ["", "123", "12 34", "12a4", "١٢٣٤", "1" * 13, "0000", "-1234"])
def test_bad_pins_are_refused(pin: str) -> None:
    with pytest.raises(ConfigError) as caught:
        hash_pin(pin)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pin", ["1234", "0001", "123456789012"])
def test_good_pins(pin: str) -> None:
    check_pin(pin)
    hashed = hash_pin(pin)
    assert is_hash(hashed)
    assert pin not in hashed
    assert is_right(pin, hashed)
    assert not is_right(pin[:-1], hashed)
    assert not is_right(pin + "0", hashed)


def test_the_same_pin_has_another_hash_each_time() -> None:
    assert hash_pin("1234") != hash_pin("1234")


@pytest.mark.parametrize(
    "hashed",
    [
        "",
        "scrypt",
        HASHED[:-30],
        HASHED.replace("16384", "16383"),
        HASHED.replace("16384", "9999999"),
        HASHED + "\n",
    ],
)
def test_what_is_no_hash_opens_nothing(hashed: str) -> None:
    assert not is_hash(hashed)
    assert not is_right("2468", hashed)
    assert not is_right("", hashed)


def test_the_right_pin_opens(gate: PinGate) -> None:
    assert gate.try_pin("2468").right
    assert gate.wait_s() == 0


def test_comparison_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real = module.hmac.compare_digest
    monkeypatch.setattr(module.hmac, "compare_digest", lambda a, b: seen.append(len(a)) or real(a, b))
    assert not is_right("1111", HASHED)
    assert seen == [32]


def test_three_wrong_ones_are_free_then_it_takes_longer_and_longer(gate: PinGate, clock: Clock) -> None:
    waits = []
    for _ in range(12):
        verdict = gate.try_pin("1111")
        assert not verdict.right
        waits.append(verdict.wait_s)
        clock.now_s += verdict.wait_s
    assert waits == [0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_while_a_delay_runs_not_even_the_right_pin_is_looked_at(gate: PinGate, clock: Clock) -> None:
    for _ in range(3):
        gate.try_pin("1111")
    clock.now_s += 4.9
    verdict = gate.try_pin("2468")
    assert (verdict.right, round(verdict.wait_s, 3)) == (False, 0.1)
    clock.now_s += 0.2
    assert gate.try_pin("2468").right


def test_the_right_pin_clears_the_count(gate: PinGate, clock: Clock) -> None:
    for _ in range(3):
        gate.try_pin("1111")
    clock.now_s += 5
    assert gate.try_pin("2468").right
    assert [gate.try_pin("1111").wait_s for _ in range(3)] == [0, 0, 5]


def test_a_restart_gives_no_new_tries(gate: PinGate, tmp_path: Path, clock: Clock) -> None:
    for _ in range(4):
        clock.now_s += gate.try_pin("1111").wait_s
    fresh = again(tmp_path, clock)
    assert fresh.try_pin("1111").wait_s == delay_s(5)
    assert not again(tmp_path, clock).try_pin("2468").right


def test_pulling_the_plug_in_the_middle_of_a_try_counts_it(
    gate: PinGate, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_right", lambda *_: 1 / 0)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            gate.try_pin("1111")
    monkeypatch.undo()
    assert again(tmp_path, clock).wait_s() == 5


def test_two_processes_share_the_count(gate: PinGate, tmp_path: Path, clock: Clock) -> None:
    other = again(tmp_path, clock)
    gate.try_pin("1111")
    other.try_pin("1111")
    assert gate.try_pin("1111").wait_s == 5
    assert other.try_pin("2468").wait_s == 5


def test_a_clock_that_was_set_back_shortens_nothing(gate: PinGate, tmp_path: Path, clock: Clock) -> None:
    for _ in range(3):
        gate.try_pin("1111")
    clock.now_s = 10.0
    fresh = again(tmp_path, clock)
    assert fresh.wait_s() == 5
    clock.now_s = 14.9
    assert fresh.wait_s() > 0


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"wrong": "x", "last_s": 1}', '{"wrong": 1, "last_s": null}', "\x00\xff"]
)
def test_a_damaged_count_begins_with_a_delay(tmp_path: Path, clock: Clock, text: str) -> None:
    path = tmp_path / "state" / "pin.json"
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    gate = again(tmp_path, clock)
    assert gate.wait_s() > 0
    clock.now_s += gate.wait_s()
    assert gate.try_pin("2468").right


@pytest.mark.parametrize("last", ["NaN", "Infinity", "1e400"])
def test_a_count_from_the_end_of_time_locks_nobody_out_for_ever(
    tmp_path: Path, clock: Clock, last: str
) -> None:
    path = tmp_path / "state" / "pin.json"
    path.parent.mkdir()
    path.write_text(f'{{"wrong": 5, "last_s": {last}}}', encoding="ascii")
    assert again(tmp_path, clock).wait_s() <= module.LONGEST_DELAY_S


def test_where_nothing_can_be_written_it_is_counted_in_memory(tmp_path: Path, clock: Clock) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="ascii")
    gate = PinGate(HASHED, blocked / "pin.json", clock)
    assert [gate.try_pin("1111").wait_s for _ in range(3)] == [0, 0, 5]
    clock.now_s += 5
    assert gate.try_pin("2468").right


def test_the_pin_is_nowhere_in_the_count(gate: PinGate, tmp_path: Path) -> None:
    gate.try_pin("1357")
    text = (tmp_path / "state" / "pin.json").read_text(encoding="ascii")
    assert "1357" not in text
    assert set(json.loads(text)) == {"wrong", "last_s"}


def test_without_a_pin_nothing_is_right(tmp_path: Path, clock: Clock) -> None:
    gate = PinGate("", tmp_path / "pin.json", clock)
    assert gate.open_to_all
    assert not gate.try_pin("").right
