"""`GET /mentions-legales`, `/vie-privee`: the legal notice, and privacy and cookies."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import Response

from portail.api.texts import texts_of
from socle.http import Router
from socle.pages import FOR_A_MINUTE, Pages

_COOKIES: Final = {
    "session": "__Host-session",
    "login": "__Host-login",
    "participant": "__Host-participant",
    "language": "__Host-langue",
    "record": "__Host-dossier",
}
"""The cookies of the platform, by the names of their texts."""


def legal_router(pages: Pages, *, operator: str, contact: str, demonstration: bool) -> Router:
    """The router of both pages.

    Each states that the installation is a demonstration, if it is one, and which of `operator` (the
    organisation) and `contact` (its e-mail address) is missing. The legal notice of a demonstration
    without both leaves them out.
    """
    router = Router(include_in_schema=False)
    installation: Mapping[str, Any] = {
        "operator": operator,
        "contact": contact,
        "demonstration": demonstration,
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
