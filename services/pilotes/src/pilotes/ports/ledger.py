"""What the commands that verify ask of the outside: everything, as it was at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pilotes.domain.decisions import Entry
from pilotes.domain.pilot import PilotId
from pilotes.domain.replay import Standing


@dataclass(frozen=True, slots=True)
class Ledger:
    """The whole chain in its order, and by pilot what is kept, digests calculated anew."""

    chain: Sequence[Entry]
    kept: Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class Traces:
    """Where a pilot's salt may still be found. `bus_records`: those of the topic that hold it,
    until it is compacted; `bus_deleted`: whether the topic's last word on the pilot has no salt."""

    in_database: bool
    outbox_rows: int
    bus_records: int
    bus_deleted: bool


class Ledgers(Protocol):
    """Reads all of it."""

    async def read(self) -> Ledger:
        """As it was at one moment."""
        ...


class SaltTraces(Protocol):
    """Looks for what must be gone."""

    async def of(self, pilot_id: PilotId) -> Traces:
        """Every trace that is left of a pilot's salt. Raises Retry where something is away."""
        ...
