"""The carers of a patient (RelatedPerson), as their page names them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from portail.domain.records.elements import (
    Json,
    codes,
    concept_text,
    human_name,
    instant,
    items,
    part,
    resources,
    text,
)

Relation = Literal["conjoint", "enfant", "parent", "fratrie", "famille", "ami", "voisin"]
_ROLES: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
RELATIONS: Final[dict[Relation, str]] = {
    "conjoint": "SPS",
    "enfant": "CHILD",
    "parent": "PRN",
    "fratrie": "SIB",
    "famille": "FAMMEMB",
    "ami": "FRND",
    "voisin": "NBOR",
}
"""Codes of v3-RoleCode."""
_NARROWER: Final[dict[str, Relation]] = {
    **dict.fromkeys(("HUSB", "WIFE", "DOMPART"), "conjoint"),
    **dict.fromkeys(("DAUC", "DAU", "SONC", "SON", "NCHILD", "CHLDADOPT"), "enfant"),
    **dict.fromkeys(("MTH", "FTH", "NMTH", "NFTH"), "parent"),
    **dict.fromkeys(("BRO", "SIS"), "fratrie"),
}
"""Codes that others write, below those of `RELATIONS` (`DAUC`: a daughter)."""
LONGEST_NAME: Final = 100
_GUARDIAN: Final = "GUARD"


@dataclass(frozen=True, slots=True)
class Carer:
    """Somebody who is related to the patient, and can get access to the record."""

    id: str
    name: str
    relation: Relation | None
    """None if it is another one."""
    other_relation: str
    """In words, of one that this page does not name; empty without one."""
    is_guardian: bool
    """Whether they represent the patient by law: a professional declares them."""
    until: date | None


def carers_of(bundle: Json, patient: str, now: datetime) -> list[Carer]:
    """Those of a searchset who are still related to that patient."""
    return [
        _carer(each)
        for each in resources(bundle, "RelatedPerson")
        if text(part(each, "patient"), "reference") == f"Patient/{patient}"
        and each.get("active") is not False
        and not _has_ended(each, now)
    ]


def related_person(patient: str, *, name: str, relation: Relation) -> dict[str, Any]:
    """The RelatedPerson of somebody whom the patient adds."""
    coding = {"system": _ROLES, "code": RELATIONS[relation]}
    return {
        "resourceType": "RelatedPerson",
        "active": True,
        "patient": {"reference": f"Patient/{patient}"},
        "relationship": [{"coding": [coding]}],
        "name": [{"text": name}],
    }


def _carer(person: Json) -> Carer:
    relationships = items(person.get("relationship"))
    named = frozenset[str]().union(*map(codes, relationships))
    known = next((each for each, code in RELATIONS.items() if code in named), None)
    narrower = next((_NARROWER[each] for each in sorted(named) if each in _NARROWER), None)
    in_words = (concept_text(each) for each in relationships)
    end = instant(part(person, "period").get("end"))
    return Carer(
        id=text(person, "id"),
        name=human_name(person),
        relation=known or narrower,
        # Without a text, that of a concept is its code.
        other_relation=next((each for each in in_words if each and each not in named), ""),
        is_guardian=_GUARDIAN in named,
        until=None if end is None else end.date(),
    )


def _has_ended(person: Json, now: datetime) -> bool:
    end = instant(part(person, "period").get("end"))
    return end is not None and end < now
