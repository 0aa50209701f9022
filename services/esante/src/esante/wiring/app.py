"""The HTTP application of esante: FHIR under /fhir, its OpenAPI document, and what the gateway asks
about carers."""

from typing import Final

import orjson

from esante.core.api.fhir_router import PREFIX, FhirRouter
from esante.core.api.outcomes import render_negotiated
from esante.core.api.responses import FhirResponse
from esante.interactions.api.carer_links import PREFIX as CARERS
from esante.interactions.api.openapi.document import openapi_document
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import ASGIApp, Edge, Receive, Scope, Send

_MAX_TARGET: Final = 32 * 1024
"""Bytes of the path and query of a request."""


def make_api(router: FhirRouter, carers: ASGIApp, *, clock: Clock, body_bytes: int) -> ASGIApp:
    """The ASGI application. `carers`: answers under `/carers/`. `body_bytes`: maximum size of a
    request body."""
    document = orjson.dumps(openapi_document(router.routes))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == PREFIX or path.startswith(PREFIX + "/"):
            await router(scope, receive, send)
        elif path.startswith(CARERS):
            await carers(scope, receive, send)
        elif path == "/openapi.json" and scope["method"] == "GET":
            scope["route_template"] = path
            answer = FhirResponse(200, document, content_type=b"application/json")
            await answer.send(send)
        else:
            raise Refusal("not_found", "Rien n'existe à cette adresse.")

    return Edge(
        app,
        service="esante",
        clock=clock,
        max_body=body_bytes,
        max_target=_MAX_TARGET,
        render=render_negotiated,
    )
