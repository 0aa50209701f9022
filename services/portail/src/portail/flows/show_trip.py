"""One run, its alerts, and the connections at one of its stops."""

import asyncio
from dataclasses import dataclass
from typing import Final

from portail.domain.alerts import Alert
from portail.domain.board import Departure
from portail.domain.trips import Call, Trip
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi
from socle.errors import Refusal

_MAX_ALERTS: Final = 6
_CONNECTIONS: Final = 8
"""Departures listed at a stop."""


@dataclass(frozen=True, slots=True)
class TripPage:
    """A run at one instant."""

    trip: Trip
    alerts: tuple[Alert, ...]
    call: Call | None
    """The stop whose connections are listed."""
    connections: tuple[Departure, ...] | None
    """The departures of other lines there after the run arrives; None if they are not known."""


@dataclass(frozen=True, slots=True)
class MissingTrip:
    """A run that is not published."""

    other: Trip | None
    """The nearest run of the same trip; None if the trip itself is not published."""


async def show_trip(
    api: PublicApi,
    trip_id: str,
    *,
    date: str | None,
    start_time: str | None,
    stop_id: str | None,
    language: str,
) -> TripPage | MissingTrip:
    """A run of a service day (YYYYMMDD), or the nearest to now. `stop_id`: the stop of the
    connections. Raises Refusal if the API is unavailable."""
    try:
        trip = await api.trip(trip_id, date=date, start_time=start_time)
    except Refusal as refusal:
        if refusal.category not in ("not_found", "invalid"):
            raise
        dated = date is not None or start_time is not None
        return MissingTrip(await none_if_refused(api.trip(trip_id)) if dated else None)
    call = next((each for each in trip.calls if each.stop.id == stop_id), None)
    alerts, connections = await asyncio.gather(
        asyncio.gather(
            *(
                none_if_refused(api.alert(each, language=language))
                for each in trip.alerts[:_MAX_ALERTS]
            )
        ),
        none_if_refused(_connections(api, trip, call, language)),
    )
    return TripPage(trip, tuple(each for each in alerts if each is not None), call, connections)


async def _connections(
    api: PublicApi, trip: Trip, call: Call | None, language: str
) -> tuple[Departure, ...]:
    if call is None:
        return ()
    board = await api.departures_from(
        call.stop.station or call.stop.id,
        max(call.arrival.due, trip.generated_at),
        language=language,
        limit=_CONNECTIONS * 3,
    )
    others = [each for each in board.departures if each.route.id != trip.route.id and each.runs]
    return tuple(others[:_CONNECTIONS])
