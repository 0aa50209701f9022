"""read, vread, update, patch, delete. https://hl7.org/fhir/R4/http.html"""

from datetime import timedelta
from typing import Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.responses import (
    FhirResponse,
    negotiate_view,
    resource_response,
    version_headers,
)
from esante.core.api.usage_facts import FactInteraction, fact_headers
from esante.core.domain.permissions import require_permission
from esante.core.domain.resource import Resource
from esante.interactions.api.binary_interactions import BinaryInteractions, is_bytes
from esante.interactions.api.idempotency_header import dependencies_of
from esante.interactions.api.patch_formats import read_patch
from esante.interactions.api.preconditions import read_precondition
from esante.interactions.api.write_responses import delete_response, write_response
from esante.interactions.domain.binary import BINARY
from esante.interactions.flows.delete import delete
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.patch import patch
from esante.interactions.flows.read import read, read_version
from esante.interactions.flows.update import require_update_permission, update
from esante.store.ports import ResourceState

_SECOND: Final = timedelta(seconds=1)


class InstanceInteractions:
    """read, vread, update, patch and delete."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._binaries = BinaryInteractions(dependencies)

    def routes(self) -> tuple[Route, ...]:
        """The routes of these interactions."""
        return (
            Route("GET", "{type}/{id}", "read", "instance", self._read, checks_access=True),
            Route("GET", "{type}/{id}/_history/{version}", "vread", "instance", self._vread),
            Route("PUT", "{type}/{id}", "update", "instance", self._update),
            Route("PATCH", "{type}/{id}", "patch", "instance", self._patch),
            Route("DELETE", "{type}/{id}", "delete", "instance", self._delete),
        )

    async def _read(self, request: FhirRequest) -> FhirResponse:
        found = await read(
            request.type, request.id, by=request.access, dependencies=self._dependencies
        )
        request.touched.append(("", found))
        if _unchanged(found, request):
            answer = FhirResponse(304, b"", version_headers(found.version, found.updated))
        else:
            answer = await self._version_response(found, request)
        answer.headers += fact_headers("read", found)
        return answer

    async def _vread(self, request: FhirRequest) -> FhirResponse:
        text = request.version
        # Not a decimal number: version 0, which no resource has (404).
        version = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        found = await read_version(
            request.type,
            request.id,
            version,
            by=request.access,
            dependencies=self._dependencies,
        )
        request.touched.append(("", found))
        if _unchanged(found, request):
            return FhirResponse(304, b"", version_headers(found.version, found.updated))
        return await self._version_response(found, request)

    async def _version_response(self, found: Resource, request: FhirRequest) -> FhirResponse:
        if found.type == BINARY:
            return await self._binaries.respond(found, request)
        return await resource_response(found, request, self._dependencies.workers)

    async def _update(self, request: FhirRequest) -> FhirResponse:
        if is_bytes(request):
            return await self._binaries.update(request)
        view = negotiate_view(request)
        precondition = read_precondition(request, required=self._dependencies.if_match_required)
        require_update_permission(request.access, request.type)
        body = await request.json_body()
        made, written = await update(
            body,
            request.type,
            request.id,
            by=request.access,
            dependencies=dependencies_of(request, self._dependencies),
            precondition=precondition,
        )
        return await write_response(
            made, request, view, interaction=written, dependencies=self._dependencies
        )

    async def _patch(self, request: FhirRequest) -> FhirResponse:
        view = negotiate_view(request)
        precondition = read_precondition(request, required=self._dependencies.if_match_required)
        require_permission(request.access, request.type, "u")
        parsed_patch = await read_patch(request, self._dependencies.workers)
        made, changed = await patch(
            parsed_patch,
            request.type,
            request.id,
            by=request.access,
            dependencies=dependencies_of(request, self._dependencies),
            precondition=precondition,
        )
        interaction: FactInteraction | None = "patch" if changed else None
        return await write_response(
            made, request, view, interaction=interaction, dependencies=self._dependencies
        )

    async def _delete(self, request: FhirRequest) -> FhirResponse:
        precondition = read_precondition(request, required=self._dependencies.if_match_required)
        state = await self._dependencies.store.find(request.type, request.id)
        version = await delete(
            request.type,
            request.id,
            by=request.access,
            dependencies=dependencies_of(request, self._dependencies),
            precondition=precondition,
        )
        if state.updated is not None:
            request.touched.append(_deleted(state, request, version or state.version))
        return delete_response(version)


def _deleted(state: ResourceState, request: FhirRequest, version: int) -> tuple[str, Resource]:
    """What the trace of a deletion names. `state`: the one before it."""
    assert state.updated is not None
    text = state.text or b""
    own = Resource(request.type, request.id, version, state.updated, text, state.patients)
    return "", own


def _unchanged(found: Resource, request: FhirRequest) -> bool:
    """Whether the caller already has that version. https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2"""
    if_none_match = request.headers.get(b"if-none-match")
    if if_none_match is not None:
        # fhirpy sends the ETag without quotes.
        tags = {each.strip().removeprefix(b"W/").strip(b'"') for each in if_none_match.split(b",")}
        return b"*" in tags or b"%d" % found.version in tags
    since = request.modified_since()
    # Last-Modified, which the caller returns, is in whole seconds.
    return since is not None and found.updated - _SECOND < since
