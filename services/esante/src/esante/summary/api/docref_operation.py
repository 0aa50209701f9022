"""DocumentReference/$docref: the documents of a patient, stored or composed at the request.

https://hl7.org/fhir/us/core/OperationDefinition-docref.html
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.fhir_router import Route
from esante.core.api.operation_parameters import (
    OperationParameters,
    operation_view,
    read_parameters,
)
from esante.core.api.responses import FhirResponse
from esante.core.api.views import View, indent_json, render_view
from esante.core.domain.bundle import Entry, render_bundle
from esante.core.domain.json_values import objects_in
from esante.core.domain.permissions import Access, require_permission
from esante.core.domain.resource import Resource, format_instant, is_id
from esante.search.api.patient_operation import RecordAccess
from esante.search.domain.patient_matching import search_value
from esante.search.domain.query.criteria import Criterion, all_of, any_of
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.limits import MAX_ON_PAGE, too_costly
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import parse_query
from socle.errors import Refusal

_CODE: Final = "$docref"
_TYPE: Final = "DocumentReference"
_DEFINITION: Final = "http://hl7.org/fhir/us/core/OperationDefinition/docref"
_NAMES: Final = ("patient", "start", "end", "type", "on-demand")
_PREFIX: Final = "Patient/"
_LOINC: Final = "http://loinc.org"
_SUMMARY: Final = {"system": _LOINC, "code": "60591-5", "display": "Patient summary Document"}
_SUMMARY_TOKENS: Final = frozenset(
    f"{system}{code}" for system in ("", _LOINC + "|") for code in ("60591-5", "34133-9")
)
"""The types that mean the summary: IPS, and CCD, which is what US Core names by default."""
_IPS: Final = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips"
_MAX_CODES: Final = 50


@dataclass(frozen=True, slots=True)
class _Wanted:
    patient: str
    """An id."""
    start: str | None
    """Of the care that the documents are about, as `end`."""
    end: str | None
    types: tuple[str, ...]
    """Tokens `system|code`; empty: all."""
    on_demand: bool
    """Whether only documents that are composed at the request are wanted."""

    @property
    def is_of_now(self) -> bool:
        """Whether the current documents are wanted, and not those of some dates."""
        return self.start is None and self.end is None

    @property
    def wants_summary(self) -> bool:
        """Whether the summary is one of them: it is of the present, and has no dates."""
        return self.is_of_now and (not self.types or bool(_SUMMARY_TOKENS & set(self.types)))


class DocrefOperation:
    """The operation $docref of documents."""

    def __init__(self, record: RecordAccess) -> None:
        self._record = record

    def routes(self) -> tuple[Route, ...]:
        """The routes of the operation."""
        return tuple(
            Route(each, "{type}/" + _CODE, _CODE, "type", self._handle, _DEFINITION, (_TYPE,))
            for each in ("GET", "POST")
        )

    async def _handle(self, request: FhirRequest) -> FhirResponse:
        require_permission(request.access, _TYPE, "s")
        wanted = _wanted(await read_parameters(request, self._record.workers, names=_NAMES))
        view, context = operation_view(request), self._record.context()
        sees_patient = bool(request.access.permitted("Patient", "r"))
        if sees_patient:
            await self._record.read("Patient", wanted.patient, by=request.access)
        stored = [] if wanted.on_demand else await self._find(wanted, request.access, context)
        request.touched += [("", each) for each in stored]
        with_summary = sees_patient and wanted.wants_summary
        body = await self._record.workers.run(
            sum(len(each.text) for each in stored),
            lambda: _render(stored, wanted, context.base, context.now, view, with_summary),
        )
        return FhirResponse(200, body)

    async def _find(
        self, wanted: _Wanted, by: Access, context: SearchContext
    ) -> Sequence[Resource]:
        """The stored documents, newest first. Raises Refusal as a search."""
        query = _query(wanted, context)
        page = await self._record.searches.search(query, access=by, context=context)
        if page.next_cursor is not None and not wanted.is_of_now:
            raise too_costly(f"Plus de {MAX_ON_PAGE} documents : précisez start, end ou type.")
        return page.matches


def _wanted(parameters: OperationParameters) -> _Wanted:
    """Raises Refusal for malformed parameters."""
    patient = (parameters.find_text("patient") or "").removeprefix(_PREFIX)
    if not is_id(patient):
        raise Refusal(
            "invalid",
            "« patient » est l'identifiant d'un patient.",
            issue="required",
            parameter="patient",
        )
    on_demand = parameters.values.get("on-demand", [False])[0]
    if on_demand not in (True, False, "true", "false"):
        raise Refusal("invalid", "« on-demand » attend true ou false.", parameter="on-demand")
    return _Wanted(
        patient,
        parameters.find_text("start"),
        parameters.find_text("end"),
        tuple(_tokens(parameters.values.get("type", ()))),
        on_demand in (True, "true"),
    )


def _tokens(values: Sequence[Any]) -> Iterator[str]:
    """The codes of `type`: tokens, or CodeableConcepts. Raises Refusal."""
    for value in values:
        if isinstance(value, str):
            yield from value.split(",")
            continue
        codings = list(objects_in(value.get("coding"))) if isinstance(value, dict) else []
        if not codings or len(codings) > _MAX_CODES:
            raise Refusal("invalid", "« type » est un CodeableConcept avec un code.")
        for each in codings:
            system, code = each.get("system"), each.get("code")
            if isinstance(code, str):
                mark = f"{search_value(system)}|" if isinstance(system, str) else ""
                yield mark + search_value(code)


def _query(wanted: _Wanted, context: SearchContext) -> Query:
    pairs = [
        ("patient", wanted.patient),
        ("status", "current"),
        ("_sort", "-date"),
        ("_count", str(MAX_ON_PAGE)),
    ]
    pairs += [("type", ",".join(wanted.types))] if wanted.types else []
    query = parse_query(pairs, Scope(_TYPE), context=context)
    if wanted.is_of_now:
        return query
    within = _within(wanted, context)
    return replace(query, criteria=tuple((t, all_of([c, within])) for t, c in query.criteria))


def _within(wanted: _Wanted, context: SearchContext) -> Criterion:
    """Documents about care of those dates; where `context.period` is not stated, written then."""
    criterion = partial(parse_criterion, _TYPE, context=context)
    bounds = [("ge", wanted.start, "start"), ("le", wanted.end, "end")]
    found: dict[str, list[Criterion]] = {
        "period": [],
        "date": [criterion("period:missing", "true")],
    }
    for prefix, value, parameter in bounds:
        if value is None:
            continue
        try:
            if "," in value:
                raise Refusal("invalid", "")
            for code, listed in found.items():
                listed.append(criterion(code, prefix + value))
        except Refusal:
            raise Refusal(
                "invalid", f"« {parameter} » n'est pas une date de FHIR.", parameter=parameter
            ) from None
    return any_of([all_of(each) for each in found.values()])


def _render(
    stored: Sequence[Resource],
    wanted: _Wanted,
    base: str,
    now: datetime,
    view: View,
    with_summary: bool,
) -> bytes:
    """The JSON of the searchset Bundle. Without dates it has the newest document of each type."""
    found = list(_newest_of_types(stored)) if wanted.is_of_now else stored
    match = {"search": {"mode": "match"}}
    within = view.without_pretty()
    entries = [
        Entry(f"{base}/{_TYPE}/{each.id}", render_view(each.text, _TYPE, within), match)
        for each in found
    ]
    if with_summary:
        text = orjson.dumps(_summary_reference(wanted.patient, base, now))
        entries.append(Entry(f"urn:uuid:{uuid.uuid4()}", text, match))
    body = render_bundle("searchset", entries, total=len(entries))
    return indent_json(body.decode()).encode() if view.pretty else body


def _newest_of_types(stored: Sequence[Resource]) -> Iterator[Resource]:
    """The first document of each type. `stored`: newest first."""
    seen = set()
    for each in stored:
        of = orjson.loads(each.text).get("type")
        codes = sorted(
            f"{c.get('system')}|{c.get('code')}" for c in objects_in((of or {}).get("coding"))
        )
        key = tuple(codes) or str((of or {}).get("text"))
        if key not in seen:
            seen.add(key)
            yield each


def _summary_reference(patient: str, base: str, now: datetime) -> dict[str, Any]:
    """The document that $summary composes when it is retrieved; it is not stored."""
    return {
        "resourceType": _TYPE,
        "status": "current",
        "type": {"coding": [_SUMMARY]},
        "subject": {"reference": f"{_PREFIX}{patient}"},
        "date": format_instant(now),
        "description": "Résumé international du patient, composé à la demande",
        "content": [
            {
                "attachment": {
                    "contentType": "application/fhir+json",
                    "url": f"{base}/{_PREFIX}{patient}/$summary",
                },
                "format": {"system": "urn:ietf:rfc:3986", "code": _IPS},
            }
        ],
    }
