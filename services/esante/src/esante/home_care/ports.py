"""What the rules need of the database."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from esante.home_care.domain.rule import Reading
from esante.store.ports import Change, ResourceState, Transaction


@dataclass(slots=True)
class Alert:
    """The state of one rule for one patient."""

    rule: str
    state: Literal["raised", "normal", "unknown"]
    episode: int
    """How many times it was raised, or could not be evaluated."""
    since: datetime
    message: str
    written: datetime
    """When the Flag was written last."""
    notified: datetime | None
    """When the circle was notified last."""


@dataclass(slots=True)
class Evaluation:
    """One patient in a transaction that no other replica evaluates meanwhile."""

    patient: str
    readings: Sequence[Reading]
    """Oldest first, with the circles."""
    alerts: dict[str, Alert]
    notified: int
    """Notifications of the circle on this day."""
    transaction: Transaction
    review: datetime | None = None
    """Set by the flow: when the rules are evaluated next at the latest."""
    changed: list[Alert] = field(default_factory=list)
    """Set by the flow: the alerts to store."""


@dataclass(frozen=True, slots=True)
class DuePatient:
    """A patient whose rules are due."""

    patient: str
    since: datetime
    version: str
    """Another one after each change of the patient's row."""


class HomeCareStore(Protocol):
    """Readings and alerts. Every method raises Retry if the database is unreachable."""

    async def read_current(self, identities: Sequence[tuple[str, str]]) -> Sequence[bytes | None]:
        """The current text of each resource; None if it does not exist."""

    async def record(
        self,
        identities: Sequence[tuple[str, str]],
        readings: Sequence[Reading],
        now: datetime,
    ) -> None:
        """Replace the readings of those resources; the rules of their patients are due once nothing
        has changed for `DEBOUNCE`, after `LONGEST_DEBOUNCE` at the latest."""

    async def list_due(self, now: datetime, count: int) -> Sequence[DuePatient]:
        """Patients whose rules are due; the first ones have waited longest."""

    async def read(self, patient: str) -> tuple[Sequence[Reading], dict[str, Alert]]:
        """The readings of a patient, oldest first, with the circles; and their alerts by rule."""

    async def postpone(self, reviews: Mapping[DuePatient, datetime]) -> int:
        """Evaluate those patients at these instants, unless something has changed since they were
        listed: then they stay due. Returns how many were postponed."""

    def evaluation(
        self, patient: str, now: datetime
    ) -> AbstractAsyncContextManager[Evaluation | None]:
        """One patient; None if another replica evaluates them. Commits at the end, with what the
        flow has written in its transaction. Raises WriteConflict."""


PrepareResource = Callable[[dict[str, Any], str, str, ResourceState], Change]
"""The change that writes a resource: its content, type, id and state."""
