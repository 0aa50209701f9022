"""What the door answers itself, behind FastAPI. Its routes stand in the table as anyone's do: by
the time a request is here it was judged, and `gateway.api.visits` tells who calls.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response

from gateway.api import docs
from gateway.api.identity import identity_router
from gateway.flows.publish_contract import Contract
from socle.http import make_bare_app


def control_app(
    contract: Contract, public_keys: Mapping[str, Any], routers: Iterable[APIRouter] = ()
) -> FastAPI:
    """Documentation, contract, keys, what `routers` answer; anything else is a problem 404."""
    app = make_bare_app("Région Lab", openapi_url=None, docs_url=None)

    @app.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        published = await contract.current()
        headers = {"etag": published.etag, "cache-control": "public, max-age=5"}
        if request.headers.get("if-none-match") == published.etag:
            return Response(status_code=304, headers=headers)
        return Response(published.body, media_type="application/json", headers=headers)

    app.include_router(docs.router)
    app.include_router(identity_router(public_keys))
    for router in routers:
        app.include_router(router)
    return app
