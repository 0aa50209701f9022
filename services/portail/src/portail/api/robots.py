"""`GET /robots.txt`."""

from typing import Final

from fastapi import Response

from socle.http import Router

_ROBOTS: Final = """\
User-agent: *
Disallow: /mobilite/
Disallow: /auth/
Disallow: /langue
Disallow: /*/flux
Disallow: /itineraires/
Disallow: /*?
"""
"""Excludes the API, accounts, streams, and what can contain positions and homes: pages with
parameters, followed journeys."""


def robots_router() -> Router:
    """The router of robots.txt."""
    router = Router(include_in_schema=False)

    @router.get("/robots.txt")
    async def robots() -> Response:
        headers = {"cache-control": "public, max-age=60"}
        return Response(_ROBOTS, media_type="text/plain", headers=headers)

    return router
