"""The regularity of a date, from its passages."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from passage_tables import MONDAY, PARIS, passages

from mobilite.indicators.domain.regularity_day import SUMS, regularity_day
from mobilite.passages.domain.passage_table import SCHEMA

BEFORE = """\
A 0 gare 0 08:00 observed  08:00:00 -
A 0 gare 0 08:10 observed  08:10:00 -
"""
LOST = "A 0 gare 0 08:20 cancelled - -\n"
AFTER = """\
A 0 gare 0 08:30 observed  08:30:00 -
A 0 gare 0 08:40 observed  08:40:00 -
"""


def known_at(table: pa.Table, instant: datetime) -> pa.Table:
    index = SCHEMA.get_field_index("cancelled_known_at")
    values = [instant if each == "cancelled" else None for each in table["state"].to_pylist()]
    return table.set_column(index, SCHEMA.field(index), pa.array(values, SCHEMA.field(index).type))


def sums(table: pa.Table) -> Any:
    return regularity_day(table, PARIS, MONDAY).select([*SUMS]).to_pylist()


@pytest.mark.parametrize(("hour", "promised"), [(15, False), (16, True)])
def test_a_run_cancelled_early_enough_was_never_scheduled(hour: int, promised: bool) -> None:
    lost = known_at(passages(BEFORE + LOST + AFTER), datetime(2026, 3, 1, hour, tzinfo=PARIS))
    (found,), (never,) = sums(lost), sums(passages(BEFORE + AFTER))
    assert (found != never) == promised
    assert found["scheduled_squares"] == (4 * 600**2 if promised else 2 * 600**2 + 1200**2)
    assert found["actual_squares"] == 2 * 600**2 + 1200**2


def test_a_line_withdrawn_for_a_day_has_no_row() -> None:
    early = known_at(passages(LOST), datetime(2026, 2, 27, 9, tzinfo=PARIS))
    assert sums(early) == []
    assert sums(early.slice(0, 0)) == []
