"""Indicators, from the public API."""

from typing import Protocol

from portail.domain.indicators import (
    AccuracyList,
    Dimension,
    PunctualityList,
    Query,
    RegularityList,
)
from portail.domain.supply import FeedQualityList, SupplyList


class IndicatorsApi(Protocol):
    """Figures of what happened and of what is offered. `language`: of their definitions."""

    async def punctuality(self, query: Query, *, by: Dimension, language: str) -> PunctualityList:
        """Punctuality and cancellations, by line, hour or day."""
        ...

    async def regularity(self, query: Query, *, language: str) -> RegularityList:
        """The regularity of frequent lines, by line."""
        ...

    async def accuracy(self, query: Query, *, language: str) -> AccuracyList:
        """The accuracy of predictions, all lines together, by horizon."""
        ...

    async def feed_quality(self, query: Query, *, language: str) -> FeedQualityList:
        """The quality of the data of networks, by day."""
        ...

    async def supply(self, query: Query, *, language: str) -> SupplyList:
        """What the timetables offer in the next seven days, by type of day: of networks, or of the
        lines of one."""
        ...
