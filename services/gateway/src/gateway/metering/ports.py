"""What metering asks of the outside."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.events import RequestServedV2
from gateway.metering.domain.usage import UsageAggregate


class UsageLedger(Protocol):
    """Where what was answered is told to the house."""

    async def tell(self, record: RequestServedV2) -> None:
        """Returns once it is kept; waits for as long as that takes. A record that is told again
        after a Retry is the same one."""
        ...


class UsageRecorder(Protocol):
    """Where it is told to those who run the platform."""

    def add(self, fold: UsageAggregate, at: datetime) -> None:
        """Count what a fold holds that was closed then. Never raises."""
        ...


class ConsentLookup(Protocol):
    """Who takes part in which pilots now."""

    def fresh(self) -> bool:
        """Whether what is known of it may be acted upon."""
        ...

    def given(self) -> Collection[str]:
        """The pilots that give arms."""
        ...

    def agrees(self, pilot: str, person: str) -> bool:
        """Whether that person, by their pseudonym in hexadecimal, agrees to take part in it."""
        ...
