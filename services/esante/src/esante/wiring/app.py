"""The HTTP face of esante: FHIR under /fhir, and what the platform's contract says of it."""

from typing import Final

import orjson

from esante.core.api.fhir_router import PREFIX, Face
from esante.core.api.outcomes import rendered
from esante.core.api.responses import Answer
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import ASGIApp, Edge, Receive, Scope, Send

_MAX_TARGET: Final = 32 * 1024
# The whole of it is in /fhir/metadata, in FHIR's own words.
_CONTRACT: Final = {
    "openapi": "3.1.0",
    "info": {"title": "e-santé", "version": "0.1.0"},
    "paths": {
        f"{PREFIX}/metadata": {
            "get": {
                "summary": "Ce que fait le serveur FHIR (CapabilityStatement)",
                "operationId": "capabilities",
                "tags": ["FHIR R4"],
                "responses": {
                    "200": {
                        "description": "CapabilityStatement",
                        "content": {"application/fhir+json": {"schema": {"type": "object"}}},
                    },
                    "default": {
                        "description": "OperationOutcome",
                        "content": {"application/fhir+json": {"schema": {"type": "object"}}},
                    },
                },
            }
        }
    },
}


def make_api(face: Face, *, clock: Clock, body_bytes: int) -> ASGIApp:
    """Every address of esante. `body_bytes`: of one request, at most."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == PREFIX or path.startswith(PREFIX + "/"):
            await face(scope, receive, send)
        elif path == "/openapi.json" and scope["method"] == "GET":
            scope["route_template"] = path
            answer = Answer(200, orjson.dumps(_CONTRACT), content_type=b"application/json")
            await answer.send(send)
        else:
            raise Refusal("not_found", "Rien n'existe à cette adresse.")

    return Edge(
        app,
        service="esante",
        clock=clock,
        max_body=body_bytes,
        max_target=_MAX_TARGET,
        render=rendered,
    )
