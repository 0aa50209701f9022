"""The indicators of the region, of a network or of a line."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeVar

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
from socle.errors import Refusal

T = TypeVar("T")
_AT_ONCE: Final = 4
"""Requests of one page under way."""


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
    """The indicators of a query, and how punctual yesterday was. `language`: of definitions. Raises
    Refusal("not_found") for an unknown network or line, before any figure is computed."""
    networks, routes = await _known(api, query)
    yesterday, free = today - timedelta(days=1), asyncio.Semaphore(_AT_ONCE)

    async def part(request: Awaitable[T]) -> T | None:
        async with free:
            return await none_if_refused(request)

    async with asyncio.TaskGroup() as group:

        def punctuality(of: Query, by: Dimension) -> asyncio.Task[PunctualityList | None]:
            return group.create_task(part(api.punctuality(of, by=by, language=language)))

        day_before = punctuality(replace(query, first=yesterday, last=yesterday), "route")
        this_day = punctuality(replace(query, first=today, last=today), "route")
        by_day, by_hour = punctuality(query, "day"), punctuality(query, "hour")
        by_route = punctuality(query, "route")
        regularity = group.create_task(part(api.regularity(query, language=language)))
        accuracy = group.create_task(part(api.accuracy(query, language=language)))
        quality = group.create_task(part(api.feed_quality(query, language=language)))
        supply = group.create_task(part(api.supply(query, language=language)))
    return Indicators(
        networks,
        routes,
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


async def _known(api: PublicApi, query: Query) -> tuple[NetworkList | None, LinePage | None]:
    """All networks, and the lines of the chosen one. Raises Refusal as `show_indicators`."""
    networks = await none_if_refused(api.networks())
    _require_network(networks, query.feed)
    routes = await _routes(api, query.feed)
    _require_route(routes, query.route)
    return networks, routes


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


def _require_network(networks: NetworkList | None, feed: str | None) -> None:
    """Raises Refusal if the network is unknown; while the list is, none is refused."""
    if networks is not None and feed is not None and networks.find(feed) is None:
        raise Refusal("not_found", "Ce réseau n'existe pas.")


def _require_route(routes: LinePage | None, route: str | None) -> None:
    """Raises Refusal if a complete list of lines does not have the line."""
    if routes is None or route is None or routes.next is not None:
        return
    if all(each.id != route for each in routes.routes):
        raise Refusal("not_found", "Cette ligne n'existe pas.")
