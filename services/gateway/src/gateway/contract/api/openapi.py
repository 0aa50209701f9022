"""`/openapi.json`: the platform's contract."""

from fastapi import Request, Response

from gateway.contract.flows import ContractPublisher
from socle.http import Router, is_not_modified


def openapi_router(contract: ContractPublisher) -> Router:
    """The router of `GET /openapi.json`."""
    router = Router(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi(request: Request) -> Response:
        published = await contract.current()
        headers = {"etag": published.etag, "cache-control": "public, max-age=5"}
        if is_not_modified(dict(request.headers.raw), published.etag.encode()):
            return Response(status_code=304, headers=headers)
        return Response(published.body, media_type="application/json", headers=headers)

    return router
