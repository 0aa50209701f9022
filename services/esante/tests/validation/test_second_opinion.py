"""fhir.resources, another implementation of R4 (R4B), judges the same resources.

It knows types, cardinalities and the forms of primitives. It has no terminology, invariants,
reference targets nor profiles, so that it finds few of the faults. What it refuses and the
validator accepts is a miss of the validator, or an agreed difference with a reason.
"""

import json
from collections import Counter
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from official_r4 import official_examples
from pydantic import ValidationError
from validation_cases import FAMILIES, cases
from validator import errors_at

from socle.testing import sized

FOUND = {
    "attachments": {"negative size", "no base64"},
    "identities": {
        "a date with slashes",
        "no leap year",
        "hour 24",
        "an instant without zone",
        "an instant without seconds",
        "an empty text",
    },
    "questionnaire_responses": {"no status", "no linkId"},
    "questionnaires": {"no type", "no linkId"},
    "volet_gap": {"a slot without end"},
    "volet_tde": {"a trace without observer", "a trace without date", "a trace without agent"},
}
"""The faulty cases that it refuses, by family; of the other families none."""

NOT_IN_R4B = {
    # Resource types of R4 that R4B has removed.
    "EffectEvidenceSynthesis",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "RiskEvidenceSynthesis",
    "SubstanceSpecification",
}
REDEFINED = {
    # Has other elements in R4B.
    "Evidence"
}
"""Agreed differences on official examples, by resource type."""


def accepted(resource: Any) -> bool:
    """Whether it accepts a resource. Raises KeyError for a type that it does not have."""
    try:
        model = get_fhir_model_class(resource["resourceType"])
    except ValueError:
        raise KeyError(resource["resourceType"]) from None
    try:
        model.model_validate(resource)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("family", FAMILIES)
def test_it_agrees_on_the_own_cases(family: str) -> None:
    refused = {case.name for case in cases(family) if not accepted(case.resource)}
    assert refused == FOUND.get(family, set())


def test_it_agrees_on_official_examples() -> None:
    verdicts: Counter[str] = Counter()
    differing: dict[str, str] = {}
    for file in official_examples(of_each=sized(1, deep=20)):
        text = file.read_text("utf-8")
        if len(text) > 100_000:
            continue
        resource = json.loads(text)
        try:
            verdict = "accepted" if accepted(resource) else "refused"
        except KeyError:
            verdict = "unknown type"
        verdicts[verdict] += 1
        if verdict != "accepted" and not errors_at(text):
            differing[resource["resourceType"]] = verdict
    expected = dict.fromkeys(NOT_IN_R4B, "unknown type") | dict.fromkeys(REDEFINED, "refused")
    assert differing == expected
    assert verdicts["accepted"] > 100
