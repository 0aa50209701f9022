"""The networks, and whether their real time is alive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Liveness = Literal["live", "partly", "interrupted", "alerts_only", "none"]


@dataclass(frozen=True, slots=True)
class Source:
    """One real-time address. `entities` counts what its last message held, by kind; `carries` are
    the kinds it ever held."""

    state: str
    updated_at: datetime | None = None
    entities: Mapping[str, int] = field(default_factory=dict)
    carries: tuple[str, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it was received recently."""
        return self.state == "live"

    @property
    def entity_types(self) -> frozenset[str]:
        """What it speaks of: trip_updates, vehicle_positions, alerts. Nothing yet for some."""
        return frozenset(self.carries) | {
            entity_type for entity_type, count in self.entities.items() if count
        }

    @property
    def speaks_of_runs(self) -> bool:
        """Whether its silence leaves departures without real time: so does that of an address
        which was never heard."""
        return "trip_updates" in self.entity_types or not (self.entity_types or self.is_live)


@dataclass(frozen=True, slots=True)
class Network:
    """One feed: its name, and the state of its sources."""

    id: str
    name: str | None = None
    licence: str | None = None
    attribution: str | None = None
    real_time: tuple[Source, ...] = ()

    @property
    def called(self) -> str:
        """Its name, or its id while it has none."""
        return self.name or self.id

    def liveness(self) -> tuple[Liveness, datetime | None]:
        """What its real time is worth, and since when nothing is heard where that matters.

        Only addresses that speak of runs count: regional coaches publish disruptions and no more,
        and that is their normal state.
        """
        sources = [each for each in self.real_time if each.speaks_of_runs]
        alerts = [each for each in self.real_time if each.entity_types == {"alerts"}]
        sources = sources or [each for each in alerts if not each.is_live]
        if not sources:
            return ("alerts_only" if alerts else "none"), None
        silent = [source for source in sources if not source.is_live]
        since = min((each.updated_at for each in silent if each.updated_at), default=None)
        if len(silent) == len(sources):
            return "interrupted", since
        return ("partly", since) if silent else ("live", None)


@dataclass(frozen=True, slots=True)
class NetworkList:
    """Every network, at an instant."""

    generated_at: datetime
    feeds: tuple[Network, ...] = ()

    def named(self, feed_id: str) -> str:
        """The display name of a network."""
        return next((each.called for each in self.feeds if each.id == feed_id), feed_id)
