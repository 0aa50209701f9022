"""create, and the conditional interactions.
https://hl7.org/fhir/R4/http.html#create
"""

from typing import Final

from esante.core.api.fhir_request import FhirRequest, parse_query_string
from esante.core.api.fhir_router import Route
from esante.core.api.formats import require_format
from esante.core.api.responses import FhirResponse
from esante.core.api.usage_facts import FactInteraction
from esante.core.api.views import View, parse_view
from esante.core.domain.permissions import require_permission
from esante.interactions.api.binary_interactions import BinaryInteractions, is_bytes
from esante.interactions.api.idempotency_header import dependencies_of, idempotency_key_of
from esante.interactions.api.patch_formats import read_patch
from esante.interactions.api.preconditions import read_precondition
from esante.interactions.api.write_responses import delete_response, write_response
from esante.interactions.flows.create import create_once
from esante.interactions.flows.delete import conditional_delete
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.patch import conditional_patch
from esante.interactions.flows.update import conditional_update, require_update_permission
from esante.interactions.ports import Pairs
from socle.errors import Refusal

_VIEW: Final = ("_format", "_pretty")


class TypeInteractions:
    """create, conditional create, update, patch and delete."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._binaries = BinaryInteractions(dependencies)

    def routes(self) -> tuple[Route, ...]:
        """The routes of these interactions."""
        return (
            Route("POST", "{type}", "create", "type", self._create),
            Route("PUT", "{type}", "conditional-update", "type", self._update),
            Route("PATCH", "{type}", "conditional-patch", "type", self._patch),
            Route("DELETE", "{type}", "conditional-delete", "type", self._delete),
        )

    async def _create(self, request: FhirRequest) -> FhirResponse:
        if is_bytes(request):
            return await self._binaries.create(request)
        view, criteria = _view(request), _create_condition(request)
        require_permission(request.access, request.type, "c")
        body = await request.json_body()
        made, created = await create_once(
            body,
            request.type,
            criteria,
            by=request.access,
            dependencies=dependencies_of(request, self._dependencies),
            key=await idempotency_key_of(request, body, self._dependencies.workers),
        )
        # An existing match is neither written nor opened: no fact.
        interaction: FactInteraction | None = "create" if created else None
        return await write_response(
            made, request, view, interaction=interaction, dependencies=self._dependencies
        )

    async def _update(self, request: FhirRequest) -> FhirResponse:
        view, criteria = _view(request), _require_criteria(request)
        precondition = read_precondition(request, required=self._dependencies.if_match_required)
        require_update_permission(request.access, request.type)
        body = await request.json_body()
        made, written = await conditional_update(
            body,
            request.type,
            criteria,
            by=request.access,
            dependencies=dependencies_of(request, self._dependencies),
            precondition=precondition,
        )
        return await write_response(
            made, request, view, interaction=written, dependencies=self._dependencies
        )

    async def _patch(self, request: FhirRequest) -> FhirResponse:
        view, criteria = _view(request), _require_criteria(request)
        precondition = read_precondition(request, required=self._dependencies.if_match_required)
        require_permission(request.access, request.type, "u")
        parsed_patch = await read_patch(request, self._dependencies.workers)
        made, changed = await conditional_patch(
            parsed_patch,
            request.type,
            criteria,
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
        version = await conditional_delete(
            request.type,
            _require_criteria(request),
            by=request.access,
            dependencies=dependencies_of(request, self._dependencies),
            precondition=precondition,
        )
        return delete_response(version)


def _view(request: FhirRequest) -> View:
    """The view that the request selects. Unlike in `negotiate_view`, no parameter is unknown: the
    others are criteria. Raises Refusal for an invalid view or an unsupported format."""
    view = parse_view(request.query)
    require_format(request.headers.get(b"accept"), view.format)
    return view


def _create_condition(request: FhirRequest) -> Pairs | None:
    """The criteria of a conditional create, from If-None-Exist or from the query string, where
    fhirpy's `get_or_create` writes them; None without any.

    Raises Refusal if both have criteria.
    """
    if_none_exist = request.headers.get(b"if-none-exist")
    others = [pair for pair in request.query if pair[0] not in (*_VIEW, "_summary", "_elements")]
    if if_none_exist is None:
        return others or None
    if others:
        raise Refusal("invalid", "La condition est dans If-None-Exist ou dans l'adresse.")
    return parse_query_string(if_none_exist.rpartition(b"?")[2].strip())


def _require_criteria(request: FhirRequest) -> Pairs:
    found = [(name, value) for name, value in request.query if name not in _VIEW]
    if not found:
        raise Refusal(
            "invalid",
            f"{request.method} à un type demande une condition : {request.type}?identifier=…",
            issue="required",
        )
    return found
