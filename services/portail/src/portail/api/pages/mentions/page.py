"""`GET /mentions-legales`, `/vie-privee`: the legal notice, and privacy and cookies."""

from typing import Final

from fastapi import APIRouter, Response

from portail.api.texts import texts_of
from socle.pages import FOR_A_MINUTE, Pages

_COOKIES: Final = {
    "session": "__Host-session",
    "login": "__Host-login",
    "participant": "__Host-participant",
    "language": "__Host-langue",
}
"""The cookies of the platform, by the names of their texts."""


def legal_router(pages: Pages, *, operator: str, contact: str) -> APIRouter:
    """The router of both pages.

    `operator`: the organisation that operates this installation. `contact`: its e-mail address.
    Either can be empty. The page states which of them is missing.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/mentions-legales")
    async def legal_notice() -> Response:
        return pages.answer(
            "mentions/legal.html", cache=FOR_A_MINUTE, operator=operator, contact=contact
        )

    @router.get("/vie-privee")
    async def privacy() -> Response:
        texts = texts_of("mentions")
        cookies = [
            (name, texts[f"cookie_{each}_use"], texts[f"cookie_{each}_lifetime"])
            for each, name in _COOKIES.items()
        ]
        return pages.answer(
            "mentions/privacy.html",
            cache=FOR_A_MINUTE,
            cookies=cookies,
            operator=operator,
            contact=contact,
        )

    return router
