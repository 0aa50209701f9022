"""Every official example instance of R4 is valid, except those that R4 itself refuses."""

import os
from pathlib import Path

import pytest
from official_r4 import official_examples, official_folder
from validator import errors_at

from socle.testing import sized

# A sample of the definitions of FHIR too; longer ones in campaigns only.
SAMPLE = int(os.environ.get("ESANTE_DOOR_DEFINITIONS", sized(5, deep=60)))
LONGEST = int(os.environ.get("ESANTE_DOOR_LONGEST", sized(400_000, deep=8_000_000)))
DEFINITIONS = frozenset(
    {"StructureDefinition", "SearchParameter", "ValueSet", "CodeSystem", "ConceptMap"}
)

# File → its mistakes, by the rules of R4.
OWN_FAULT = {
    # status, name and fhirVersion are 1..1 in ImplementationGuide.
    "ImplementationGuide-fhir.json": {"ImplementationGuide.name", "ImplementationGuide.status"},
    "ig-r4.json": {"ImplementationGuide.name", "ImplementationGuide.status"},
    # Questionnaire.item.linkId is 1..1.
    "Questionnaire-qs1.json": {
        f"Questionnaire.item[0].item[{at}].item[0].linkId" for at in (1, 2, 3)
    },
    # The narrative fetches an image from another server: refused on purpose.
    "Media-1.2.840.11361907579238403408700.3.1.04.19970327150033.json": {"Media.text.div"},
    # A document whose full URL is that of another resource (Bundle.entry.fullUrl: SHALL NOT).
    "Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json": {"Bundle.entry[2].fullUrl"},
    "Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json": {"Bundle.entry[3].fullUrl"},
    # Codes made of no-break spaces.
    "CodeSystem-v2-0550.json": {"CodeSystem.concept[74].code"},
    "Bundle-v2-valuesets.json": {"Bundle.entry[814].resource.concept[74].code"},
}
# baseDefinition is missing (sdf-4), base is 1..*, an id has 65 characters.
OWN_FAULT |= {
    f"StructureDefinition-{name}.json": {"StructureDefinition"}
    for name in ("Definition", "Event", "FiveWs", "Request")
}
# Megabytes long, each a second of the validator.
LARGE = {"Bundle-v2-valuesets.json", "ImplementationGuide-fhir.json", "ig-r4.json"}


def chosen() -> list[Path]:
    """The instances, and a sample of the definitions."""
    files = [f for f in official_examples() if f.stat().st_size <= LONGEST]
    instances = [f for f in files if f.name.partition("-")[0] not in DEFINITIONS]
    sample = [f for f in official_examples(of_each=SAMPLE) if f not in instances and f in files]
    return [*instances, *sample]


@pytest.mark.deep
def test_every_example_comes_in() -> None:
    files = chosen()
    refused = {file.name: set(errors_at(file.read_text("utf-8"))) for file in files}
    unexpected = {name: at for name, at in refused.items() if at and name not in OWN_FAULT}
    assert unexpected == {}
    assert len(files) > 700


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(each, marks=pytest.mark.deep_only if each in LARGE else ())
        for each in OWN_FAULT
    ],
)
def test_those_refused_are_at_fault(name: str) -> None:
    file = official_folder() / name
    assert OWN_FAULT[name] <= set(errors_at(file.read_text("utf-8")))
