"""$lookup, $validate-code, $expand, for what R4 defines and for what was stored.

https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Callable, Iterable, Sized
from datetime import datetime
from typing import Any, Final

from esante.core.api.fhir_request import Asked
from esante.core.api.fhir_router import Handler, Interaction, Level
from esante.core.api.operation_parameters import Given, given, operation_answer, parameters
from esante.core.api.responses import Answer
from esante.core.domain.resource import Parsed, instant, parse
from esante.core.flows.worker_pool import Aside
from esante.core.ports import AdmitResource, ReadResource
from esante.terminology.domain.concepts import CodeSystem, Coding, Concept, ValueSet, value_set_of
from esante.terminology.flows.expand import PAGE, expand_value_set
from esante.terminology.flows.lookup import lookup
from esante.terminology.flows.resolver import Terms
from esante.terminology.flows.validate_code import (
    Verdict,
    validate_in_code_system,
    validate_in_value_set,
)
from esante.terminology.ports import Canonicals
from socle.clock import Clock
from socle.errors import Refusal

_PLACES: Final[dict[Level, str]] = {"type": "{type}", "instance": "{type}/{id}"}
_CODED: Final = ("code", "system", "display", "coding", "codeableConcept")
_OF_VALUE_SET: Final = (*_CODED, "url", "valueSet", "displayLanguage")
_OF_SYSTEM: Final = (*_CODED, "url", "displayLanguage")
_OF_LOOKUP: Final = ("code", "system", "coding", "displayLanguage", "property")
_OF_EXPANSION: Final = (
    "url",
    "valueSet",
    "filter",
    "offset",
    "count",
    "displayLanguage",
    "includeDesignations",
    "includeDefinition",
    "activeOnly",
)


class TerminologyOperations:
    """Each at the address of its type; those of value sets at the address of one, too."""

    def __init__(
        self,
        canonicals: Canonicals,
        *,
        read: ReadResource,
        admit: AdmitResource,
        aside: Aside,
        clock: Clock,
    ) -> None:
        self._canonicals, self._read, self._admit = canonicals, read, admit
        self._aside, self._clock = aside, clock

    def interactions(self) -> tuple[Interaction, ...]:
        """How they are asked for."""
        both: tuple[Level, ...] = ("type", "instance")
        served: tuple[tuple[str, Handler, tuple[str, ...], tuple[Level, ...]], ...] = (
            ("lookup", self._lookup, ("CodeSystem",), ("type",)),
            ("validate-code", self._validate_code, ("CodeSystem", "ValueSet"), both),
            ("expand", self._expand, ("ValueSet",), both),
        )
        return tuple(
            Interaction(
                method,
                f"{_PLACES[level]}/${name}",
                f"${name}",
                level,
                handler,
                f"http://hl7.org/fhir/OperationDefinition/{{type}}-{name}",
                types,
            )
            for name, handler, types, levels in served
            for level in levels
            for method in ("GET", "POST")
        )

    async def _lookup(self, asked: Asked) -> Answer:
        told = await given(asked, self._aside, names=_OF_LOOKUP)
        codings = _codings(told)
        if len(codings) != 1:
            raise Refusal("invalid", "Un code est attendu (code et system, ou coding).")
        system, concept = await lookup(codings[0], terms=self._terms(asked))
        return operation_answer(_meaning(system, concept), asked)

    async def _validate_code(self, asked: Asked) -> Answer:
        of_system = asked.type == "CodeSystem"
        names = _OF_SYSTEM if of_system else _OF_VALUE_SET
        told = await given(asked, self._aside, names=names)
        codings = _codings(told)
        if not codings:
            raise Refusal("invalid", "Un code est attendu (code, coding ou codeableConcept).")
        terms = self._terms(asked)
        if not of_system:
            value_set = await self._value_set(asked, told, terms)
            verdict = await validate_in_value_set(codings, value_set, terms=terms)
        else:
            url = await self._system_url(asked, told, codings[0])
            verdict = await validate_in_code_system(codings[0], url, terms=terms)
        return operation_answer(_told(verdict), asked)

    async def _expand(self, asked: Asked) -> Answer:
        told = await given(asked, self._aside, names=_OF_EXPANSION)
        terms = self._terms(asked)
        value_set = await self._value_set(asked, told, terms)
        offset, count = told.number_of("offset") or 0, told.number_of("count")
        found = await expand_value_set(
            value_set,
            terms=terms,
            filter_=told.text_of("filter") or "",
            offset=offset,
            count=PAGE if count is None else count,
        )
        return operation_answer(
            _expanded(value_set, found.total, offset, found.contains, self._clock.now()),
            asked,
        )

    def _terms(self, asked: Asked) -> Terms:
        return Terms(self._canonicals, asked.access, self._aside)

    async def _value_set(self, asked: Asked, told: Given, terms: Terms) -> ValueSet:
        """The value set that is asked about: at this address, sent along, or by its url."""
        if asked.id:
            stored = await self._read("ValueSet", asked.id, by=asked.access)
            return await self._parted(stored.text, lambda: parse(stored.text), terms)
        sent = told.resource_of("valueSet")
        if sent is not None:
            return await self._parted(sent.text, lambda: self._admitted(sent), terms)
        url = told.text_of("url")
        if url is None:
            raise Refusal("invalid", "Un jeu de valeurs est attendu (url).", issue="required")
        found = await terms.value_set(url.partition("|")[0])
        if found is None:
            raise Refusal("not_found", f"Le jeu de valeurs {url} n'est pas connu ici.")
        return found

    def _admitted(self, sent: Parsed) -> dict[str, Any]:
        self._admit(sent.value, sent.text)
        return sent.value

    async def _parted(
        self, text: Sized, resource: Callable[[], dict[str, Any]], terms: Terms
    ) -> ValueSet:
        """The value set that a resource is, its parts gathered."""
        terms.size += len(text)
        value_set = await terms.aside.do(len(text), lambda: value_set_of(_composed(resource())))
        await terms.parts(value_set)
        return value_set

    async def _system_url(self, asked: Asked, told: Given, coding: Coding) -> str:
        if asked.id:
            stored = await self._read("CodeSystem", asked.id, by=asked.access)
            found = await self._aside.do(len(stored.text), lambda: parse(stored.text))
            url = found.get("url")
        else:
            url = told.text_of("url") or coding.system
        if not isinstance(url, str):
            raise Refusal("invalid", "Un système de codes est attendu (url).", issue="required")
        return url.partition("|")[0]


def _composed(sent: dict[str, Any]) -> dict[str, Any]:
    """The same. Raises Refusal for what is no value set, before it is read as one."""
    compose = sent.get("compose")
    parts = compose.get("include") if isinstance(compose, dict) else None
    if sent.get("resourceType") != "ValueSet" or not isinstance(parts, list):
        raise Refusal("invalid", "Un ValueSet qui dit de quoi il est fait (compose) est attendu.")
    return sent


def _codings(told: Given) -> list[Coding]:
    """The codes that are asked about."""
    concept = told.object_of("codeableConcept")
    sent = told.object_of("coding")
    if concept is not None:
        held = concept.get("coding", [])
        return [_coding(each) for each in held] if isinstance(held, list) else []
    if sent is not None:
        return [_coding(sent)]
    code = told.text_of("code")
    if code is None:
        return []
    return [Coding(told.text_of("system"), code, told.text_of("display"))]


def _coding(sent: Any) -> Coding:
    told = sent if isinstance(sent, dict) else {"code": sent}
    values = [told.get(name) for name in ("system", "code", "display")]
    if any(not isinstance(each, str | None) for each in values) or told is not sent:
        raise Refusal("invalid", "Un Coding a un système et un code, des textes.")
    return Coding(values[0] or "", values[1], values[2])


def _meaning(system: CodeSystem, concept: Concept) -> dict[str, Any]:
    answer = parameters(
        ("name", "valueString", system.name or system.url),
        ("version", "valueString", system.version),
        ("display", "valueString", concept.display or concept.code),
        ("definition", "valueString", concept.definition),
    )
    children = [each.code for each in system.concepts.values() if concept.code in each.parents]
    for name, codes in (("parent", concept.parents), ("child", children)):
        for code in codes:
            part = [{"name": "code", "valueCode": name}, {"name": "value", "valueCode": code}]
            answer["parameter"].append({"name": "property", "part": part})
    return answer


def _told(verdict: Verdict) -> dict[str, Any]:
    return parameters(
        ("result", "valueBoolean", verdict.result),
        ("message", "valueString", verdict.message),
        ("display", "valueString", verdict.display),
    )


def _expanded(
    value_set: ValueSet,
    total: int,
    offset: int,
    contains: Iterable[tuple[str, str, str | None]],
    now: datetime,
) -> dict[str, Any]:
    codes = [
        {"system": system, "code": code} | ({"display": display} if display else {})
        for system, code, display in contains
    ]
    listed: dict[str, Any] = {"timestamp": instant(now), "total": total, "offset": offset}
    told: dict[str, Any] = {"resourceType": "ValueSet", "status": "active"}
    if value_set.url:
        told["url"] = value_set.url
    if value_set.version:
        told["version"] = value_set.version
    return told | {"expansion": listed | ({"contains": codes} if codes else {})}
