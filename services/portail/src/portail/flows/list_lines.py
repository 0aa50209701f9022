"""The lines of the region: of a search, of a network, or of all networks if they are few."""

import asyncio
from dataclasses import dataclass
from typing import Final

from portail.domain.alerts import Alert
from portail.domain.lines import LinePage
from portail.domain.networks import NetworkList
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi

LINES_PER_PAGE: Final = 60
_MAX_ALERTS: Final = 100
"""The most severe alerts, of which the lines are marked."""


@dataclass(frozen=True, slots=True)
class FoundLines:
    """A page of lines."""

    page: LinePage
    networks: NetworkList | None
    """None if the API does not give them."""
    disrupted: frozenset[str] | None
    """The ids of the lines that a current disruption names; None if that is not known."""


async def list_lines(
    api: PublicApi,
    *,
    language: str,
    name: str | None,
    feed: str | None,
    route_type: int | None,
    cursor: str | None,
) -> FoundLines:
    """A page of lines, with the networks to choose from. Raises Refusal as the API."""
    page, networks, alerts = await asyncio.gather(
        api.lines(limit=LINES_PER_PAGE, name=name, feed=feed, route_type=route_type, cursor=cursor),
        none_if_refused(api.networks()),
        none_if_refused(api.alerts(active="now", language=language, limit=_MAX_ALERTS, feed=feed)),
    )
    disrupted = None if alerts is None else frozenset(_lines_of(alerts.alerts))
    return FoundLines(page, networks, disrupted)


def _lines_of(alerts: tuple[Alert, ...]) -> list[str]:
    return [
        entity.route.id
        for alert in alerts
        if alert.disrupts
        for entity in alert.informed
        if entity.route is not None
    ]
