"""The JSON of feeds and their addresses. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.http.api.times import InstantJson
from mobilite.rental.api.models import RentalHealthJson
from mobilite.sources.api.models import ErrorJson, NoteJson


class ReportLineJson(TypedDict):
    """One type of finding of the last import, in one file."""

    file: str
    code: str
    message: str
    count: int
    samples: list[str]


class AttemptJson(TypedDict):
    """The last attempt to import the schedule."""

    at: InstantJson
    outcome: Literal["imported", "unchanged", "refused"]
    problem: str | None


class ScheduleJson(TypedDict):
    """The schedule of a feed. `serving` is false while no usable version was imported."""

    serving: bool
    version: str | None
    sha256: str | None
    valid_from: str | None
    valid_to: str | None
    packed_at: InstantJson | None
    counts: dict[str, int]
    report: list[ReportLineJson]
    last_attempt: AttemptJson


class VehicleCountsJson(TypedDict):
    """The vehicles of an address, by the runs they serve: `matched`, `unmatched` (an unknown run),
    `without_run` (they report none). `unplaced` (without a position) and `lost` (seen more than
    five minutes ago) are not displayed."""

    matched: int
    unmatched: int
    without_run: int
    unplaced: int
    lost: int


class SourceJson(TypedDict):
    """One real-time address (`address` without credentials and query).

    Its trip updates are `matched`, `added` (about a run outside the timetable), `unmatched`,
    `set_aside` by reason (about a run outside the timetable that cannot be built) or `waiting` for
    a timetable. `mismatched` counts stop updates that match no call of the run or contradict their
    stop_sequence, `misassigned` those that assign a platform outside the station.
    `dated_by_calendar` counts trip updates whose start_date is the calendar date of a run after
    midnight: they are matched to the service day before. If none of its trip updates is about a
    run, `notes` contains `nothing_matched`.
    """

    index: int
    address: str
    state: Literal["live", "stale", "failing", "none"]
    header_timestamp: int | None
    updated_at: InstantJson | None
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
    dated_by_calendar: int
    vehicles: VehicleCountsJson | None
    alerts: int
    superseded: int
    consecutive_failures: int
    refused_older: int
    last_error: ErrorJson | None
    notes: list[NoteJson]


class FeedJson(TypedDict):
    """One feed: its schedule, its real time, and its rental vehicles where it has some."""

    id: str
    name: str | None
    licence: str | None
    licence_url: Annotated[
        str | None, Field(description="L'adresse du texte de la licence, si elle est reconnue")
    ]
    attribution: str | None
    schedule: ScheduleJson | None
    real_time: list[SourceJson]
    rental: RentalHealthJson | None


class FeedListJson(TypedDict):
    """Every feed."""

    generated_at: InstantJson
    feeds: list[FeedJson]
