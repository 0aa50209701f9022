"""The disruptions of the region, or of one network."""

import asyncio
from dataclasses import dataclass
from typing import Final

from portail.domain.alerts import AlertPage
from portail.domain.networks import NetworkList
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi

ALERTS_PER_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Disruptions:
    """A page of disruptions, and the networks to choose from."""

    page: AlertPage
    networks: NetworkList | None
    """None if the API does not give them."""


async def list_disruptions(
    api: PublicApi,
    *,
    active: str,
    language: str,
    feed: str | None,
    route: str | None,
    cursor: str | None,
) -> Disruptions:
    """A page of disruptions.

    `active`: now, upcoming or all. `language`: of the texts that exist in it. `feed`, `route`: only
    those of this network or line. `cursor`: of the page. Raises Refusal as the API.
    """
    page, networks = await asyncio.gather(
        api.alerts(
            active=active,
            language=language,
            feed=feed,
            route=route,
            limit=ALERTS_PER_PAGE,
            cursor=cursor,
        ),
        none_if_refused(api.networks()),
    )
    return Disruptions(page, networks)
