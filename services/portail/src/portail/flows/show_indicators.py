"""The indicators of the region, of a network or of a line."""

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta

from portail.domain.indicators import (
    AccuracyList,
    Dimension,
    PunctualityList,
    Query,
    RegularityList,
)
from portail.domain.lines import MOST_LINES, LinePage
from portail.domain.networks import NetworkList
from portail.domain.supply import FeedQualityList, SupplyList
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi


@dataclass(frozen=True, slots=True)
class Indicators:
    """What the page displays. None: the API does not give it now."""

    networks: NetworkList | None
    routes: LinePage | None
    """Of the network; None too if none was chosen."""
    other_routes: tuple[LinePage | None, ...]
    """Of each network with lines of known regularity, if none was chosen: for their names."""
    yesterday: PunctualityList | None
    """By line, of the last day that is over."""
    today: PunctualityList | None
    """By line, of today so far."""
    by_day: PunctualityList | None
    by_hour: PunctualityList | None
    by_route: PunctualityList | None
    regularity: RegularityList | None
    accuracy: AccuracyList | None
    feed_quality: FeedQualityList | None
    supply: SupplyList | None


async def show_indicators(
    api: PublicApi, query: Query, *, today: date, language: str
) -> Indicators:
    """The indicators of a query, and how punctual yesterday was. `language`: of definitions."""
    yesterday = today - timedelta(days=1)
    async with asyncio.TaskGroup() as group:

        def punctuality(of: Query, by: Dimension) -> asyncio.Task[PunctualityList | None]:
            return group.create_task(none_if_refused(api.punctuality(of, by=by, language=language)))

        networks = group.create_task(none_if_refused(api.networks()))
        routes = group.create_task(_routes(api, query.feed))
        day_before = punctuality(replace(query, first=yesterday, last=yesterday), "route")
        this_day = punctuality(replace(query, first=today, last=today), "route")
        by_day, by_hour = punctuality(query, "day"), punctuality(query, "hour")
        by_route = punctuality(query, "route")
        regularity = group.create_task(none_if_refused(api.regularity(query, language=language)))
        accuracy = group.create_task(none_if_refused(api.accuracy(query, language=language)))
        quality = group.create_task(none_if_refused(api.feed_quality(query, language=language)))
        supply = group.create_task(none_if_refused(api.supply(query, language=language)))
    return Indicators(
        networks.result(),
        routes.result(),
        await _named_routes(api, query, regularity.result()),
        day_before.result(),
        this_day.result(),
        by_day.result(),
        by_hour.result(),
        by_route.result(),
        regularity.result(),
        accuracy.result(),
        quality.result(),
        supply.result(),
    )


async def _named_routes(
    api: PublicApi, query: Query, found: RegularityList | None
) -> tuple[LinePage | None, ...]:
    """The lines of the networks whose regularity was observed, if no network was chosen."""
    if query.feed is not None or found is None:
        return ()
    named = {
        row.route.partition(":")[0] for row in found.rows if row.frequent and row.n and row.route
    }
    return tuple(await asyncio.gather(*(_routes(api, feed) for feed in sorted(named))))


async def _routes(api: PublicApi, feed: str | None) -> LinePage | None:
    if feed is None:
        return None
    return await none_if_refused(api.lines(limit=MOST_LINES, feed=feed))
