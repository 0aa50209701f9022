"""Invariants of resources, evaluated without FHIRPath, as in `invariants`.

These are the invariants of Patient and Observation, which are frequent; those that FHIRPath
evaluates in quadratic time; and two whose expressions need what FHIRPath here does not have.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.validation.domain.invariants import Node, Rule
from esante.validation.domain.questionnaire_items import questionnaire_item_problem


def _contact(node: Node) -> str | None:
    if {"name", "telecom", "address", "organization"} & node.keys():
        return None
    return "Un contact a un nom, une coordonnée, une adresse ou un organisme (pat-1)"


def _observation(node: Node) -> str | None:
    valued = _has_choice(node, "value")
    if valued and "dataAbsentReason" in node:
        return "Une valeur est donnée, ou la raison de son absence, pas les deux (obs-6)"
    if valued and _codings(node) & {
        coding for each in objects_in(node.get("component")) for coding in _codings(each)
    }:
        return "Une composante n’a pas le code de l’observation, qui a déjà une valeur (obs-7)"
    return None


def _codings(node: Node) -> set[Hashable]:
    code = node.get("code")
    codings = code.get("coding") if isinstance(code, dict) else None
    return {_key(coding) for coding in objects_in(codings)}


def _bundle(node: Node) -> str | None:
    bundle_type = node.get("type")
    entries = objects_in(node.get("entry"))
    if bundle_type == "document" and not isinstance(node.get("timestamp"), str):
        return "Un document est daté (bdl-10)"
    if bundle_type != "history" and not _distinct(_full_urls(entries)):
        return "Deux entrées n’ont pas la même adresse complète (bdl-7)"
    return None


def _full_urls(entries: Iterable[Node]) -> Iterator[Hashable]:
    for entry in entries:
        resource = entry.get("resource")
        meta = resource.get("meta") if isinstance(resource, dict) else None
        if "fullUrl" in entry:
            version = meta.get("versionId") if isinstance(meta, dict) else None
            yield _key([entry["fullUrl"], version])


def _enable_when(node: Node) -> str | None:
    if node.get("operator") == "exists" and "answerBoolean" not in node:
        return "L’opérateur « exists » attend un booléen (que-7)"
    return None


def _prediction(node: Node) -> str | None:
    probability = node.get("probabilityDecimal")
    if isinstance(probability, int | Decimal) and probability > 100:
        return "Une probabilité ne dépasse pas 100 (ras-2)"
    return None


def _code_system(node: Node) -> str | None:
    return None if _distinct(_codes(node)) else "Un code ne vient qu’une fois (csd-1)"


def _codes(node: Node) -> Iterator[Hashable]:
    for concept in objects_in(node.get("concept")):
        yield _key(concept.get("code"))
        yield from _codes(concept)


def _structure_definition(node: Node) -> str | None:
    kind, defined_type = node.get("kind"), str(node.get("type"))
    for name, key in (("snapshot", "sdf-8"), ("differential", "sdf-8a")):
        part = node.get(name)
        elements = part.get("element") if isinstance(part, dict) else None
        paths = [str(each.get("path")) for each in objects_in(elements)]
        if not paths:
            continue
        is_rooted = (
            paths[0] == defined_type if name == "snapshot" else paths[0].startswith(defined_type)
        )
        stem = paths[0] if name == "snapshot" else paths[0].partition(".")[0]
        if not (
            (kind == "logical" or is_rooted) and all(p.startswith(stem + ".") for p in paths[1:])
        ):
            return f"Les chemins commencent par le type défini ({key})"
    return None


def _guide(node: Node) -> str | None:
    groups = {_key(each.get("id")) for each in objects_in(node.get("grouping"))}
    used = {_key(each.get("groupingId")) for each in objects_in(node.get("resource"))} - {None}
    return None if used <= groups else "Un groupe nommé est défini (ig-1)"


def _guide_versions(node: Node) -> str | None:
    definition, own = node.get("definition"), node.get("fhirVersion")
    resources = objects_in(definition.get("resource")) if isinstance(definition, dict) else ()
    used = {_key(each) for of in resources for each in _listed(of.get("fhirVersion"))}
    if used <= {_key(each) for each in _listed(own)}:
        return None
    return "La version de FHIR d’une ressource est l’une de celles du guide (ig-2)"


def _listed(value: Any) -> list[Any]:
    return [each for each in value if each is not None] if isinstance(value, list) else []


def _has_choice(node: Node, name: str) -> bool:
    """Whether a choice element `value[x]` has a value."""
    return any(each.startswith(name) and each[len(name) :][:1].isupper() for each in node)


def _distinct(values: Iterable[Hashable]) -> bool:
    seen: set[Hashable] = set()
    for value in values:
        if value in seen:
            return False
        seen.add(value)
    return True


def _key(value: Any) -> Hashable:
    """A hashable equivalent of a JSON value."""
    if isinstance(value, dict):
        return frozenset((name, _key(each)) for name, each in value.items())
    if isinstance(value, list):
        return tuple(_key(each) for each in value)
    return value  # type: ignore[no-any-return]


RESOURCE_RULES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "Patient.contact": (_contact,),
    "Observation": (_observation,),
    "Bundle": (_bundle,),
    "Questionnaire.item": (questionnaire_item_problem,),
    "Questionnaire.item.enableWhen": (_enable_when,),
    "RiskAssessment.prediction": (_prediction,),
    "CodeSystem": (_code_system,),
    "StructureDefinition": (_structure_definition,),
    "ImplementationGuide": (_guide_versions,),
    "ImplementationGuide.definition": (_guide,),
}
