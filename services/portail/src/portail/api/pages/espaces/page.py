"""`GET /pro` and `/mon-dossier`: the pages of professionals and patients, without their records.

Each answers 200 to its role and redirects all other callers to the login, which states for whom the
page is. It links to what exists today, and states what it will offer.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import RedirectResponse

from portail.api.texts import texts_of
from socle.http import Router
from socle.pages import NOT_CACHED, ROLE_PAGES, Pages, Texts, page_request

_ADDRESSES: Final[Mapping[str, str]] = {
    "account": "/auth/compte",
    "applications": "/auth/applications",
    "documentation": "/docs",
    "participations": "/participer/mes-participations",
    "pilots": "/pilotes",
    "cared": "/auth/proches",
    "rights": "/vie-privee",
}
"""Where the links lead, by the names of their texts."""
_LINKS: Final[Mapping[str, tuple[str, ...]]] = {
    "professional": ("applications", "documentation", "pilots", "participations", "account"),
    "patient": ("applications", "cared", "participations", "pilots", "rights", "account"),
}
"""What exists today, by role."""


def spaces_router(pages: Pages) -> Router:
    """The router of the pages."""
    router = Router(include_in_schema=False)
    for role in _LINKS:
        _add_space(router, pages, ROLE_PAGES[role], role)
    return router


def _add_space(router: Router, pages: Pages, address: str, role: str) -> None:
    @router.get(address, name=f"space-{role}")
    async def space() -> Response:
        if page_request().visitor.role != role:
            login = f"/auth/login?next={quote(address, safe='')}"
            return RedirectResponse(login, 302, {"cache-control": NOT_CACHED, "vary": "cookie"})
        return space_page(pages, role)


def space_page(
    pages: Pages, role: str, *, connect: bool = False, refused: bool = False
) -> Response:
    """The page of a role. `connect`: whether it leads to the records, which the reader has not
    opened yet. `refused`: whether they declined it."""
    texts = texts_of("espaces")
    return pages.answer(
        "espaces/page.html",
        title=texts[f"{role}_title"],
        introduction=texts[f"{role}_introduction"],
        coming=None if connect else texts[f"{role}_coming"],
        connect=f"{ROLE_PAGES[role]}/connexion" if connect else None,
        connect_text=texts.get(f"{role}_connect", ""),
        refused=refused,
        links=[
            (_ADDRESSES[name], texts[f"link_{name}"], _use(texts, name, role))
            for name in _LINKS[role]
        ],
    )


def _use(texts: Texts, name: str, role: str) -> str:
    """What a link is for: the text of that role, or that of every role."""
    return texts.get(f"use_{name}_{role}") or texts[f"use_{name}"]
