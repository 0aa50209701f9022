"""The CapabilityStatement of this server, generated from its routes.
https://hl7.org/fhir/R4/capabilitystatement.html
"""

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.responses import FhirResponse, in_requested_format, json_response
from esante.core.domain.append_only import APPEND_ONLY
from esante.core.domain.resource import format_instant
from esante.core.domain.structures import RESOURCE_TYPES
from esante.interactions.domain.binary import BINARY
from esante.interactions.domain.document_sharing import DOCUMENT_REFERENCE
from esante.search.domain.definitions import parameters_of
from esante.search.domain.query.criterion_builder import is_searchable
from esante.search.domain.uploaded_parameters import uploaded_parameters
from esante.subscriptions.domain.backport import TOPIC_CANONICAL, topic_of
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from esante.validation.domain.profiles.known_profiles import fr_core, supported_ans_profiles
from socle.errors import Refusal

_SYSTEM_INTERACTIONS: Final = ("transaction", "batch", "search-system", "history-system")
_MODES: Final = ("full", "normative", "terminology")
"""A server may answer each with the complete statement.
https://hl7.org/fhir/R4/http.html#capabilities"""
_TYPE_INTERACTIONS: Final = (
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
)
_BINARY_AS_BYTES: Final = (
    "Read and written as bytes with any Content-Type, or as a resource with a media type of FHIR"
    " (Accept, Content-Type). X-Security-Context sets securityContext, which decides who reads it:"
    " without it, only callers with access to every record. In a Bundle, a content of more than 256"
    " KiB that was sent as bytes is left out, and the resource is tagged SUBSETTED."
)
_IDEMPOTENCY: Final = (
    "With an Idempotency-Key, a create, batch or transaction that is sent again within 24 hours is"
    " not executed twice, and has the answer of the first one."
)
_DOCUMENTS: Final = (
    "A current DocumentReference that a new one replaces (relatesTo) becomes superseded with it, or"
    " the new one is refused. In a transaction (MHD, ITI-65), a Binary that is the content of one,"
    " and has no securityContext, is in the record of the patient of its subject."
)
_ALERTS: Final = (
    "Rules of home care write an alert as a Flag, one for a patient and a rule, whose author is the"
    " rule. They notify the care circle by a Communication, whose payload says why."
)
_BOOKING: Final = (
    "An Appointment that is pending, booked, arrived, checked-in or fulfilled holds its slots, 20"
    " at most: the Slot becomes busy with it, free when it ends, and a second one is refused (409)."
)
_IMPLEMENTED: Final = (
    "http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data",
    "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/IHE.MHD.DocumentRecipient",
    "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/IHE.MHD.DocumentResponder",
    *(
        f"https://interop.esante.gouv.fr/ig/fhir/{each}"
        for each in (
            "cds/CapabilityStatement/CDSGestionnaire",
            "gap/CapabilityStatement/GAP-GestionnaireAgenda",
            "gap/CapabilityStatement/GAP-GestionnaireRessources",
            "tde/CapabilityStatement/TdEGestionnaire",
            "nde/CapabilityStatement/NdE-GestionnaireDAbonnements",
            "nde/CapabilityStatement/NdE-GestionnaireDeNotifications",
            "pdsm/CapabilityStatement/PDSm-GestionnaireDePartageDeDocuments",
            "cdl/CapabilityStatement/GestionnaireCdL",
        )
    ),
)
_TRACES: Final = (
    "Each request for health data has one, which the server makes. A patient finds those of their"
    " record, a professional those of their own requests, a program with system/AuditEvent.rs all."
    " Programs create others, by POST or by PUT of a new id; none is changed or deleted (405)."
)
_CHANGES: Final = frozenset({"patch", "delete"})
_META_CHANGES: Final = frozenset({"$meta-add", "$meta-delete"})
_ASYNC_SEARCH: Final = (
    "A search with Prefer: respond-async is executed in the background, as an export: 202, and its"
    " state at Content-Location. A program defines search parameters by active SearchParameters."
)
_EVERY_TYPE: Final = (
    ("_content", "string"),
    ("_filter", "special"),
    ("_has", "special"),
    ("_list", "string"),
    ("_text", "string"),
)
"""The search parameters of every type that R4 does not define as SearchParameter resources."""
_SMART: Final = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_SUBSCRIPTIONS: Final = (
    "Canal rest-hook, ou websocket avec l'extension backport-channel-type (urn:ietf:bcp:13,"
    " text/event-stream), dont l'abonné ouvre le flux : GET Subscription/[id]/$event-stream. Une"
    " application limitée au dossier d'un patient n'a que des flux. criteria est une recherche d'un"
    " type (Observation?code=…), ou le canonique d'un sujet, que l'extension"
    " backport-filter-criteria réduit."
)
_DOCUMENTATION: Final = MappingProxyType(
    {
        APPEND_ONLY: _TRACES,
        BINARY: _BINARY_AS_BYTES,
        DOCUMENT_REFERENCE: _DOCUMENTS,
        SUBSCRIPTION: _SUBSCRIPTIONS,
        "Appointment": _BOOKING,
        "Flag": _ALERTS,
    }
)
"""What the server does beyond R4, by resource type."""
_URIS: Final = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


