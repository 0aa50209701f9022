"""`mobilite.alert.v1`: operators' alerts to travellers.

https://gtfs.org/documentation/realtime/reference/#message-alert
"""

from pydantic import Field

from mobilite.events.part import Part, key_of
from mobilite.events.trip_update import PosixSeconds, TripDescriptor
from mobilite.gtfs.domain.enumerations import Cause, Effect, Severity
from socle.events import Event


class Translation(Part):
    """A text in one language."""

    text: str = Field(description="The text, as given")
    language: str | None = Field(default=None, description="BCP 47 code; absent: unknown")


class LocalizedImage(Part):
    """A picture in one language."""

    url: str = Field(description="Web address of the picture, as given")
    media_type: str | None = Field(default=None, description="IANA media type, such as image/png")
    language: str | None = Field(
        default=None, description="BCP 47 code of the texts in it; absent: none or unknown"
    )


class TimeRange(Part):
    """A period. A missing bound is open."""

    start: PosixSeconds | None = Field(default=None, description="First instant, POSIX seconds")
    end: PosixSeconds | None = Field(default=None, description="End, exclusive, POSIX seconds")


class EntitySelector(Part):
    """Selects what an alert affects: all given conditions must hold. At least one is given."""

    agency_id: str | None = Field(default=None, description="As in agency.txt")
    route_id: str | None = Field(default=None, description="As in routes.txt")
    route_type: int | None = Field(default=None, description="Mode, as in routes.txt")
    direction_id: int | None = Field(default=None, ge=0, description="As in trips.txt")
    trip: TripDescriptor | None = Field(default=None, description="One run, or a trip every day")
    stop_id: str | None = Field(default=None, description="As in stops.txt; a station: all of it")


class AlertV1(Event, topic="mobilite.alert.v1", kind="table"):
    """One GTFS-RT Alert, validated on receipt, with its texts unchanged.

    Key: `feed:source_index:alert_id`. Deleted by a tombstone as soon as its address no longer
    publishes it. Its age is that of its address (FeedPollV1).
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    source_index: int = Field(
        ge=0, description="Which of the feed's gtfs_rt addresses published it, from 0"
    )
    alert_id: str = Field(
        min_length=1,
        description="Id of the entity; where a message repeats one, made unique by its content",
    )
    active_periods: tuple[TimeRange, ...] = Field(
        default=(), description="When to display it; none: as long as it is published"
    )
    impact_periods: tuple[TimeRange, ...] = Field(
        default=(),
        description="When the service is affected; none: whenever it is displayed",
    )
    informed_entities: tuple[EntitySelector, ...] = Field(
        default=(), description="It affects what one of them selects; none: the entire network"
    )
    cause: Cause = Field(default="UNKNOWN_CAUSE", description="Why")
    effect: Effect = Field(default="UNKNOWN_EFFECT", description="Effect on the service")
    severity: Severity = Field(default="UNKNOWN_SEVERITY", description="How serious")
    header: tuple[Translation, ...] = Field(default=(), description="Title, plain text")
    description: tuple[Translation, ...] = Field(default=(), description="Body, plain text")
    tts_header: tuple[Translation, ...] = Field(default=(), description="Title to be spoken")
    tts_description: tuple[Translation, ...] = Field(default=(), description="Body to be spoken")
    cause_detail: tuple[Translation, ...] = Field(default=(), description="Cause in words")
    effect_detail: tuple[Translation, ...] = Field(default=(), description="Effect in words")
    url: tuple[Translation, ...] = Field(
        default=(), description="Web address with more information"
    )
    image: tuple[LocalizedImage, ...] = Field(
        default=(), description="The same picture, such as a map of the works, by language"
    )
    image_alternative_text: tuple[Translation, ...] = Field(
        default=(), description="What the picture shows, for those who cannot see it"
    )

    def key(self) -> str:
        return key_of(self.feed_id, self.source_index, self.alert_id)
