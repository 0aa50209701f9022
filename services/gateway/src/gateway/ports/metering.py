"""What metering asks of the outside."""

from typing import Protocol

from gateway.domain.served import Fold
from gateway.events import RequestServedV2


class ServedLedger(Protocol):
    """Where what was answered is told to the house."""

    async def tell(self, record: RequestServedV2) -> None:
        """Returns once it is kept; waits for as long as that takes. A record that is told again
        after a Retry is the same one."""
        ...


class ServedFigures(Protocol):
    """Where it is told to those who run the platform."""

    def add(self, fold: Fold) -> None:
        """Count what a fold holds. Never raises."""
        ...
