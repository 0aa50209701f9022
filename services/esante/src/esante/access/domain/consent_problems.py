"""What this server could not apply in a Consent about the access to a record."""

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

from esante.access.domain.consent_provision import (
    CONSENT,
    MAX_LISTED,
    MAX_PROVISIONS,
    instance_of,
    is_about_access,
    is_resource_class,
    purpose_of,
)
from esante.access.domain.professions import professions_named
from esante.core.domain.json_values import objects_in
from esante.terminology.domain.r4_terminology import find_code_system
from socle.errors import Refusal

_MAX_DEPTH: Final = 8
_ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_LISTS: Final = ("actor", "class", "code", "data", "securityLabel", "purpose", "action")
_PERSONS: Final = frozenset(
    {"Practitioner", "PractitionerRole", "Organization", "Patient", "RelatedPerson", "Device"}
)


def require_applicable(consent: Mapping[str, Any]) -> None:
    """Raises Refusal, rule `unprocessable`, for an active Consent about the access to a record with
    a condition that this server cannot apply, or with too many provisions.

    One that was stored before, with such a condition, denies in doubt.
    """
    if not is_about_access(consent):
        return
    rule = consent.get("policyRule")
    codings = rule.get("coding") if isinstance(rule, dict) else None
    for index, each in enumerate(objects_in(codings)):
        # An unknown rule would deny nothing, whatever its author means by it.
        if _is_unknown_rule(each):
            path = f"{CONSENT}.policyRule.coding[{index}]"
            raise _refusal(path, "cette règle n'est pas un code de v3-ActCode.")
    root, professions = consent.get("provision"), professions_named(consent)
    waiting = [(f"{CONSENT}.provision", root, 1)] if isinstance(root, dict) else []
    count = 0
    while waiting:
        path, provision, depth = waiting.pop()
        count += 1
        if count > MAX_PROVISIONS or depth > _MAX_DEPTH:
            raise _refusal(
                path,
                f"Un consentement a {MAX_PROVISIONS} dispositions au plus, sur {_MAX_DEPTH}"
                " niveaux.",
            )
        for place, sentence in _problems(provision, professions):
            raise _refusal(f"{path}.{place}", sentence)
        waiting += [
            (f"{path}.provision[{place}]", each, depth + 1)
            for place, each in enumerate(objects_in(provision.get("provision")))
        ]


def _is_unknown_rule(coding: Mapping[str, Any]) -> bool:
    """Whether a coding is of v3-ActCode, and no code of it."""
    rules = find_code_system(_ACT_CODE)
    code = coding.get("code")
    if rules is None or coding.get("system") != _ACT_CODE or not isinstance(code, str):
        return False
    return rules.find(code) is None


def _problems(
    provision: Mapping[str, Any], professions: Container[str]
) -> Iterator[tuple[str, str]]:
    """(element, sentence) of each condition that cannot be applied. `professions`: the references
    that name one."""
    if provision.get("modifierExtension"):
        yield "modifierExtension", "une extension qui modifie le sens n'est pas appliquée."
    for name in _LISTS:
        if len(objects_in(provision.get(name))) > MAX_LISTED:
            yield name, f"{MAX_LISTED} valeurs au plus."
    for place, each in enumerate(objects_in(provision.get("actor"))):
        reference = each.get("reference")
        text = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(text, str) or not (_type_of(text) in _PERSONS or text in professions):
            yield (
                f"actor[{place}].reference",
                "une référence à un professionnel, une structure, un patient, un proche ou une"
                " profession (PractitionerRole contenu, avec un code et sans personne) est"
                " attendue, pas un groupe ni un identifiant.",
            )
    for place, each in enumerate(objects_in(provision.get("class"))):
        if not is_resource_class(each):
            yield f"class[{place}]", "seuls les types de ressources de FHIR sont appliqués."
    for place, each in enumerate(objects_in(provision.get("code"))):
        if not any(coding.get("code") for coding in objects_in(each.get("coding"))):
            yield f"code[{place}]", "un code est attendu, pas un texte seul."
    for place, each in enumerate(objects_in(provision.get("data"))):
        if instance_of(each) is None:
            yield f"data[{place}]", "seul « instance », d'une ressource d'ici, est appliqué."
    for place, each in enumerate(objects_in(provision.get("purpose"))):
        if purpose_of(each) == "unknown":
            yield f"purpose[{place}]", "cette finalité n'est pas connue (v3-ActReason)."


def _type_of(reference: str) -> str:
    parts = reference.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _refusal(path: str, sentence: str) -> Refusal:
    return Refusal(
        "invalid",
        f"« {path.removeprefix(CONSENT + '.')} » ne peut pas être appliqué : {sentence}",
        rule="unprocessable",
        issue="not-supported",
        expression=[path],
    )
