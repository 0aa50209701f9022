"""What metering needs of the outside."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.events import RequestServedV2
from gateway.metering.domain.usage import UsageAggregate


class UsageLedger(Protocol):
    """Publishes usage records."""

    async def publish(self, record: RequestServedV2) -> None:
        """Returns once the record is stored, however long that takes. Raises Retry; the same record
        can then be published again, and consumers recognise it as the same."""
        ...


class UsageRecorder(Protocol):
    """Records usage for Prometheus."""

    def add(self, aggregate: UsageAggregate, at: datetime) -> None:
        """Add an aggregate that was closed at that instant. Never raises."""
        ...


class ConsentLookup(Protocol):
    """The current consents to pilots."""

    def fresh(self) -> bool:
        """Whether the consents are recent enough to rely on; if not, some may be withdrawn."""
        ...

    def assigning(self) -> Collection[str]:
        """The ids of the usable pilots that run or are paused, whatever their dates."""
        ...

    def has_consent(self, pilot: str, person: str) -> bool:
        """Whether a person, by their pseudonym in hexadecimal, consents to a pilot."""
        ...
