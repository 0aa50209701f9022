"""`GET /hors-ligne`: the page that the service worker displays without a connection.

It names nobody, so that browsers can store it. Its script writes the board into it.
"""

from fastapi import Response

from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages

_TEMPLATE = "hors_ligne/page.html"


def offline_router(pages: Pages) -> Router:
    """The router of the page."""
    router = Router(include_in_schema=False)

    @router.get("/hors-ligne")
    async def show_offline() -> Response:
        return pages.answer(_TEMPLATE, cache=FOR_A_MINUTE)

    return router


def offline_page(pages: Pages) -> str:
    """The page in the language of the request."""
    return pages.html(_TEMPLATE)
