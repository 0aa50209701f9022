"""FHIR responses: status, headers, body; a resource rendered in the requested view."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.formats import FHIR_JSON, FHIR_XML, require_format
from esante.core.api.views import View, parse_view, render_view
from esante.core.domain.resource import Resource
from esante.core.domain.xml.writer import xml_of_json
from esante.core.flows.worker_pool import WorkerPool
from socle.errors import Refusal
from socle.http import Send
from socle.http.problems import Headers


@dataclass(slots=True)
class FhirResponse:
    """One response to a FHIR request; clients must not cache it."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)
    content_type: bytes = FHIR_JSON

    async def send(self, send: Send) -> None:
        """Send it over ASGI."""
        headers = [(b"cache-control", b"no-store"), *self.headers]
        if self.body:
            headers.append((b"content-type", self.content_type))
        if self.status not in (204, 304):
            headers.append((b"content-length", str(len(self.body)).encode()))
        start = {"type": "http.response.start", "status": self.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})


@dataclass(slots=True)
class StreamedResponse(FhirResponse):
    """A response whose body is sent part by part, without holding it."""

    parts: AsyncIterator[bytes] | None = None
    """The body; None: it is empty."""
    length: int = 0
    """Bytes of the body."""

    async def send(self, send: Send) -> None:
        """Send it over ASGI. An error in between leaves it incomplete, so that the caller sees
        that it was cut."""
        headers = [
            (b"cache-control", b"no-store"),
            *self.headers,
            (b"content-type", self.content_type),
            (b"content-length", str(self.length).encode()),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        if self.parts is not None:
            async for part in self.parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def in_requested_format(response: FhirResponse, request: FhirRequest) -> FhirResponse:
    """The response in XML, if the request asks for it and its body is a resource in JSON.

    Raises Refusal as `xml_of_json`. A streamed response is in its format already.
    """
    text, workers = response.body, request.workers
    if not text or response.content_type != FHIR_JSON or isinstance(response, StreamedResponse):
        return response
    if workers is None or request.format == "json":
        return response
    pretty = parse_view(request.query if request.form is None else request.form).pretty
    body = await workers.run(len(text), lambda: xml_of_json(text, pretty=pretty))
    return FhirResponse(response.status, body, response.headers, FHIR_XML)


def negotiate_view(request: FhirRequest, known: frozenset[str] = frozenset()) -> View:
    """The view that the request selects.

    `known`: other parameters that the endpoint accepts. Raises Refusal for an unsupported format,
    and for an unknown parameter unless the caller prefers lenient handling.
    """
    view = parse_view(request.query)
    require_format(request.headers.get(b"accept"), view.format)
    unknown = [each for each in view.unknown if each not in known]
    if unknown and not request.lenient:
        names = ", ".join(f"« {each[:40]} »" for each in unknown)
        raise Refusal(
            "invalid",
            f"Paramètre inconnu ici : {names}. Prefer: handling=lenient le fait ignorer.",
            issue="not-supported",
        )
    return view


async def resource_response(
    resource: Resource, request: FhirRequest, workers: WorkerPool
) -> FhirResponse:
    """200: a resource in the requested view, with ETag and Last-Modified. Raises Refusal as
    `negotiate_view`."""
    body = await render_resource(resource, negotiate_view(request), workers)
    return FhirResponse(200, body, version_headers(resource.version, resource.updated))


def version_headers(version: int, updated: datetime) -> Headers:
    """ETag and Last-Modified of a version of a resource."""
    return [
        (b"etag", b'W/"%d"' % version),
        (b"last-modified", format_datetime(updated, usegmt=True).encode()),
    ]


async def render_resource(resource: Resource, view: View, workers: WorkerPool) -> bytes:
    """The JSON of a resource in that view."""
    return await workers.run(
        view.processed_size(len(resource.text)),
        lambda: render_view(resource.text, resource.type, view),
    )


def json_response(
    value: Mapping[str, Any],
    request: FhirRequest,
    *,
    status: int = 200,
    known: frozenset[str] = frozenset(),
) -> FhirResponse:
    """The response for a resource made by the server (CapabilityStatement, OperationOutcome…),
    complete whatever `_summary` and `_elements` are. `known`, and the Refusal it raises: as of
    `negotiate_view`.
    """
    view = negotiate_view(request, known)
    option = orjson.OPT_INDENT_2 if view.pretty else None
    return FhirResponse(status, orjson.dumps(value, option=option))
