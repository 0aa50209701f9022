"""`GET /manifest.webmanifest`: what a device needs to install the site.

https://www.w3.org/TR/appmanifest/
"""

import json
from typing import Any, Final

from fastapi import Response

from portail.api.texts import texts_of
from socle.http import Router
from socle.pages import StaticFiles, page_request

COLOUR: Final = "#0b3a75"
"""The colour of the icon, and of the band of the home page."""
_SIZES: Final = ("192", "512")
_SHORTCUTS: Final = (("/itineraires", "nav_journeys"), ("/perturbations", "nav_disruptions"))


def manifest_router(static: StaticFiles) -> Router:
    """The router of the manifest, in the language of the request."""
    router = Router(include_in_schema=False)

    @router.get("/manifest.webmanifest")
    async def manifest() -> Response:
        headers = {
            "cache-control": "public, max-age=3600",
            "content-language": page_request().language,
            "vary": "accept-language",
            "x-content-type-options": "nosniff",
        }
        content = json.dumps(_content(static), ensure_ascii=False)
        return Response(content, media_type="application/manifest+json", headers=headers)

    return router


def _content(static: StaticFiles) -> dict[str, Any]:
    texts = texts_of("accueil")
    return {
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "name": f"{texts['site']} – {texts['site_subtitle']}",
        "short_name": texts["site"],
        "description": texts["accroche"],
        "lang": page_request().language,
        "dir": "ltr",
        "display": "standalone",
        "theme_color": COLOUR,
        "background_color": "#ffffff",
        "categories": ["travel", "navigation"],
        "icons": [
            _icon(static, f"{name}-{size}.png", size, purpose)
            for name, purpose in (("icone", "any"), ("icone-pleine", "maskable"))
            for size in _SIZES
        ],
        "shortcuts": [
            {
                "name": texts[name],
                "url": address,
                "icons": [_icon(static, "icone-192.png", "192", "any")],
            }
            for address, name in _SHORTCUTS
        ],
    }


def _icon(static: StaticFiles, name: str, size: str, purpose: str) -> dict[str, str]:
    address = static.address(name)
    return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
