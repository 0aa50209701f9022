"""`mobilite.timetable.v1`: the current schedule of each feed."""

from datetime import datetime

from pydantic import Field

from mobilite.events.part import Part, key_of
from mobilite.gtfs.domain.enumerations import ImportOutcome
from socle.events import Event


class ReportLine(Part):
    """One type of finding of an import, in one file."""

    file: str = Field(description="GTFS file the finding is about, such as stop_times.txt")
    code: str = Field(description="Stable code of the finding, for machines")
    message: str = Field(description="What was found and what was done about it, in French")
    count: int = Field(ge=0, description="How many rows it concerns")
    samples: tuple[str, ...] = Field(
        default=(), description="A few of the ids or values it concerns, at most three"
    )


class ImportAttempt(Part):
    """The last attempt to import the schedule."""

    at: datetime = Field(description="Instant of the attempt")
    outcome: ImportOutcome = Field(
        description="imported: a new version is in service; unchanged: the source has not changed; "
        "refused: the former version, if any, stays in service"
    )
    problem: str | None = Field(
        default=None, description="Why the schedule was refused, in French; absent otherwise"
    )


class TimetableV1(Event, topic="mobilite.timetable.v1", kind="table"):
    """The schedule of one feed that is in service, and the findings of its last import.

    Key: feed id. `address` and all members about the packed file are absent until a usable version
    has been imported.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    name: str = Field(description="Name of the network, for people")
    licence: str | None = Field(default=None, description="Licence of the feed, as in feeds.toml")
    attribution: str | None = Field(default=None, description="Whom to credit, as in feeds.toml")
    version: str | None = Field(
        default=None, description="Version of the schedule: feed_info's, or one of its content"
    )
    sha256: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="SHA-256 of the packed file, hexadecimal",
    )
    address: str | None = Field(
        default=None, description="Where replicas fetch the packed file; absent: nothing usable yet"
    )
    bytes: int | None = Field(default=None, ge=0, description="Size of the packed file in bytes")
    packed_at: datetime | None = Field(default=None, description="Instant the file was packed")
    valid_from: str | None = Field(
        default=None, pattern=r"^[0-9]{8}$", description="First service day, YYYYMMDD"
    )
    valid_to: str | None = Field(
        default=None, pattern=r"^[0-9]{8}$", description="Last service day, YYYYMMDD"
    )
    timezones: tuple[str, ...] = Field(
        default=(), description="IANA time zones of the feed's agencies"
    )
    counts: dict[str, int] = Field(
        default_factory=dict,
        description="Number of rows in the packed file, by GTFS term: stops, routes, stop_times…",
    )
    report: tuple[ReportLine, ...] = Field(
        default=(), description="What the import dropped, repaired or doubted"
    )
    last_attempt: ImportAttempt = Field(description="The last attempt to import the schedule")

    def key(self) -> str:
        return key_of(self.feed_id)
