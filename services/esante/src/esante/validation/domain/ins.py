"""The national health identity (INS): the conditions for transmitting a matricule.

A matricule is a NIR or NIA: 13 characters and a check key of two digits. To have one, a Patient
must have the profile fr-core-patient-ins, a verified identity and the five identity traits.
https://esante.gouv.fr/produits-services/referentiel-ins, FrCore 2.1.0
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from esante.core.domain.json_values import objects_in
from esante.core.domain.outcome import Issue
from esante.validation.domain.findings import Findings, Place, TooManyErrors

# The names of matricules by their system: of real persons, and for tests and demonstrations.
OFFICIAL: Final = {
    "urn:oid:1.2.250.1.213.1.4.8": "INS-NIR",
    "urn:oid:1.2.250.1.213.1.4.9": "INS-NIA",
}
FICTITIOUS: Final = {
    "urn:oid:1.2.250.1.213.1.4.10": "INS-NIR-TEST",
    "urn:oid:1.2.250.1.213.1.4.11": "INS-NIR-DEMO",
}
_CORE: Final = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
PROFILE: Final = _CORE + "fr-core-patient-ins"
_FIRST_NAMES: Final = _CORE + "fr-core-patient-birth-list-given-name"
_RELIABILITY: Final = _CORE + "fr-core-identity-reliability"
_COMMUNE: Final = _CORE + "fr-core-address-insee-code"
_BIRTH_PLACE: Final = "http://hl7.org/fhir/StructureDefinition/patient-birthPlace"
_VERIFIED_STATUSES: Final = ("VALI", "QUAL")
# Sex, year, month, department (2A and 2B in Corsica), commune, order, key.
_MATRICULE: Final = re.compile(r"[1-478][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{8}")


def matricule_problem(value: str) -> str | None:
    """Why a matricule is invalid, in French: its syntax or its key. None if it is valid.

    `value`: number and key. The key is 97 minus the number modulo 97; 2A and 2B count as 19 and 18.
    """
    if not _MATRICULE.fullmatch(value):
        return "Un matricule INS a 13 caractères et une clé de 2 chiffres, sans espace."
    number = int(value[:13].replace("2A", "19").replace("2B", "18"))
    key = 97 - number % 97
    return None if key == int(value[13:]) else "La clé du matricule INS est fausse."


def ins_issues(patient: Mapping[str, Any], place: Place, *, production: bool) -> list[Issue]:
    """The issues of the national health identity of a Patient.

    `place`: of the Patient. `production`: whether fictitious matricules are errors. A Patient
    without a matricule has no issue, unless it claims the INS profile with a validated identity.
    """
    found = Findings()
    with suppress(TooManyErrors):
        _check_identity(patient, place, found, production=production)
    return found.issues


def _check_identity(
    patient: Mapping[str, Any], place: Place, found: Findings, *, production: bool
) -> None:
    has_matricule = False
    for index, identifier in enumerate(objects_in(patient.get("identifier"))):
        at: Place = (place, "identifier", index)
        system = str(identifier.get("system"))
        if system in FICTITIOUS and production:
            found.error(
                "business-rule",
                at,
                f"Un matricule de test ou de démonstration ({system}) n’a pas cours en production.",
            )
        if system not in OFFICIAL or _is_for_billing(identifier):
            continue
        has_matricule = True
        _check_matricule(identifier, at, found)
    if has_matricule:
        _check_requirements(patient, place, found)
    elif (
        _claims_ins_profile(patient)
        and "VALI" in _statuses(patient)
        and not _has_fictitious_matricule(patient)
    ):
        found.error(
            "business-rule",
            (place, "identifier", None),
            "Une identité validée (VALI) a un matricule INS (fr-core-1).",
        )


def _claims_ins_profile(patient: Mapping[str, Any]) -> bool:
    """Whether a Patient claims the INS profile."""
    meta = patient.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    claimed = profiles if isinstance(profiles, list) else []
    return PROFILE in [str(each).partition("|")[0] for each in claimed]


def _has_fictitious_matricule(patient: Mapping[str, Any]) -> bool:
    return any(
        str(each.get("system")) in FICTITIOUS for each in objects_in(patient.get("identifier"))
    )


def _check_matricule(identifier: Mapping[str, Any], at: Place, found: Findings) -> None:
    value = identifier.get("value")
    problem = (
        matricule_problem(value) if isinstance(value, str) else "Un matricule INS a une valeur."
    )
    if problem is not None:
        found.error("value", (at, "value", None), problem)


def _check_requirements(patient: Mapping[str, Any], place: Place, found: Findings) -> None:
    """Check the profile, the identity status and the traits that a matricule requires."""
    if not _claims_ins_profile(patient):
        found.error(
            "business-rule",
            (place, "identifier", None),
            f"Un matricule INS ne voyage qu’avec le profil {PROFILE} (meta.profile).",
        )
    if not set(_statuses(patient)) & set(_VERIFIED_STATUSES):
        found.error(
            "business-rule",
            (place, "extension", None),
            "Un matricule INS ne va qu’avec une identité qualifiée (identityStatus VALI ou QUAL).",
        )
    for element, trait in _missing_traits(patient):
        found.error("required", (place, element, None), f"Trait d’identité INS manquant : {trait}.")


def _missing_traits(patient: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(element, French name) of each identity trait that is missing."""
    official = [n for n in objects_in(patient.get("name")) if n.get("use") == "official"]
    if not any(name.get("family") for name in official):
        yield "name", "nom de naissance (name official, family)"
    if not any(name.get("given") for name in official):
        yield "name", "premier prénom de naissance (name official, given)"
    elif not any(_extensions(name, _FIRST_NAMES) for name in official):
        yield "name", "liste des prénoms de naissance (birth-list-given-name)"
    if not patient.get("birthDate"):
        yield "birthDate", "date de naissance"
    if patient.get("gender") not in ("male", "female", "unknown"):
        yield "gender", "sexe (male, female ou unknown)"
    if not any(_birth_communes(patient)):
        yield "extension", "code INSEE du lieu de naissance (patient-birthPlace)"


def _birth_communes(patient: Mapping[str, Any]) -> Iterator[str]:
    for birth_place in _extensions(patient, _BIRTH_PLACE):
        for commune in _extensions(birth_place.get("valueAddress"), _COMMUNE):
            coding = commune.get("valueCoding")
            if isinstance(coding, dict) and coding.get("code"):
                yield str(coding["code"])


def _statuses(patient: Mapping[str, Any]) -> Iterator[str]:
    for reliability in _extensions(patient, _RELIABILITY):
        for status in _extensions(reliability, "identityStatus"):
            coding = status.get("valueCoding")
            if isinstance(coding, dict):
                yield str(coding.get("code"))


def _is_for_billing(identifier: Mapping[str, Any]) -> bool:
    """Whether an identifier is the social security number for billing (FrCore's slice NSS), which
    has the same system as an INS."""
    identifier_type = identifier.get("type")
    codings = identifier_type.get("coding") if isinstance(identifier_type, dict) else None
    return any(
        each.get("system") == "http://terminology.hl7.org/CodeSystem/v2-0203"
        and each.get("code") == "NH"
        for each in objects_in(codings)
    )


def _extensions(element: Any, url: str) -> list[Mapping[str, Any]]:
    extensions = element.get("extension") if isinstance(element, dict) else None
    return [each for each in objects_in(extensions) if each.get("url") == url]
