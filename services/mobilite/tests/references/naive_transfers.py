"""Changes by rows of transfers.txt that name routes or trips, the slow and obvious way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from naive_journeys import (
    SPEED,
    Calls,
    Place,
    Stops,
    Ways,
    distance,
    is_narrow,
    platforms_of,
    row_seconds,
)

ORDER = [("trip", "trip"), ("route", "trip"), ("", "trip"), ("route", "route"), ("", "route")]
"""What the two ends of a row name, the most specific first."""


def ways_by_line(files: Mapping[str, Any], ways: Ways, runs: Iterable[Calls]) -> Ways:
    """The ways between the places of runs, where rows name routes or trips; else as they are."""
    places = {call.place for calls in runs for call in calls}
    narrow = [row for row in files.get("transfers.txt", ()) if is_narrow(row)]
    if not narrow:
        return ways
    stops = {row["stop_id"]: row for row in files["stops.txt"]}
    rows: dict[tuple[str, str], list[Mapping[str, str]]] = defaultdict(list)
    for row in narrow:
        ends = [platforms_of(stops, row[f"{end}_stop_id"]) for end in ("from", "to")]
        for pair in product(*ends):
            rows[pair].append(row)
    result = {}
    for one in places:
        for other in places:
            walk = 1.3 * distance(stops[one[0]], stops[other[0]]) / SPEED
            found = [
                (_rank(row, stops), row_seconds(row, walk))
                for row in rows[one[0], other[0]]
                if _applies(row, "from", one) and _applies(row, "to", other)
            ]
            seconds = max(found)[1] if found else ways.get((one[0], other[0]), -1)
            if seconds >= 0:
                result[one, other] = seconds
    return result


def _applies(row: Mapping[str, str], end: str, place: Place) -> bool:
    _, route, trip = place
    return row[f"{end}_route_id"] in ("", route) and row[f"{end}_trip_id"] in ("", trip)


def _rank(row: Mapping[str, str], stops: Stops) -> tuple[int, int]:
    one, other = sorted(
        "trip" if row[f"{end}_trip_id"] else "route" if row[f"{end}_route_id"] else ""
        for end in ("from", "to")
    )
    ends = row["from_stop_id"], row["to_stop_id"]
    precise = sum((stops[end]["location_type"] or "0") != "1" for end in ends)
    return -ORDER.index((one, other)), precise
