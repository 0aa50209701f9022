"""Official examples go in, come out as they were, and each is found by each of its own values, over
HTTP.

One of each type by default, four in a campaign; and a few with values of other kinds.
`ESANTE_FOUND=20` takes twenty of each type, of any size, `ESANTE_FOUND=all` every one. How many
came and how many searches there were is in the report (`--junitxml`).
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fhir_world import FhirWorld
from official_queries import queries_for
from official_r4 import official_examples, official_folder, read_official
from searched_region import ids

from esante.core.domain.structures import RESOURCE_TYPES
from socle.testing import IS_DEEP

SHARES = 2
TOGETHER = 12  # parameters of one search
# Resources that R4 itself refuses: `test_validator_official_examples` gives the reasons. Of what
# defines FHIR, some search parameters are of no type, some structures are made of none, one id is
# too long, and one code system has codes of no-break spaces.
AT_FAULT = (
    "ImplementationGuide-fhir",
    "ig-r4",
    "Questionnaire-qs1",
    "Media-1.2.840",
    "SearchParameter-codesystem-extensions",
    "SearchParameter-valueset-extensions",
    "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject",
    *(f"StructureDefinition-{name}." for name in ("Definition", "Event", "FiveWs", "Request")),
    "CodeSystem-v2-0550",
    "Bundle-v2-valuesets",
    *("Bundle-10bb101f", "Bundle-3a0707d3", "Bundle-lri-example"),
    *("StructureDefinition-Consent.", "ValueSet-nhin-purposeofuse"),
    # Sound, but over: a subscription whose end is past is not activated.
    "Subscription-example",
)
LARGEST = 8 * 1024 * 1024  # bytes of a request; four bundles of definitions are larger
# Units, components, text, dates and coordinates in composites; numbers of any size.
MORE = (
    "CarePlan-f201",
    "Condition-f202",
    "ActivityDefinition-citalopramPrescription",
    "MolecularSequence-graphic-example-4",
    "Observation-blood-pressure",
    "Observation-date-lastmp",
    "Observation-decimal",
    "Observation-f001",
    "Observation-example-TPMT-diplotype",
)


def chosen(share: int) -> list[Path]:
    number = os.environ.get("ESANTE_FOUND", "4" if IS_DEEP else "1")
    files = official_examples(of_each=None if number == "all" else int(number))
    more = [official_folder() / f"{name}.json" for name in MORE]
    files += [file for file in more if file not in files]
    largest = LARGEST if number != "1" else 60_000
    return [f for f in files if f.stat().st_size <= largest][share::SHARES]


def as_written(text: bytes) -> Any:
    """What a resource says, every number as it was written and members in their order, without what
    the server sets."""
    members = dict(json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=list))
    meta = [each for each in members.pop("meta", []) if each[0] not in ("versionId", "lastUpdated")]
    return sorted(meta, key=str), list(members.items())


def batched(queries: list[str]) -> list[list[str]]:
    """A few at a time: what holds of each must hold of all."""
    return [queries[at : at + TOGETHER] for at in range(0, len(queries), TOGETHER)]


async def missed(fhir: FhirWorld, resource_type: str, own: str, query: str) -> str:
    """What a search that must find that resource answered instead; empty where it found it."""
    answer = await fhir.send("GET", f"/{resource_type}?{query}&_id={own}")
    hit = answer.status == 200 and ids(answer) == [own]
    return (
        "" if hit else f"{resource_type}?{query}&_id={own}: {answer.status} {answer.body[:200]!r}"
    )


@pytest.mark.deep
@pytest.mark.parametrize("share", range(SHARES))
async def test_every_example_is_found_by_its_own_values(
    fhir: FhirWorld, share: int, record_property: Callable[[str, object], None]
) -> None:
    lost: list[str] = []
    searches = came = 0
    for file in chosen(share):
        resource = read_official(file)
        resource_type, own = resource["resourceType"], resource.get("id")
        if resource_type not in RESOURCE_TYPES or own is None or file.name.startswith(AT_FAULT):
            continue
        path = f"/{resource_type}/{own}"
        answer = await fhir.send("PUT", path, file.read_bytes())
        if answer.status not in (200, 201):
            lost.append(f"{file.name}: {answer.body[:300]!r}")
            continue
        came += 1
        # Without it, a Binary is read as its bytes.
        out = await fhir.send("GET", path, headers={"accept": "application/fhir+json"})
        assert as_written(out.body) == as_written(file.read_bytes()), file.name
        queries = [f"{name}={quote(value, safe='')}" for name, value in queries_for(resource)]
        searches += len(queries)
        for some in batched(queries):
            if await missed(fhir, resource_type, own, "&".join(some)):
                lost += [m for each in some if (m := await missed(fhir, resource_type, own, each))]
    record_property("resources", came)
    record_property("values", searches)
    assert lost == [], f"{len(lost)} of {searches}"
    assert searches > came > 10
