"""`GET /pro`, `/mon-dossier`, `/lab`: the pages of professionals, patients and coordinators.

Each answers 200 to its role and redirects all other callers to the login. It states what it will
offer, and links to what exists today.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from portail.api.texts import texts_of
from socle.pages import NOT_CACHED, Pages, page_request

_ROLES: Final[Mapping[str, str]] = {
    "/pro": "professional",
    "/mon-dossier": "patient",
    "/lab": "coordinator",
}
"""The role that opens each page."""
_LINKS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "/pro": (("/auth/applications", "applications"), ("/docs", "documentation")),
    "/mon-dossier": (
        ("/auth/applications", "applications"),
        ("/participer/mes-participations", "participations"),
    ),
    "/lab": (("/pilotes", "pilots"), ("/docs", "documentation")),
}
"""What exists today, by page: address, and name of the text."""


def spaces_router(pages: Pages) -> APIRouter:
    """The router of the pages."""
    router = APIRouter(include_in_schema=False)
    for address, role in _ROLES.items():
        _add_space(router, pages, address, role)
    return router


def _add_space(router: APIRouter, pages: Pages, address: str, role: str) -> None:
    @router.get(address, name=f"space-{role}")
    async def space() -> Response:
        if page_request().visitor.role != role:
            login = f"/auth/login?next={quote(address, safe='')}"
            return RedirectResponse(login, 302, {"cache-control": NOT_CACHED, "vary": "cookie"})
        texts = texts_of("espaces")
        return pages.answer(
            "espaces/page.html",
            title=texts[f"{role}_title"],
            introduction=texts[f"{role}_introduction"],
            coming=texts[f"{role}_coming"].splitlines(),
            links=[(to, texts[f"link_{name}"]) for to, name in _LINKS[address]],
        )
