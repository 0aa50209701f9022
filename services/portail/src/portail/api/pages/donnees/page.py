"""`GET /donnees`: the region's open data."""

from zoneinfo import ZoneInfo

from fastapi import Response

from portail.flows.optional_parts import none_if_refused
from portail.ports import PublicApi
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages


def open_data_router(api: PublicApi, pages: Pages, zone: ZoneInfo) -> Router:
    """The router of the page. `zone`: of its times."""
    router = Router(include_in_schema=False)

    @router.get("/donnees")
    async def open_data() -> Response:
        networks = await none_if_refused(api.networks())
        return pages.answer(
            "donnees/page.html",
            cache=FOR_A_MINUTE,
            networks=None if networks is None else networks.feeds,
            zone=zone,
        )

    return router
