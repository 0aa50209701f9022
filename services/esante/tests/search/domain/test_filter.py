"""The grammar and the operators of `_filter`. https://hl7.org/fhir/R4/search_filter.html"""

from datetime import UTC, datetime

import pytest

from esante.search.domain.query.criteria import Chain, Criterion, MainCode, Tokens
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.filter_parser import parse_filter
from socle.errors import Refusal

CONTEXT = SearchContext("https://region.example.org/fhir", datetime(2026, 3, 2, 8, tzinfo=UTC))


def filtered(resource_type: str, text: str) -> Criterion:
    return parse_criterion(resource_type, "_filter", text, context=CONTEXT)


def plain(resource_type: str, name: str, value: str) -> Criterion:
    return parse_criterion(resource_type, name, value, context=CONTEXT)


@pytest.mark.parametrize(
    ("resource_type", "text", "name", "value"),
    [
        ("Patient", "birthdate ge 1974", "birthdate", "ge1974"),
        ("Patient", "family co \"o'ne\"", "family:contains", "o'ne"),
        ("Patient", 'family sw "a,b"', "family", r"a\,b"),
        ("Patient", "gender eq http://x|female", "gender", "http://x|female"),
        ("Patient", 'identifier eq "a|b"', "identifier", r"a\|b"),
        ("Patient", "gender pr false", "gender:missing", "true"),
        ("Patient", "_id eq x", "_id", "x"),
        ("Patient", "_lastUpdated gt 2024", "_lastUpdated", "gt2024"),
        ("Observation", "value-quantity lt 5|http://unitsofmeasure.org|kg",
         "value-quantity", "lt5|http://unitsofmeasure.org|kg"),
        ("Observation", "subject re Patient/x", "subject", "Patient/x"),
        ("Observation", "subject:Patient.family sw a", "subject:Patient.family", "a"),
        ("Patient", "gender in http://hl7.org/fhir/ValueSet/administrative-gender",
         "gender:in", "http://hl7.org/fhir/ValueSet/administrative-gender"),
        ("Patient", "gender ni http://hl7.org/fhir/ValueSet/administrative-gender",
         "gender:not-in", "http://hl7.org/fhir/ValueSet/administrative-gender"),
        ("RelatedPerson", "relationship ss http://terminology.hl7.org/CodeSystem/v3-RoleCode|SPS",
         "relationship:below", "http://terminology.hl7.org/CodeSystem/v3-RoleCode|SPS"),
        ("Observation", "code eq 8480-6", "code", "8480-6"),
    ],
)  # fmt: skip
def test_the_parameter_that_means_the_same(
    resource_type: str, text: str, name: str, value: str
) -> None:
    assert filtered(resource_type, text) == plain(resource_type, name, value)
    assert filtered(resource_type, f" (({text}) ) ") == plain(resource_type, name, value)


def test_from_left_to_right() -> None:
    one, two, three = "gender eq a", "gender eq b", "gender eq c"
    parsed = parse_filter(f"{one} or {two} and {three}")
    assert parsed == parse_filter(f"({one} or {two}) and {three}")
    assert parsed != parse_filter(f"{one} or ({two} and {three})")


def test_a_condition_in_a_path() -> None:
    found = filtered("Observation", 'subject:Patient[gender eq male].family sw "a"')
    assert isinstance(found, Chain)
    ((target, inner),) = found.targets
    assert target == "Patient"
    assert inner == parse_criterion(
        "Patient", "_filter", 'gender eq male and family sw "a"', context=CONTEXT
    )
    assert not isinstance(inner, MainCode | Tokens)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gender", "à la fin"),
        ("gender eq", "à la fin"),
        ("gender like male", "à « like »"),
        ("gender eq male and", "à la fin"),
        ("(gender eq male", "à la fin"),
        ("gender eq male)", "à « ) »"),
        ("not gender eq male", "à « gender »"),
        ("gender eq male gender eq female", "à « gender »"),
        ("eq eq eq eq", "eq"),
        ('family eq "a', "n'est pas comprise"),
        ("general-practitioner[gender eq male] pr true", "pr"),
        ("size gt 5", "n'est pas un paramètre"),
        ("gender gt male", "ne compare pas ce paramètre (token)"),
        ("birthdate co 1974", "ne compare pas ce paramètre (date)"),
        ("birthdate ge hier", "n'est pas une date"),
        ("gender pr yes", "true ou false"),
        ("_id gt 5", "ne compare pas"),
        ("gender in urn:absent", "n'est pas connu ici"),
        ("gender.family eq a", "n'est pas une référence"),
        ("(" * 20 + "gender eq male" + ")" * 20, "niveaux"),
        (" or ".join(["gender eq male"] * 101), "100 fois"),
        ("link.link.link.link.link.link.link.gender eq male", ""),
    ],
)
def test_what_is_refused(text: str, why: str) -> None:
    with pytest.raises(Refusal) as refusal:
        filtered("Patient", text)
    assert why in refusal.value.message
