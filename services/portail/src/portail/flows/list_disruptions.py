"""The disruptions of the region, or of one network."""

import asyncio
from dataclasses import dataclass
from typing import Final

from portail.domain.alerts import AlertPage
from portail.domain.networks import NetworkList
from portail.flows.show_home import none_if_refused
from portail.ports import PublicApi

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Disruptions:
    """A page of them; `networks` is None where the choice of networks cannot be offered."""

    page: AlertPage
    networks: NetworkList | None


async def list_disruptions(
    api: PublicApi, *, active: str, feed: str | None, route: str | None, cursor: str | None
) -> Disruptions:
    """Those of now or of later. Raises Refusal where the API does."""
    page, networks = await asyncio.gather(
        api.alerts(active=active, feed=feed, route=route, limit=PAGE, cursor=cursor),
        none_if_refused(api.networks()),
    )
    return Disruptions(page, networks)
