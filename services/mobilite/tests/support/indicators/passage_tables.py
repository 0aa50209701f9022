"""A table of passages from lines of text."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from mobilite.passages.domain.passage_table import SCHEMA

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)

# line, direction, stop, position, scheduled, state, observed, forecast 5 min before
TRAM = """
A 0 gare    0 08:00 observed     08:00:00 08:01:00
A 0 gare    0 08:10 observed     08:12:00 08:10:00
A 0 gare    0 08:20 observed     08:20:00 08:20:00
A 0 gare    0 08:30 observed     08:30:00 -
A 0 parc    1 08:05 observed     08:05:00 08:01:00
A 0 parc    1 08:15 cancelled    -        -
A 0 parc    1 08:25 observed     08:25:00 08:25:10
A 0 parc    1 08:35 observed     08:35:00 08:35:00
A 0 hopital 2 08:15 observed     08:59:00 -
B 1 gare    0 08:00 observed     08:00:00 -
B 1 gare    0 09:00 not_observed -        -
"""


def instant(clock: str, day: date) -> datetime | None:
    if clock == "-":
        return None
    return datetime.combine(day, datetime.strptime(clock, "%H:%M:%S").time(), PARIS)


def passages(text: str, feed: str = "tao", day: date = MONDAY, source: str = "predictions") -> Any:
    rows = []
    for line in text.strip().splitlines():
        route, direction, stop, position, planned, state, seen, forecast = line.split()
        scheduled, observed = instant(f"{planned}:00", day), instant(seen, day)
        rows.append(
            {
                "service_date": day,
                "feed_id": feed,
                "route_id": route,
                "direction_id": int(direction),
                "stop_id": stop,
                "stop_sequence": int(position),
                "last": stop == "hopital",
                "scheduled_arrival": scheduled,
                "scheduled_departure": scheduled,
                "state": state,
                "source": source,
                "observed_arrival": observed,
                "observed_departure": observed,
                "forecast_5": instant(forecast, day),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)