class CapabilityInteraction:
    """The interaction capabilities.

    `base`: the FHIR base as callers see it. `started`: the `date` of the statement. `version`: of
    this software. `all_routes`: every route of the router, set by wiring.
    """

    def __init__(self, *, base: str, started: datetime, version: str) -> None:
        self._base, self._started, self._version = base, started, version
        self._statement: dict[str, Any] | None = None
        self._in_xml: dict[bytes, FhirResponse] = {}
        """By its JSON, compact and indented. Anybody reads it, and it takes 0.1 s to convert."""
        self._uploaded = uploaded_parameters()
        self.all_routes: Sequence[Route] = ()

    def routes(self) -> tuple[Route, ...]:
        """The route of the interaction."""
        return (Route("GET", "metadata", "capabilities", "system", self._handle),)

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        if self._statement is None or self._uploaded is not uploaded_parameters():
            self._uploaded = uploaded_parameters()
            self._statement = self._render()
            self._in_xml.clear()
        _check_mode(request)
        response = json_response(self._statement, request, known=frozenset({"mode"}))
        if request.format == "json":
            return response
        if response.body not in self._in_xml:
            self._in_xml[response.body] = await in_requested_format(response, request)
        return self._in_xml[response.body]

    def _render(self) -> dict[str, Any]:
        return {
            "resourceType": "CapabilityStatement",
            "status": "active",
            "date": format_instant(self._started),
            "publisher": "Région Lab",
            "kind": "instance",
            "instantiates": list(_IMPLEMENTED),
            "software": {"name": "Région Lab e-santé", "version": self._version},
            "implementation": {"description": "Région Lab, e-santé", "url": self._base},
            "fhirVersion": "4.0.1",
            "format": ["application/fhir+json", "json", "application/fhir+xml", "xml"],
            "rest": [self._rest()],
        }

    def _rest(self) -> dict[str, Any]:
        codes = {each.code for each in self.all_routes}
        if "transaction" in codes:
            codes.add("batch")  # at the same address
        rest: dict[str, Any] = {
            "mode": "server",
            "documentation": f"{_IDEMPOTENCY} {_ASYNC_SEARCH}",
            "security": self._security(),
            "resource": [self._resource(each, codes) for each in sorted(RESOURCE_TYPES)],
        }
        if "search-type" in codes:
            rest["searchParam"] = [{"name": n, "type": t} for n, t in _EVERY_TYPE]
        if routes := [{"code": each} for each in _SYSTEM_INTERACTIONS if each in codes]:
            rest["interaction"] = routes
        if operations := self._operations("system"):
            rest["operation"] = operations
        return rest

    def _resource(self, name: str, codes: set[str]) -> dict[str, Any]:
        resource: dict[str, Any] = {
            "type": name,
            "profile": f"http://hl7.org/fhir/StructureDefinition/{name}",
            "interaction": [{"code": each} for each in _TYPE_INTERACTIONS if each in codes],
            "versioning": "versioned-update",
            "readHistory": True,
            "updateCreate": True,
            "conditionalRead": "full-support",
            "conditionalCreate": "create" in codes,
            "conditionalUpdate": "conditional-update" in codes,
            "conditionalDelete": "single" if "conditional-delete" in codes else "not-supported",
        }
        if name in _DOCUMENTATION:
            resource["documentation"] = _DOCUMENTATION[name]
        if "search-type" in codes:
            resource |= _search_capabilities(name)
        if name == APPEND_ONLY:
            resource |= _append_only(resource)
        if profiles := [
            each.url
            for each in (*fr_core().values(), *supported_ans_profiles())
            if each.type == name
        ]:
            resource["supportedProfile"] = profiles
        if operations := self._operations("type", "instance", of=name):
            resource["operation"] = operations
        if name == SUBSCRIPTION:
            resource |= _topics(self._base)
        return resource

    def _operations(self, *levels: str, of: str = "") -> list[dict[str, str]]:
        found = {
            each.code.removeprefix("$"): each.definition.format(type=of)
            for each in self.all_routes
            if each.code.startswith("$") and each.level in levels and each.applies_to(of)
            if of != APPEND_ONLY or each.code not in _META_CHANGES
        }
        return [{"name": name, "definition": where} for name, where in sorted(found.items())]

    def _security(self) -> dict[str, Any]:
        public = self._base.rpartition("/")[0]
        uris = [
            {"url": name, "valueUri": f"{public}/auth/{name}"} for name in ("authorize", "token")
        ]
        return {
            "cors": True,
            "service": [{"coding": [{"system": _SMART, "code": "SMART-on-FHIR"}]}],
            "extension": [{"url": _URIS, "extension": uris}],
        }


def _check_mode(request: FhirRequest) -> None:
    """Raises Refusal for a `mode` that R4 does not have."""
    if any(name == "mode" and value not in _MODES for name, value in request.query):
        raise Refusal("invalid", f"mode est l'un de : {', '.join(_MODES)}.", issue="value")


def _append_only(resource: dict[str, Any]) -> dict[str, Any]:
    """What differs for a type whose resources are never changed."""
    interactions = [each for each in resource["interaction"] if each["code"] not in _CHANGES]
    return {
        "interaction": interactions,
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
    }


def _search_capabilities(name: str) -> dict[str, Any]:
    """The search capabilities of a resource type."""
    known = {code: each for code, each in parameters_of(name).items() if is_searchable(each)}
    references = sorted(f"{name}:{c}" for c, each in known.items() if each.type == "reference")
    return {
        "searchInclude": ["*", *references],
        "searchRevInclude": ["*"],
        "searchParam": [{"name": code, "type": each.type} for code, each in known.items()],
    }


def _topics(base: str) -> dict[str, Any]:
    """The topics of subscriptions, one for each resource type that can be followed."""
    topics = [
        {"url": TOPIC_CANONICAL, "valueCanonical": topic_of(each, base=base)}
        for each in sorted(RESOURCE_TYPES - {SUBSCRIPTION})
    ]
    return {"extension": topics}
