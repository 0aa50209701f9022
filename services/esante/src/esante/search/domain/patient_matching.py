"""How well a stored patient matches a description, for `Patient/$match`.

Scores add what agrees and subtract what contradicts. They order and grade candidates; they are no
probabilities. https://hl7.org/fhir/R4/patient-operation-match.html
"""

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


@dataclass(frozen=True, slots=True)
class Match:
    """How well one patient matches."""

    score: int
    """Hundredths, 0 to 100."""
    grade: Grade | None
    """`certain` requires a shared identifier and no contradiction. None: no match."""


def compare_patients(described: Json, stored: Json) -> Match:
    """Compare a stored Patient with a description, which can have any part of a Patient.

    Malformed parts are left out.
    """
    agreed, contradicted = 0, 0
    own, other = set(identifiers_of(described)), set(identifiers_of(stored))
    is_identified = bool(own & other)
    agreed += _IDENTIFIER if is_identified else 0
    systems = {system for system, _ in own} & {system for system, _ in other}
    contradicted += _OTHER_IDENTIFIER if systems and not is_identified else 0
    for names, weight in ((_families, _FAMILY), (_givens, _GIVEN)):
        one, two = set(names(described)), set(names(stored))
        agreed += weight if one & two else 0
        contradicted += _OTHER_NAME if one and two and not one & two else 0
    for member, weight, penalty in (
        ("birthDate", _BIRTH_DATE, _OTHER_BIRTH_DATE),
        ("gender", _GENDER, _OTHER_GENDER),
    ):
        if (one_value := described.get(member)) and (two_value := stored.get(member)):
            agreed += weight if one_value == two_value else 0
            contradicted += penalty if one_value != two_value else 0
    agreed += _CONTACT if set(_contacts(described)) & set(_contacts(stored)) else 0
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


def names_of(patient: Json, part: Literal["family", "given"]) -> Iterator[str]:
    """The family names, or the given names, as written."""
    for each in objects_in(patient.get("name")):
        yield from (text for text in texts_in(each.get(part)) if text.strip())


def _families(patient: Json) -> Iterator[str]:
    return map(fold, names_of(patient, "family"))


def _givens(patient: Json) -> Iterator[str]:
    return map(fold, names_of(patient, "given"))


def _contacts(patient: Json) -> Iterator[str]:
    for each in objects_in(patient.get("telecom")):
        if isinstance(value := each.get("value"), str):
            yield "".join(value.split()).casefold()
