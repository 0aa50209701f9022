"""`GET /mentions-legales`, `/vie-privee`: the legal notice, and privacy and cookies."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Response

from portail.api.texts import texts_of
from portail.settings import PortailSettings
from socle.pages import FOR_A_MINUTE, Pages

_COOKIES: Final = {
    "session": "__Host-session",
    "login": "__Host-login",
    "participant": "__Host-participant",
    "language": "__Host-langue",
}
"""The cookies of the platform, by the names of their texts."""


def legal_router(pages: Pages, settings: PortailSettings) -> APIRouter:
    """The router of both pages. Each states which of `operator` and `contact` is missing, and that
    the installation is a demonstration if it is one."""
    router = APIRouter(include_in_schema=False)
    installation: Mapping[str, Any] = {
        "operator": settings.operator,
        "contact": settings.contact,
        "demonstration": settings.demonstration,
    }

    @router.get("/mentions-legales")
    async def legal_notice() -> Response:
        return pages.answer("mentions/legal.html", cache=FOR_A_MINUTE, **installation)

    @router.get("/vie-privee")
    async def privacy() -> Response:
        texts = texts_of("mentions")
        cookies = [
            (name, texts[f"cookie_{each}_use"], texts[f"cookie_{each}_lifetime"])
            for each, name in _COOKIES.items()
        ]
        return pages.answer(
            "mentions/privacy.html", cache=FOR_A_MINUTE, cookies=cookies, **installation
        )

    return router
