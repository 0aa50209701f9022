"""Supply as JSON and as the rows of CSV files."""

from collections.abc import Callable

from mobilite.gtfs.domain.clock_times import format_time
from mobilite.gtfs.domain.ids import FeedId, global_id
from mobilite.http.api.languages import TextLanguage
from mobilite.supply.api.definitions import ROUTES, STOPS
from mobilite.supply.api.models import (
    MissingSupplyJson,
    StopSupplyJson,
    StopSupplyListJson,
    SupplyListJson,
    SupplyRowJson,
)
from mobilite.supply.domain.supply_rows import MissingSupply, StopRow, SupplyRow
from mobilite.supply.flows.list_supply import StopPage, SupplyPage

StopName = Callable[[FeedId, str], str | None]
"""The name of a stop, by its feed and local id; None if it is not in the timetable in service."""


def supply_json(page: SupplyPage, language: TextLanguage) -> SupplyListJson:
    """A page of the supply of routes or networks."""
    return {
        "definition": ROUTES[language],
        "first": page.query.dates.first.isoformat(),
        "last": page.query.dates.last.isoformat(),
        "rows": [row_json(row) for row in page.rows],
        "missing": _missing(page.missing),
        "next": page.next,
    }


def stop_supply_json(page: StopPage, language: TextLanguage, name: StopName) -> StopSupplyListJson:
    """A page of stops."""
    return {
        "definition": STOPS[language],
        "first": page.query.dates.first.isoformat(),
        "last": page.query.dates.last.isoformat(),
        "rows": [stop_json(row, name) for row in page.rows],
        "missing": _missing(page.missing),
        "next": page.next,
    }


def row_json(row: SupplyRow) -> SupplyRowJson:
    """One row."""
    return {
        "feed": row.feed_id,
        "route": None if row.route_id is None else global_id(row.feed_id, row.route_id),
        "date": row.date.isoformat(),
        "day_type": row.day_type,
        "days": row.days,
        "days_of_type": row.days_of_type,
        "n": row.trips,
        "trips": row.trips,
        "service_hours": round(row.service_hours, 2),
        "service_km": _rounded(row.service_km, 2),
        "measured_along": row.measured_along,
        "first_departure": _time(row.first_departure),
        "last_departure": _time(row.last_departure),
        "last_arrival": _time(row.last_arrival),
        "headways": row.headways,
        "headway_mean_s": _rounded(row.headway_mean_s, 1),
        "headway_median_s": _rounded(row.headway_median_s, 1),
        "headway_peak_s": _rounded(row.headway_peak_s, 1),
        "peak_vehicles": row.peak_vehicles,
        "stops": row.stops,
        "routes": row.routes,
    }


def stop_json(row: StopRow, name: StopName) -> StopSupplyJson:
    """One stop."""
    return {
        "feed": row.feed_id,
        "stop": global_id(row.feed_id, row.stop_id),
        "name": name(row.feed_id, row.stop_id),
        "day_type": row.day_type,
        "days": row.days,
        "n": row.departures,
        "departures": round(row.departures / row.days, 2),
        "first_departure": format_time(row.first_departure),
        "last_departure": format_time(row.last_departure),
    }


def _missing(missing: tuple[MissingSupply, ...]) -> list[MissingSupplyJson]:
    return [{"feed": each.feed_id, "reason": each.reason} for each in missing]


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)


def _time(seconds: int | None) -> str | None:
    return None if seconds is None else format_time(seconds)
