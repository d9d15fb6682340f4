"""Rows, tables and the places of names in the plot."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision_app.bench.plot import check_can_plot, place_labels
from vision_app.bench.rows import Row, median_row, row_from_record
from vision_app.bench.tables import markdown, plain_table
from vision_app.errors import ConfigError

ROW = Row("a", "CPUExecutionProvider", input_hw=(224, 320), params=1_500_000, infer_p50_ms=5.0)


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def test_a_row_survives_json() -> None:
    assert row_from_record(ROW.as_record()) == ROW


def test_medians_leave_failed_rounds_out() -> None:
    rows = [Row("a", "cpu", fps_live=f) for f in (1.0, 9.0, 5.0)] + [Row("a", "cpu", error="gone")]
    assert median_row(rows).fps_live == 5.0
    assert median_row(rows[-1:]).error == "gone"


def test_tables_name_the_provider_only_where_there_are_several() -> None:
    other = Row("b", "CUDAExecutionProvider")
    assert "provider" not in markdown([ROW])
    assert "| a | CPU | 224x320 | 1.5 |" in markdown([ROW, other])
    assert len({len(line) for line in plain_table([ROW, other])}) == 1


def test_errors_stand_under_the_table() -> None:
    text = markdown([ROW, Row("b", "cuda", error="no such thing")])
    assert text.splitlines()[-1] == "- b on cuda: no such thing"


@given(
    st.lists(
        st.tuples(st.integers(100, 700), st.integers(100, 500), st.integers(3, 20)), min_size=2, max_size=9
    )
)
def test_names_in_the_plot_never_cover_each_other(spots: list[tuple[int, int, int]]) -> None:
    sizes = [(60.0, 12.0)] * len(spots)
    corners = place_labels(spots, sizes, (0, 0, 800, 600))
    boxes = [(x, y, x + 60, y + 12) for x, y in corners]
    assert not any(overlap(a, b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'vision-app\[plot\]'"):
        check_can_plot(Path("a.png"))
