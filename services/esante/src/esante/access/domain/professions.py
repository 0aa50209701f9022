"""Professions: what a Consent names instead of a person, and what the gateway signs of one.

A Consent names a profession by a contained PractitionerRole with a code and no practitioner; its
organisation, if any, narrows it. The codes of the three systems are disjoint.

https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from esante.core.domain.json_values import objects_in

_NOS: Final = "https://mos.esante.gouv.fr/NOS/"
_SYSTEMS: Final = frozenset(
    f"{_NOS}TRE_{name}/FHIR/TRE-{name}"
    for name in ("G15-ProfessionSante", "R94-ProfessionSocial", "R95-UsagerTitre")
)
_SOCIAL: Final = frozenset(["41", "42", "43", "44", "45", "46", "47", "48", "49", "51", "52", "53"])
"""The codes of TRE_R94-ProfessionSocial."""
_PREFIX: Final = "profession:"
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_ORGANISATION: Final = re.compile(r"Organization/[A-Za-z0-9\-.]{1,64}")
_APPLIED: Final = frozenset({"resourceType", "id", "code", "organization", "active", "meta"})


def profession_references(codes: Iterable[str], organisation: str | None) -> list[str]:
    """What consents that name these professions name; also of that organisation alone
    (`Organization/1`). They are no FHIR references: no resource can state them."""
    plain = [f"{_PREFIX}{each}" for each in sorted(codes)]
    inside = [] if organisation is None else [f"{organisation} {each}" for each in plain]
    return plain + inside


def is_profession(reference: str) -> bool:
    """Whether it names a profession rather than somebody."""
    return reference.rpartition(" ")[2].startswith(_PREFIX)


def is_everywhere(profession: str) -> bool:
    """Whether no organisation narrows what `professions_named` has found."""
    return profession.startswith(_PREFIX)


def can_be_of_unknown_profession(actors: Iterable[str], references: Collection[str]) -> bool:
    """Whether an actor can be a person whose profession is unknown. `references`: of the person."""
    if any(map(is_profession, references)):
        return False
    places = (each.rpartition(" ")[0] for each in actors if is_profession(each))
    return any(not place or place in references for place in places)


def is_social(professions: Collection[str]) -> bool:
    """Whether a person has professions of the social domain alone, or unknown ones."""
    return _SOCIAL.issuperset(professions)


def professions_named(consent: Mapping[str, Any]) -> dict[str, list[str]]:
    """What each contained PractitionerRole means that names a profession, by its reference (`#1`).

    One with a condition that is not applied is left out.
    """
    found: dict[str, list[str]] = {}
    for each in objects_in(consent.get("contained")):
        name, codes = each.get("id"), _codes(each)
        if not isinstance(name, str) or not codes or each.keys() - _APPLIED:
            continue
        organisation = each.get("organization")
        place = organisation.get("reference") if isinstance(organisation, dict) else None
        if organisation is None:
            found[f"#{name}"] = profession_references(codes, None)
        elif isinstance(place, str) and _ORGANISATION.fullmatch(place):
            found[f"#{name}"] = [f"{place} {one}" for one in profession_references(codes, None)]
    return found


def _codes(role: Mapping[str, Any]) -> set[str]:
    """The professions of a PractitionerRole; empty if it has another code, or is another type."""
    if role.get("resourceType") != "PractitionerRole" or role.get("active") is False:
        return set()
    found: set[str] = set()
    for each in objects_in(role.get("code")):
        codings = objects_in(each.get("coding"))
        codes = {str(one.get("code")) for one in codings if one.get("system") in _SYSTEMS}
        if not codes or not all(map(_CODE.fullmatch, codes)):
            return set()
        found |= codes
    return found
