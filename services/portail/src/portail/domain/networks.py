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
        """Whether it was heard of late."""
        return self.state == "live"

    @property
    def alerts_only(self) -> bool:
        """Whether all it says is disruptions: the normal state of regional coaches."""
        told = set(self.carries) or {kind for kind, count in self.entities.items() if count}
        return told == {"alerts"}


@dataclass(frozen=True, slots=True)
class Network:
    """One feed: who it is, and what is heard of it."""

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
        """What its real time is worth, and since when nothing is heard where that matters."""
        if not self.real_time:
            return "none", None
        live = [source for source in self.real_time if source.is_live]
        silent = [source for source in self.real_time if not source.is_live]
        since = min((each.updated_at for each in silent if each.updated_at), default=None)
        if not live:
            return "interrupted", since
        if silent:
            return "partly", since
        if all(source.alerts_only for source in live):
            return "alerts_only", None
        return "live", None


@dataclass(frozen=True, slots=True)
class NetworkList:
    """Every network, at an instant."""

    generated_at: datetime
    feeds: tuple[Network, ...] = ()

    def named(self, feed_id: str) -> str:
        """What people call a network."""
        return next((each.called for each in self.feeds if each.id == feed_id), feed_id)
