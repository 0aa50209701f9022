"""A Binary as bytes: read, vread, create and update with any media type but those of FHIR.

https://hl7.org/fhir/R4/binary.html#rest
"""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.request_body import read_chunks
from esante.core.api.responses import (
    FhirResponse,
    StreamedResponse,
    in_requested_format,
    negotiate_view,
    resource_response,
    version_headers,
)
from esante.core.api.views import render_view
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import require_permission
from esante.core.domain.resource import Resource
from esante.interactions.api.idempotency_header import idempotency_key_maker
from esante.interactions.api.preconditions import read_precondition
from esante.interactions.api.write_responses import write_response
from esante.interactions.domain.binary import (
    BINARY,
    complete_with,
    context_of,
    read_media_type,
    read_security_context,
    served_media_type,
)
from esante.interactions.domain.content_digests import ContentDigests, declared_digests
from esante.interactions.flows.binary import (
    ReadBytes,
    SentBytes,
    create_from_bytes,
    open_content,
    update_from_bytes,
)
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.update import require_update_permission
from socle.errors import Refusal
from socle.http import accepted_media, best_quality
from socle.http.problems import Headers

# Media types of a resource. `application/json` is read and served as FHIR, as for every other type.
_RESOURCE_MEDIA: Final = ("application/fhir+", "application/json", "text/json")
# Medplum's client gives the name of the file, for which a Binary has no element.
_CREATE_PARAMETERS: Final = frozenset({"_filename"})
_DATA: Final = "@data@"
"""Stands for the data in a rendered resource: no base64 has it."""
# A browser that opens the address stores the content: it neither shows nor runs it.
_PROTECTION: Final[Headers] = [
    (b"content-disposition", b"attachment"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox; frame-ancestors 'none'"),
]


def is_bytes(request: FhirRequest) -> bool:
    """Whether a request sends a Binary as bytes. Without Content-Type it sends a resource."""
    media = request.headers.get(b"content-type", b"").decode("latin-1").strip().lower()
    return request.type == BINARY and media != "" and not media.startswith(_RESOURCE_MEDIA)


class BinaryInteractions:
    """create, update, read and vread of a Binary as bytes."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies

    async def create(self, request: FhirRequest) -> FhirResponse:
        """create. Raises Refusal."""
        view = negotiate_view(request, _CREATE_PARAMETERS)
        if b"if-none-exist" in request.headers:
            raise Refusal(
                "invalid",
                "If-None-Exist n'est pas compris pour des octets : envoyez le Binary en"
                " application/fhir+json.",
                issue="not-supported",
            )
        require_permission(request.access, BINARY, "c")
        sent = replace(self._sent(request), make_key=idempotency_key_maker(request))
        made, _ = await create_from_bytes(sent, by=request.access, dependencies=self._dependencies)
        return await write_response(
            made, request, view, interaction="create", dependencies=self._dependencies
        )

    async def update(self, request: FhirRequest) -> FhirResponse:
        """update. Raises Refusal."""
        view = negotiate_view(request)
        precondition = read_precondition(request, required=self._dependencies.if_match_required)
        require_update_permission(request.access, BINARY)
        made, written = await update_from_bytes(
            self._sent(request),
            request.id,
            by=request.access,
            dependencies=self._dependencies,
            precondition=precondition,
        )
        return await write_response(
            made, request, view, interaction=written, dependencies=self._dependencies
        )

    async def respond(self, found: Resource, request: FhirRequest) -> FhirResponse:
        """200: that version as bytes, or as a resource if the caller accepts FHIR at least as
        well. Raises Refusal as `negotiate_view`."""
        workers = self._dependencies.workers
        if not _accepts_resource(request):
            others = {name: v for name, v in request.headers.items() if name != b"accept"}
            negotiate_view(replace(request, headers=others))  # refuses unknown parameters
            return self._bytes_response(
                found, await open_content(found, dependencies=self._dependencies)
            )
        # In a Bundle the resource is as stored: a large content is not repeated there.
        if request.lease is None or b'"SUBSETTED"' not in found.text:
            answer = await resource_response(found, request, workers)
            answer.headers.append((b"vary", b"accept"))
            return answer
        content = await open_content(found, dependencies=self._dependencies)
        if not content.stored_apart:
            return await resource_response(found, request, workers)
        view = negotiate_view(request)
        rendered = render_view(complete_with(found.text, _DATA), BINARY, view)
        headers = [*version_headers(found.version, found.updated), (b"vary", b"accept")]
        shell = await in_requested_format(FhirResponse(200, rendered, headers), request)
        return _complete_response(shell, content)

    def _sent(self, request: FhirRequest) -> SentBytes:
        """The bytes that a request sends. Raises Refusal if its headers are invalid."""
        headers = request.headers
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            raise Refusal("unsupported", "Content-Encoding n'est pas lu : envoyez les octets.")
        length, limit = headers.get(b"content-length", b""), self._dependencies.max_binary
        if length.isdigit() and int(length) > limit:
            sentence = f"Le contenu envoyé dépasse {limit} octets."
            raise Refusal("too_large", sentence, limit_bytes=limit)
        context = _header(request, b"x-security-context")
        digests = declared_digests(_header(request, b"content-digest"), _header(request, b"digest"))
        return SentBytes(
            read_media_type(_header(request, b"content-type") or ""),
            None
            if context is None
            else read_security_context(context, base=self._dependencies.base),
            read_chunks(request.receive, request.lease),
            ContentDigests(digests),
        )

    def _bytes_response(self, found: Resource, content: ReadBytes) -> FhirResponse:
        resource = parse_json(found.text)
        headers = [*version_headers(found.version, found.updated), *_PROTECTION]
        headers.append((b"vary", b"accept"))
        if (context := context_of(resource)) is not None:
            headers.append((b"x-security-context", context.encode()))
        return StreamedResponse(
            200,
            headers=headers,
            content_type=served_media_type(resource.get("contentType")).encode(),
            parts=content.parts,
            length=content.size,
        )


def _complete_response(shell: FhirResponse, content: ReadBytes) -> FhirResponse:
    """The resource with its content as base64. `shell`: with `_DATA` for the data."""
    before, marker, after = shell.body.partition(_DATA.encode())
    if not marker:
        return shell  # the view has no data
    return StreamedResponse(
        200,
        headers=shell.headers,
        content_type=shell.content_type,
        parts=_surrounded(before, _base64(content.parts), after),
        length=len(before) + (content.size + 2) // 3 * 4 + len(after),
    )


async def _surrounded(
    before: bytes, parts: AsyncIterator[bytes], after: bytes
) -> AsyncIterator[bytes]:
    yield before
    async for part in parts:
        yield part
    yield after


async def _base64(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for part in parts:
        rest += part
        end = len(rest) // 3 * 3
        yield base64.b64encode(rest[:end])
        rest = rest[end:]
    if rest:
        yield base64.b64encode(rest)


def _accepts_resource(request: FhirRequest) -> bool:
    """Whether the caller asks for the resource: by `_format`, or by a media type of FHIR in Accept
    that no other precedes in quality."""
    if any(name == "_format" for name, _ in request.query):
        return True
    accepted = accepted_media(request.headers.get(b"accept", b""))
    fhir = [media for media in accepted if media.startswith(_RESOURCE_MEDIA)]
    best = best_quality(accepted, fhir) or 0.0
    return best > 0 and best >= max(accepted.values())


def _header(request: FhirRequest, name: bytes) -> str | None:
    value = request.headers.get(name)
    return None if value is None else value.decode("latin-1")
