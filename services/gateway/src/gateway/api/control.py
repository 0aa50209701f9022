"""The control plane: what the door answers itself, behind FastAPI."""

from fastapi import FastAPI, Request, Response

from gateway.api import docs
from gateway.flows.publish_contract import Contract
from socle.clock import Clock
from socle.http import make_app


def control_app(contract: Contract, clock: Clock) -> FastAPI:
    """Documentation and contract; every other address is a problem 404."""
    app = make_app(
        "Région Lab", service="gateway", clock=clock, max_body=0, openapi_url=None, docs_url=None
    )

    @app.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        published = await contract.current()
        headers = {"etag": published.etag, "cache-control": "public, max-age=5"}
        if request.headers.get("if-none-match") == published.etag:
            return Response(status_code=304, headers=headers)
        return Response(published.body, media_type="application/json", headers=headers)

    app.include_router(docs.router)
    return app
