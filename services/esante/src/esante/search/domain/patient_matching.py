"""How well a stored patient matches a description, for `Patient/$match`.

Scores add what agrees and subtract what contradicts. They order and grade candidates; they are no
probabilities. https://hl7.org/fhir/R4/patient-operation-match.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from esante.core.domain.folding import fold
from esante.core.domain.json_values import objects_in, texts_in

Grade = Literal["certain", "probable", "possible"]
Json: TypeAlias = Mapping[str, Any]
_IDENTIFIER, _FAMILY, _GIVEN, _BIRTH_DATE, _GENDER, _CONTACT = 50, 25, 20, 30, 5, 10
_OTHER_IDENTIFIER, _OTHER_BIRTH_DATE, _OTHER_GENDER, _OTHER_NAME = 40, 40, 15, 15
_POSSIBLE, _PROBABLE, _CERTAIN = 45, 75, 95
_MOST: Final = 100
_SEPARATORS: Final = re.compile(r"([\\,$|])")


@dataclass(frozen=True, slots=True)
class Match:
    """How well one patient matches."""

    score: int
    """Hundredths, 0 to 100."""
    grade: Grade | None
    """`certain` requires a shared identifier and no contradiction. None: no match."""


@dataclass(frozen=True, slots=True)
class PatientTraits:
    """What is compared of a Patient. Malformed parts are left out."""

    identifiers: frozenset[tuple[str, str]]
    """(system, value)."""
    families: frozenset[str]
    """Folded, as `givens`."""
    givens: frozenset[str]
    birth_date: Any
    gender: Any
    contacts: frozenset[str]


def traits_of(patient: Json) -> PatientTraits:
    """The traits of a Patient, or of a description, which can have any part of one."""
    return PatientTraits(
        frozenset(identifiers_of(patient)),
        frozenset(map(fold, names_of(patient, "family"))),
        frozenset(map(fold, names_of(patient, "given"))),
        patient.get("birthDate"),
        patient.get("gender"),
        frozenset(_contacts(patient)),
    )


def compare_patients(described: PatientTraits, stored: PatientTraits) -> Match:
    """Compare a stored Patient with a description."""
    agreed, contradicted = 0, 0
    is_identified = not described.identifiers.isdisjoint(stored.identifiers)
    agreed += _IDENTIFIER if is_identified else 0
    systems = _systems(described) & _systems(stored)
    contradicted += _OTHER_IDENTIFIER if systems and not is_identified else 0
    for one, two, weight in (
        (described.families, stored.families, _FAMILY),
        (described.givens, stored.givens, _GIVEN),
    ):
        agreed += weight if one & two else 0
        contradicted += _OTHER_NAME if one and two and not one & two else 0
    for one_value, two_value, weight, penalty in (
        (described.birth_date, stored.birth_date, _BIRTH_DATE, _OTHER_BIRTH_DATE),
        (described.gender, stored.gender, _GENDER, _OTHER_GENDER),
    ):
        if one_value and two_value:
            agreed += weight if one_value == two_value else 0
            contradicted += penalty if one_value != two_value else 0
    agreed += _CONTACT if described.contacts & stored.contacts else 0
    score = max(0, min(_MOST, agreed - contradicted))
    return Match(score, _grade(score, certain=is_identified and not contradicted))


def _grade(score: int, *, certain: bool) -> Grade | None:
    if certain and score >= _CERTAIN:
        return "certain"
    if score >= _PROBABLE:
        return "probable"
    return "possible" if score >= _POSSIBLE else None


def identifiers_of(patient: Json) -> Iterator[tuple[str, str]]:
    """(system, value) of each identifier with both."""
    for each in objects_in(patient.get("identifier")):
        system, value = each.get("system"), each.get("value")
        if isinstance(system, str) and system and isinstance(value, str) and value:
            yield system, value


def identifier_criterion(system: str, value: str) -> str:
    """The value of the search parameter `identifier` that finds exactly that identifier."""
    return f"{search_value(system)}|{search_value(value)}"


def search_value(text: str) -> str:
    """A text as the value of a search parameter, with no separator in it."""
    return _SEPARATORS.sub(r"\\\1", text)


def names_of(patient: Json, part: Literal["family", "given"]) -> Iterator[str]:
    """The family names, or the given names, as written."""
    for each in objects_in(patient.get("name")):
        yield from (text for text in texts_in(each.get(part)) if text.strip())


def _systems(traits: PatientTraits) -> set[str]:
    return {system for system, _ in traits.identifiers}


def _contacts(patient: Json) -> Iterator[str]:
    for each in objects_in(patient.get("telecom")):
        if isinstance(value := each.get("value"), str):
            yield "".join(value.split()).casefold()
