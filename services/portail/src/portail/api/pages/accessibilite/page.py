"""`GET /accessibilite`: the accessibility statement of the pages."""

from fastapi import Response

from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages


def accessibility_router(pages: Pages, *, contact: str) -> Router:
    """The router of the statement. `contact`: an e-mail address, or empty."""
    router = Router(include_in_schema=False)

    @router.get("/accessibilite")
    async def accessibility() -> Response:
        return pages.answer("accessibilite/page.html", cache=FOR_A_MINUTE, contact=contact)

    return router
