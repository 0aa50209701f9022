"""Indicators, from the public API."""

from typing import Protocol

from portail.domain.indicators import (
    AccuracyList,
    Dimension,
    PunctualityList,
    Query,
    RegularityList,
    RouteList,
)


class IndicatorsApi(Protocol):
    """Figures of what happened and of what is offered."""

    async def punctuality(self, query: Query, *, by: Dimension) -> PunctualityList:
        """Punctuality and cancellations, by line, hour or day."""
        ...

    async def regularity(self, query: Query) -> RegularityList:
        """The regularity of frequent lines, by line."""
        ...

    async def accuracy(self, query: Query) -> AccuracyList:
        """The accuracy of predictions, all lines together, by horizon."""
        ...

    async def routes_of(self, feed: str) -> RouteList:
        """The lines of a network."""
        ...
