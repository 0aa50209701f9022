"""A passage: what is known of one call of one run, by one source."""

from typing import Final, Literal, NamedTuple

State = Literal["observed", "cancelled", "skipped", "not_observed", "added"]
"""`observed`: it happened. `cancelled`: its run was. `skipped`: its run does not make it.
`not_observed`: nothing is known. `added`: it happened, of a run outside the timetable."""
NOT_MADE: Final = ("cancelled", "skipped")
"""The states of a call that its run does not make."""
SourceName = Literal["predictions", "positions"]
"""How a call was observed. A figure never mixes both."""

HORIZONS: Final = (2, 5, 10, 20, 30)
"""Minutes before a call of the forecasts that are archived."""
Forecasts = tuple[int | None, int | None, int | None, int | None, int | None]
NO_FORECASTS: Final[Forecasts] = (None, None, None, None, None)


class RunName(NamedTuple):
    """Identifies a run of a feed, whatever timetable is in service."""

    day: int
    """The ordinal of its service date."""
    trip_id: str
    """The id in its feed."""
    start_time: int
    """Seconds of the service day at which the first departure is planned."""


class RunInfo(NamedTuple):
    """What the passages of a run have in common."""

    name: RunName
    route_id: str
    route_type: int
    """GTFS's route_type; -1 if it is unknown."""
    direction_id: int
    """-1 if it is unknown."""
    calls: int
    """How many it makes."""


class Passage(NamedTuple):
    """A call of a run, as a source knows it. Instants are POSIX seconds."""

    run: RunInfo
    position: int
    """In the run, from 0."""
    stop_id: str
    """The id in its feed."""
    state: State
    source: SourceName
    scheduled_arrival: int | None
    scheduled_departure: int | None
    observed_arrival: int | None = None
    observed_departure: int | None = None
    cancelled_known_at: int | None = None
    """When its cancellation, or that its run skips it, was first known."""
    forecasts: Forecasts = NO_FORECASTS
    """By horizon, the arrival (at the first call the departure) that was forecast."""
