"""From the passages of service dates to the rows of an answer, checked by hand."""

from datetime import date
from typing import Any

import pyarrow as pa
from passage_tables import MONDAY, PARIS, TRAM, passages

from mobilite.indicators.domain.accuracy_day import PASSAGE_COLUMNS as ACCURACY_COLUMNS
from mobilite.indicators.domain.accuracy_day import accuracy_day
from mobilite.indicators.domain.regularity_day import PASSAGE_COLUMNS as REGULARITY_COLUMNS
from mobilite.indicators.domain.regularity_day import regularity_day
from mobilite.indicators.domain.summed_rows import Key, accuracy_rows, regularity_rows
from mobilite.passages.domain.passage_table import SCHEMA


def labelled(table: Any, of: Any) -> Any:
    """A daily table with the date and the feed of its passages."""
    first = of.slice(0, 1).to_pylist() or [{"service_date": MONDAY, "feed_id": "tao"}]
    for name, column in (("date", "service_date"), ("feed", "feed_id")):
        table = table.append_column(name, pa.repeat(first[0][column], len(table)))
    return table


def sums(*tables: Any) -> Any:
    return pa.concat_tables(
        labelled(regularity_day(table.select(REGULARITY_COLUMNS), PARIS, MONDAY), table)
        for table in tables
    )


def counts(*tables: Any) -> Any:
    return pa.concat_tables(
        labelled(accuracy_day(table.select(ACCURACY_COLUMNS), PARIS, MONDAY), table)
        for table in tables
    )


def test_regularity_by_line_names_the_lines_that_are_not_frequent() -> None:
    (tram, frequent), (bus, rare) = regularity_rows(sums(passages(TRAM)), "route")
    assert (tram, bus) == (Key("tao", "A"), Key("tao", "B"))
    # At the station 720, 480 and 600 seconds; at the park 1,200 and 600.
    assert frequent.actual_sum == 1800 + 1800
    assert frequent.actual_squares == 1_108_800 + 1_800_000
    assert frequent.excess_wait == (1_108_800 + 1_800_000) / 7200 - 300
    assert (frequent.expected, frequent.compared, frequent.regular) == (5, 5, 4)
    assert (rare.frequent, rare.excess_wait) == (0, None)


def test_regularity_by_stop_and_hour_leaves_out_the_terminus() -> None:
    found = sums(passages(TRAM))
    stops = [(key.stop_id, each.excess_wait) for key, each in regularity_rows(found, "stop")]
    assert stops == [("gare", 8), ("parc", 200)]
    ((hour, total),) = regularity_rows(found, "hour")
    assert hour.hour == 8
    assert total.compared == 5


def test_days_feeds_and_sources_stay_apart_until_they_are_added() -> None:
    tuesday = date(2026, 3, 3)
    found = sums(
        passages(TRAM), passages(TRAM, day=tuesday), passages(TRAM, "azalys", source="positions")
    )
    days = regularity_rows(found, "day")
    assert [key.date for key, _ in days] == [MONDAY, tuesday]
    assert [key.feed for key, _ in regularity_rows(found, "feed")] == ["azalys", "tao"]
    ((_, total),) = regularity_rows(found, "all")
    assert total.compared == 15
    assert set(found["source"].to_pylist()) == {"predictions", "positions"}


def test_accuracy_of_the_forecasts_of_a_day() -> None:
    ((key, planned, found),) = accuracy_rows(counts(passages(TRAM)), "all")
    assert key == Key()
    assert planned == 10, "the cancelled call is not one of them"
    five = found[1]
    # The errors are -60, 120, 0, 240, -10 and 0 seconds: of them 240 is too late.
    assert (five.horizon, five.n, five.accurate) == (5, 6, 5 / 6)
    assert (five.low, five.median, five.high) == (-60, 0, 240)
    assert [each.n for each in found] == [0, 6, 0, 0, 0]


def test_accuracy_by_line_adds_days_up() -> None:
    tuesday = date(2026, 3, 3)
    rows = accuracy_rows(counts(passages(TRAM), passages(TRAM, day=tuesday)), "route")
    assert [(key.route_id, planned, found[1].n) for key, planned, found in rows] == [
        ("A", 16, 12),
        ("B", 4, 0),
    ]


def test_a_date_without_passages_has_no_rows() -> None:
    nothing = SCHEMA.empty_table()
    assert regularity_rows(sums(nothing), "route") == []
    assert accuracy_rows(counts(nothing), "all") == []
