"""The networks and the state of their real time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Liveness = Literal["live", "partly", "interrupted", "unmatched", "alerts_only", "none"]
"""The state of a network's real time, over all its addresses."""


@dataclass(frozen=True, slots=True)
class Note:
    """A doubt about the data of an address."""

    code: str


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
class Network:
    """One feed, with its real-time addresses."""

    id: str
    name: str | None = None
    licence: str | None = None
    attribution: str | None = None
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

    def named(self, feed_id: str) -> str:
        """The display name of a network; its id if it is unknown."""
        return next((each.called for each in self.feeds if each.id == feed_id), feed_id)
