"""What a merge makes of two Patients, and of the references to the one that it closes.

https://hl7.org/fhir/R5/patient-operation-merge.html, whose links R4 has too:
https://hl7.org/fhir/R4/patient.html#links
"""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from esante.core.domain.json_values import objects_in
from esante.core.domain.references import replace_references
from esante.search.domain.search_extractors.references import local_target
from esante.validation.domain.ins import matricules
from socle.errors import Refusal

Json: TypeAlias = Mapping[str, Any]
_PATIENT: Final = "Patient"
_REPLACED_BY, _REPLACES = "replaced-by", "replaces"


def check_identities(source: Json, target: Json, result: Json) -> None:
    """Check that both can be one person: rule `unprocessable` otherwise.

    Two national health identities (INS) without a matricule in common are two persons. The patient
    that remains has the identity: `result` has those of the target, and of the source.
    """
    closed, open_ = matricules(source), matricules(target)
    if closed and open_ and not closed & open_:
        raise _refused(
            "Ces deux patients ont des INS différentes : ce sont deux personnes, ou l'une des"
            " identités est à corriger d'abord."
        )
    if not matricules(result) >= open_ | closed:
        raise _refused(
            "Le dossier qui reste doit avoir l'INS : échangez source et cible, ou envoyez"
            " result-patient avec l'INS et ses traits."
        )


def check_state(source: Json, target: Json, target_id: str, base: str) -> None:
    """Raises Refusal, rule `unprocessable`, if one of them was closed by another merge."""
    if target.get("active") is False or any(True for _ in _linked(target, _REPLACED_BY, base)):
        raise _refused("La cible est inactive ou déjà fusionnée dans un autre dossier.")
    others = set(_linked(source, _REPLACED_BY, base)) - {target_id}
    if others:
        raise _refused("La source est déjà fusionnée dans un autre dossier.")


def close_source(source: Json, target_id: str, base: str) -> dict[str, Any]:
    """The source once it is merged: inactive, replaced by the target."""
    return {**_with_link(source, _REPLACED_BY, target_id, base), "active": False}


def merge_target(target: Json, source: Json, source_id: str, base: str) -> dict[str, Any]:
    """The target with the identifiers of the source, as old ones, but for those that make an INS,
    which has conditions of its own; and with the link to the source."""
    listed = list(objects_in(target.get("identifier")))
    known = {(each.get("system"), each.get("value")) for each in listed}
    national = matricules(source)
    added = [
        {**each, "use": "old"}
        for each in objects_in(source.get("identifier"))
        if (key := (each.get("system"), each.get("value"))) not in known and key not in national
    ]
    merged = _with_link(target, _REPLACES, source_id, base)
    return {**merged, "identifier": [*listed, *added]} if added else merged


def check_result(
    result: Json, target_id: str, source_id: str, identifiers: Collection[Json], base: str
) -> None:
    """Check the Patient that the caller wants to remain. `identifiers`: by which they named the
    target. Raises Refusal("invalid")."""
    if result.get("resourceType") != _PATIENT or result.get("id") != target_id:
        raise _malformed(f"« result-patient » est le patient qui reste : Patient/{target_id}.")
    if source_id not in _linked(result, _REPLACES, base):
        raise _malformed(f"« result-patient » a un lien « replaces » vers Patient/{source_id}.")
    if not has_identifiers(result, identifiers):
        raise _malformed("« result-patient » a les identifiants qui désignent la cible.")
    if result.get("active") is False:
        raise _malformed("« result-patient » n'est pas inactif : c'est le patient qui reste.")


def has_identifiers(patient: Json, identifiers: Collection[Json]) -> bool:
    """Whether a Patient has each of those identifiers."""
    own = {(e.get("system"), e.get("value")) for e in objects_in(patient.get("identifier"))}
    return all((each.get("system"), each.get("value")) in own for each in identifiers)


def move_references(text: str, source_id: str, target_id: str, base: str) -> str:
    """The JSON of a resource in which what refers to the source refers to the target. A reference
    to a version of the source loses it: the target has other versions."""
    return replace_references(text, partial(_moved, (_PATIENT, source_id), target_id, base))


def _moved(source: tuple[str, str], target_id: str, base: str, reference: str) -> str | None:
    if local_target(reference, base) != source:
        return None
    return f"{base}/" * reference.startswith(f"{base}/") + f"{_PATIENT}/{target_id}"


def _with_link(patient: Json, link_type: str, other: str, base: str) -> dict[str, Any]:
    if other in _linked(patient, link_type, base):
        return dict(patient)
    link = {"other": {"reference": f"{_PATIENT}/{other}"}, "type": link_type}
    return {**patient, "link": [*objects_in(patient.get("link")), link]}


def _linked(patient: Json, link_type: str, base: str) -> Iterator[str]:
    """The ids of the patients to which a Patient has links of that type; others are empty texts."""
    for each in objects_in(patient.get("link")):
        if each.get("type") == link_type:
            other = each.get("other")
            reference = other.get("reference") if isinstance(other, dict) else None
            found = local_target(reference, base) if isinstance(reference, str) else None
            yield found[1] if found is not None and found[0] == _PATIENT else ""


def _refused(sentence: str) -> Refusal:
    return Refusal("invalid", sentence, rule="unprocessable", issue="business-rule")


def _malformed(sentence: str) -> Refusal:
    return Refusal("invalid", sentence, parameter="result-patient")
