"""The networks, the state of their real time and the report of their last import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

Liveness = Literal["live", "partly", "interrupted", "unmatched", "alerts_only", "none"]
"""The state of a network's real time, over all its addresses."""


@dataclass(frozen=True, slots=True)
class Note:
    """A doubt about the data of an address."""

    code: str
    message: str = ""
    """In French."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why nothing was taken from the last message of an address."""

    message: str
    """In French."""
    since: datetime


@dataclass(frozen=True, slots=True)
class Source:
    """One real-time address of a network."""

    state: str
    updated_at: datetime | None = None
    """The instant of its last message."""
    entities: Mapping[str, int] = field(default_factory=dict)
    """The number of entities in its last message, by type."""
    carries: tuple[str, ...] = ()
    """The types of entities that it has ever published."""
    notes: tuple[Note, ...] = ()
    last_error: Fault | None = None
    matched: int = 0
    """The number of its trip updates that are about a run of the timetable."""
    added: int = 0
    """The number of those about a run that the timetable does not contain."""
    unmatched: int = 0
    """The number of those about no known run."""

    @property
    def is_live(self) -> bool:
        """Whether it was received recently."""
        return self.state == "live"

    @property
    def is_unmatched(self) -> bool:
        """Whether none of its trip updates matches the timetable."""
        return any(note.code == "nothing_matched" for note in self.notes)

    @property
    def entity_types(self) -> frozenset[str]:
        """The types of entities that it publishes: trip_updates, vehicle_positions, alerts.

        Empty before its first message.
        """
        return frozenset(self.carries) | {
            entity_type for entity_type, count in self.entities.items() if count
        }

    @property
    def publishes_trips(self) -> bool:
        """Whether departures lack real time while it is not live.

        Assumed of an address whose types are not known yet.
        """
        return "trip_updates" in self.entity_types or not (self.entity_types or self.is_live)


@dataclass(frozen=True, slots=True)
class Finding:
    """One type of finding of an import, in one file."""

    file: str
    message: str
    """In French."""
    count: int
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last attempt to import a schedule."""

    at: datetime
    outcome: Literal["imported", "unchanged", "refused"]
    problem: str | None = None
    """Why it was refused, in French."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The schedule of a network, and the report of its import."""

    last_attempt: Attempt
    valid_from: str | None = None
    """The first service day, YYYYMMDD; None without a usable version."""
    valid_to: str | None = None
    """The last one."""
    report: tuple[Finding, ...] = ()
    packed_at: datetime | None = None
    """When the version in use was imported."""
    version: str | None = None
    """The operator's name of it."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """The number of its stops, routes, trips, stop_times…"""

    @property
    def validity(self) -> tuple[date, date] | None:
        """The first and the last service day; None if they are unknown."""
        if self.valid_from is None or self.valid_to is None:
            return None
        return date.fromisoformat(self.valid_from), date.fromisoformat(self.valid_to)


@dataclass(frozen=True, slots=True)
class Network:
    """One feed, with its schedule and its real-time addresses."""

    id: str
    name: str | None = None
    licence: str | None = None
    licence_url: str | None = None
    """The address of the licence, if it is a known one."""
    attribution: str | None = None
    schedule: Schedule | None = None
    """None before the first import."""
    real_time: tuple[Source, ...] = ()

    @property
    def called(self) -> str:
        """Its name; its id without one."""
        return self.name or self.id

    def liveness(self) -> tuple[Liveness, datetime | None]:
        """The state of its real time, and since when it is interrupted (None if unknown or not).

        Only addresses that publish trip updates count. For a network that only publishes alerts,
        which is normal for coaches, those count that are not live.
        """
        sources = [each for each in self.real_time if each.publishes_trips]
        alerts = [each for each in self.real_time if each.entity_types == {"alerts"}]
        sources = sources or [each for each in alerts if not each.is_live]
        if not sources:
            return ("alerts_only" if alerts else "none"), None
        silent = [source for source in sources if not source.is_live]
        instants = [each.updated_at for each in silent if each.updated_at]
        if len(silent) == len(sources):
            # Until the last one fell silent, a part was live.
            return "interrupted", max(instants, default=None)
        updating = [each for each in sources if each.is_live and each.entities.get("trip_updates")]
        if updating and all(each.is_unmatched for each in updating):
            return "unmatched", None
        return ("partly", min(instants, default=None)) if silent else ("live", None)


@dataclass(frozen=True, slots=True)
class NetworkList:
    """All networks, at one instant."""

    generated_at: datetime
    feeds: tuple[Network, ...] = ()

    def find(self, feed_id: str) -> Network | None:
        """The network with that id."""
        return next((each for each in self.feeds if each.id == feed_id), None)

    def named(self, feed_id: str) -> str:
        """The display name of a network; its id if it is unknown."""
        network = self.find(feed_id)
        return feed_id if network is None else network.called
