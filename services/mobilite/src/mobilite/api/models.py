"""What the API answers, field by field: the types of the renderers and the schemas of OpenAPI.

Times are RFC 3339 with the offset of the stop's zone; ids are `<feed id>:<id in the feed>`.
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.domain.trip_update import Access, Occupancy

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


class DepartureJson(TypedDict):
    """One line of a board. One departure is told from another by `trip_id`, `start_date`,
    `start_time` and `stop_sequence`."""

    trip_id: str
    start_date: Annotated[str, Field(description="Jour de service, AAAAMMJJ")]
    start_time: Annotated[
        str | None, Field(description="HH:MM:SS de ce passage d'une course à fréquence")
    ]
    stop_id: Annotated[str, Field(description="Le quai vraiment desservi")]
    stop_sequence: Annotated[
        int, Field(description="Distingue deux passages d'une course au même arrêt")
    ]
    platform_code: str | None
    scheduled_stop_id: Annotated[
        str | None, Field(description="Le quai prévu, quand le passage a changé de quai")
    ]
    scheduled_platform_code: str | None
    route: RouteJson
    headsign: str
    ends_at: Annotated[
        str | None,
        Field(
            description="Dernier arrêt desservi, si la fin de la course est supprimée : cet "
            "arrêt-ci quand on ne peut plus aller plus loin ; null si la course va à son terme"
        ),
    ]
    scheduled: Annotated[
        Instant,
        Field(description="Pour une course hors horaires sans horaire prévu : l'heure annoncée"),
    ]
    predicted: Annotated[
        Instant | None,
        Field(description="null : aucune prévision, ce qui ne veut jamais dire « à l'heure »"),
    ]
    delay: Annotated[
        int | None,
        Field(
            description="Secondes de retard, négatives en avance ; null sans prévision, ou sans "
            "horaire prévu auquel la comparer"
        ),
    ]
    state: Annotated[
        Literal["scheduled", "predicted", "no_data", "stale", "skipped", "cancelled", "added"],
        Field(
            description="scheduled : horaire théorique, rien n'est dit de la course ; predicted : "
            "prévision ; no_data : la course est suivie, mais rien n'est dit de cet arrêt ; "
            "stale : le flux se tait depuis plus de cinq minutes, ses prévisions ne valent plus ; "
            "skipped : arrêt non desservi ; cancelled : course supprimée ; "
            "added : course hors horaires, annoncée ou prédite"
        ),
    ]
    outside_timetable: Annotated[
        bool,
        Field(description="Course ajoutée, dédoublée ou de remplacement, quel que soit son état"),
    ]
    pickup: Annotated[
        Literal["regular", "none", "phone_agency", "coordinate_with_driver"],
        Field(
            description="none : on ne peut plus monter ici (changement en temps réel) ; "
            "phone_agency et coordinate_with_driver : à la demande"
        ),
    ]
    occupancy: Annotated[
        Occupancy | None, Field(description="Affluence attendue au départ ; null : pas connue")
    ]
    approximate: Annotated[bool, Field(description="L'horaire lui-même est approximatif ici")]
    wheelchair: Annotated[Access, Field(description="Du véhicule")]
    feed: str
    updated_at: Annotated[
        Instant | None,
        Field(
            description="Instant du flux qui parle de cette course ; sinon celui du temps réel du "
            "réseau ; null si le réseau n'en a pas"
        ),
    ]
    age: Annotated[
        int | None, Field(description="Secondes depuis updated_at, à l'instant generated_at")
    ]
    measured_at: Annotated[
        Instant | None,
        Field(description="Quand l'opérateur dit avoir mesuré l'avance de la course"),
    ]


class RealTimeJson(TypedDict):
    """What the real time of a network is worth now, with a sentence to show."""

    state: Literal["live", "stale", "none"]
    message: str
    updated_at: Instant | None
    age: int | None


class BoardFeedJson(TypedDict):
    """Whom a board comes from and whom to credit."""

    id: str
    name: str
    licence: str | None
    attribution: str | None
    real_time: RealTimeJson


class BoardJson(TypedDict):
    """The departures of a stop in the seven days from `at`, soonest first."""

    stop: StopJson
    at: Instant
    generated_at: Instant
    message: Annotated[
        str | None,
        Field(description="À montrer : pourquoi rien ne part, ou rien avant un autre jour"),
    ]
    feeds: list[BoardFeedJson]
    departures: list[DepartureJson]
    next: Annotated[
        str | None, Field(description="Valeur de cursor pour la suite ; null à la dernière page")
    ]


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
    entities: dict[str, int]
    matched: int
    added: int
    unmatched: int
    unmatched_reasons: dict[str, int]
    set_aside: dict[str, int]
    waiting: int
    mismatched: int
    misassigned: int
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
