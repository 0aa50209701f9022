"""Indicators, and the lines that they are of."""

from typing import Any, Final

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient
from portail.domain.indicators import (
    AccuracyList,
    Dimension,
    PunctualityList,
    Query,
    RegularityList,
    RouteList,
)

_PUNCTUALITY: Final = TypeAdapter(PunctualityList)
_REGULARITY: Final = TypeAdapter(RegularityList)
_ACCURACY: Final = TypeAdapter(AccuracyList)
_ROUTES: Final = TypeAdapter(RouteList)
_MOST_ROUTES: Final = 500


class HttpIndicatorsApi(ApiClient):
    """Implements `IndicatorsApi` over HTTP."""

    async def punctuality(self, query: Query, *, by: Dimension) -> PunctualityList:
        path = "/indicators/punctuality"
        return (await self.cached(_PUNCTUALITY, path, **_of(query), by=by)).value

    async def regularity(self, query: Query) -> RegularityList:
        path = "/indicators/regularity"
        return (await self.cached(_REGULARITY, path, **_of(query), by="route")).value

    async def accuracy(self, query: Query) -> AccuracyList:
        path = "/indicators/accuracy"
        return (await self.cached(_ACCURACY, path, **_of(query), by="all")).value

    async def routes_of(self, feed: str) -> RouteList:
        return (await self.cached(_ROUTES, "/routes", feed=feed, limit=_MOST_ROUTES)).value


def _of(query: Query) -> dict[str, Any]:
    """The parameters that all indicators share."""
    return {
        "feed": query.feed,
        "route": query.route,
        "from": query.first.isoformat(),
        "to": query.last.isoformat(),
        "source": query.source,
    }
