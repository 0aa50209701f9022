"""What the API answers, field by field: the types of the renderers and the schemas of OpenAPI.

Times are RFC 3339 with the offset of the stop's zone; ids are `<feed id>:<id in the feed>`.
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.domain.trip_update import Access

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class StopJson(TypedDict):
    """A stop or station people know, or one of its platforms."""

    id: str
    name: str
    code: str | None
    platform_code: str | None
    kind: Literal["stop", "station", "entrance", "node", "boarding_area"]
    station: str | None
    lat: float | None
    lon: float | None
    wheelchair: Access
    timezone: str
    feed: str


class FoundStopJson(StopJson):
    """A stop found; `distance` in metres, null where it was sought by name."""

    distance: float | None


class StopListJson(TypedDict):
    """A page of stops; `next` is the cursor of the next page, null on the last."""

    stops: list[FoundStopJson]
    next: str | None


class RouteJson(TypedDict):
    """A line. `type` is GTFS's route_type; colours are six hexadecimal digits."""

    id: str
    short_name: str | None
    long_name: str | None
    type: int
    color: str | None
    text_color: str | None


class StopDetailJson(StopJson):
    """A stop with its platforms and the lines that serve them."""

    platforms: list[StopJson]
    routes: list[RouteJson]


class ReportLineJson(TypedDict):
    """One kind of finding of the last import."""

    file: str
    code: str
    message: str
    count: int
    samples: list[str]


class AttemptJson(TypedDict):
    """The last time the schedule was read."""

    at: Instant
    outcome: Literal["imported", "unchanged", "refused"]
    problem: str | None


class ScheduleJson(TypedDict):
    """The schedule of a feed. `serving` is false while no usable version was imported."""

    serving: bool
    version: str | None
    sha256: str | None
    valid_from: str | None
    valid_to: str | None
    packed_at: Instant | None
    counts: dict[str, int]
    report: list[ReportLineJson]
    last_attempt: AttemptJson


class ErrorJson(TypedDict):
    """Why nothing was taken from the last attempt."""

    code: str
    message: str
    since: Instant


class NoteJson(TypedDict):
    """A doubt about the last accepted message."""

    code: str
    message: str
    count: int


class VehicleCountsJson(TypedDict):
    """The vehicles an address tells of, by the runs they serve: `matched`, `unmatched` (a run that
    is not known), `without_run` (none is named). `unplaced` and `lost` (seen more than five minutes
    ago) are not shown."""

    matched: int
    unmatched: int
    without_run: int
    unplaced: int
    lost: int


class SourceJson(TypedDict):
    """One real-time address (`address` without credentials and query).

    The runs it speaks for are `matched`, `added` (outside the timetable, and shown), `unmatched`,
    `set_aside` by reason (outside the timetable, and unusable) or `waiting` for a timetable;
    `mismatched` counts stop updates whose stop and stop_sequence disagree or that name no call of
    the run, `misassigned` those that name a platform of another station.
    """

    index: int
    address: str
    state: Literal["live", "stale", "failing", "none"]
    header_timestamp: int | None
    updated_at: Instant | None
    age: int | None
    carries: list[Literal["trip_updates", "vehicle_positions", "alerts"]]
    entities: dict[str, int]
    matched: int
    added: int
    unmatched: int
    unmatched_reasons: dict[str, int]
    set_aside: dict[str, int]
    waiting: int
    mismatched: int
    misassigned: int
    vehicles: VehicleCountsJson | None
    alerts: int
    superseded: int
    consecutive_failures: int
    refused_older: int
    last_error: ErrorJson | None
    notes: list[NoteJson]


class FeedJson(TypedDict):
    """One feed: its schedule and its real time."""

    id: str
    name: str | None
    licence: str | None
    attribution: str | None
    schedule: ScheduleJson | None
    real_time: list[SourceJson]


class FeedListJson(TypedDict):
    """Every feed."""

    generated_at: Instant
    feeds: list[FeedJson]
