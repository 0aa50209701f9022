"""`GET /service-worker.js`: at the root, since its address decides of which pages it is."""

from importlib.resources import files
from typing import Final

from fastapi import Response

from socle.http import Router

ADDRESS: Final = "/service-worker.js"
_SCRIPT: Final = (files("portail.api") / "service-worker.js").read_bytes()


def service_worker_router() -> Router:
    """The router of the service worker."""
    router = Router(include_in_schema=False)

    @router.get(ADDRESS)
    async def service_worker() -> Response:
        headers = {"cache-control": "public, max-age=60", "x-content-type-options": "nosniff"}
        return Response(_SCRIPT, media_type="text/javascript", headers=headers)

    return router
