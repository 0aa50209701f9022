"""`GET /donnees`: the region's open data; `GET /donnees/{feed}`: the dataset of one network."""

from zoneinfo import ZoneInfo

from fastapi import Response

from portail.api.pages.donnees.dataset import dataset_of, licence_name
from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages


def open_data_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the pages. `zone`: of their times."""
    router = Router(include_in_schema=False)

    @router.get("/donnees")
    async def open_data() -> Response:
        networks = await none_if_refused(api.networks())
        return pages.answer(
            "donnees/page.html",
            cache=FOR_A_MINUTE,
            networks=None if networks is None else networks.feeds,
            licence_name=licence_name,
        )

    @router.get("/donnees/{feed_id}")
    async def dataset(feed_id: str) -> Response:
        network = (await api.networks()).find(feed_id)
        if network is None:
            raise Refusal("not_found", f"Aucun réseau {feed_id}.")
        return pages.answer(
            "donnees/jeu.html",
            cache=FOR_A_MINUTE,
            network=network,
            dataset=dataset_of(network, clock.now(), zone),
            zone=zone,
        )

    return router
