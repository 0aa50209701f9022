"""Indicators, and the lines that they are of."""

from dataclasses import replace
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from portail.adapters.public_api.client import ApiClient
from portail.domain.indicators import (
    AccuracyList,
    Dimension,
    PunctualityList,
    Query,
    RegularityList,
)
from portail.domain.supply import FeedQualityList, SupplyList

T = TypeVar("T", PunctualityList, RegularityList, AccuracyList, FeedQualityList, SupplyList)
_PUNCTUALITY: Final = TypeAdapter(PunctualityList)
_REGULARITY: Final = TypeAdapter(RegularityList)
_ACCURACY: Final = TypeAdapter(AccuracyList)
_QUALITY: Final = TypeAdapter(FeedQualityList)
_SUPPLY: Final = TypeAdapter(SupplyList)
_MOST_ROWS: Final = 1000
_MOST_PAGES: Final = 10


class HttpIndicatorsApi(ApiClient):
    """Implements `IndicatorsApi` over HTTP."""

    async def punctuality(self, query: Query, *, by: Dimension, language: str) -> PunctualityList:
        return await self._figures(_PUNCTUALITY, "punctuality", query, by=by, lang=language)

    async def regularity(self, query: Query, *, language: str) -> RegularityList:
        return await self._figures(_REGULARITY, "regularity", query, by="route", lang=language)

    async def accuracy(self, query: Query, *, language: str) -> AccuracyList:
        return await self._figures(_ACCURACY, "accuracy", query, by="all", lang=language)

    async def feed_quality(self, query: Query, *, language: str) -> FeedQualityList:
        return await self._figures(
            _QUALITY, "feed-quality", query, route=None, source=None, lang=language
        )

    async def supply(self, query: Query, *, language: str) -> SupplyList:
        by = "network" if query.feed is None else "route"
        week = {"from": None, "to": None}
        return await self._figures(
            _SUPPLY, "supply", query, by=by, per="day_type", source=None, lang=language, **week
        )

    async def _figures(
        self, type_: TypeAdapter[T], name: str, query: Query, **parameters: Any
    ) -> T:
        """The figures of an indicator, of all pages. `parameters`: beside those of the query, or in
        place of them."""
        given = {
            "feed": query.feed,
            "route": query.route,
            "from": query.first.isoformat(),
            "to": query.last.isoformat(),
            "source": query.source,
            "limit": _MOST_ROWS,
            **parameters,
        }
        rows = list[Any]()
        while True:
            page = (await self.cached(type_, f"/indicators/{name}", **given)).value
            rows += page.rows
            if page.next is None or len(rows) >= _MOST_ROWS * _MOST_PAGES:
                return replace(page, rows=tuple(rows), next=None)
            given["cursor"] = page.next
