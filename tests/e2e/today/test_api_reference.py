"""The examples of the API reference are run, and its marks compared with what callers get."""

import asyncio
import json
import shlex
import shutil
from pathlib import Path

import pytest
from block_runs import WRITTEN, run
from code_blocks import REPOSITORY, CodeBlock
from living_pilots import ALERTS, NOTEBOOK
from running_demo import Demo, Launcher

from gateway.contract.domain.reference.operations import Operation, read_groups

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]

ORDER = ("PUT", "POST", "GET", "PATCH", "DELETE")
"""The order of the examples of FHIR: some suppose the resource that another wrote."""
STORED = (
    """{"resourceType": "ValueSet", "id": "exemple", "status": "active", "compose": {"include":
    [{"system": "http://hl7.org/fhir/administrative-gender"}]}}""",
    """{"resourceType": "CodeSystem", "id": "exemple", "status": "active", "content": "complete",
    "url": "https://region.exemple.fr/codes", "concept": [{"code": "a"}, {"code": "b"}]}""",
    """{"resourceType": "ConceptMap", "id": "exemple", "status": "active",
    "url": "https://region.exemple.fr/correspondances"}""",
    """{"resourceType": "Composition", "id": "exemple", "status": "final", "date": "2026-03-02",
    "title": "Note", "type": {"text": "Note"}, "author": [{"display": "Ada"}]}""",
    """{"resourceType": "Group", "id": "exemple", "type": "person", "actual": true}""",
    """{"resourceType": "Patient", "id": "invitation"}""",
    """{"resourceType": "RelatedPerson", "id": "exemple",
    "patient": {"reference": "Patient/invitation"}}""",
    """{"resourceType": "Patient", "id": "urgence", "identifier": [{"value": "279035121518989",
    "system": "urn:oid:1.2.250.1.213.1.4.10"}]}""",
    """{"resourceType": "Patient", "id": "identifie", "identifier": [{"value": "exemple",
    "system": "urn:oid:1.2.250.1.213.1.4.2"}]}""",
    """{"resourceType": "Subscription", "id": "exemple", "status": "requested", "reason": "essai",
    "criteria": "Patient?", "channel": {"type": "websocket", "_type": {"extension": [{
    "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-channel-type",
    "valueCoding": {"system": "urn:ietf:bcp:13", "code": "text/event-stream"}}]}}}""",
)
"""The resources that some examples suppose to be stored."""


def stored_examples() -> str:
    """The commands that store them."""
    return "\n".join(
        f"curl {WRITTEN}/fhir/{stored['resourceType']}/{stored['id']} -X PUT"
        " -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/fhir+json'"
        f" -d '{each}'"
        for each in STORED
        for stored in [json.loads(each)]
    )


OWN_PARTICIPATION = (
    "/pilotes/v1/participations/{pilot_id}/records",
    "/pilotes/v1/participations/{pilot_id}/receipts",
)


async def operations(demo: Demo, *services: str) -> list[Operation]:
    """The operations of the API reference."""
    groups = read_groups(await demo.get("/openapi.json"), public=WRITTEN)
    return [each for group in groups if group.service in services for each in group.operations]


async def run_examples(examples: list[str], launcher: Launcher, folder: Path) -> None:
    """Run examples one after the other; the first line of several is the same."""
    text = "\n".join(dict.fromkeys(each for example in examples for each in split(example)))
    block = CodeBlock(REPOSITORY / "README.md", 1, "sh", text + "\n", None)
    done = await asyncio.to_thread(run, block, launcher, folder)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def split(example: str) -> list[str]:
    """The commands of an example."""
    before, _, request = example.rpartition("curl ")
    return [*before.splitlines(), f"curl {request}"]


def address_of(operation: Operation, demo: Demo) -> str:
    """The address of an example, on the demo."""
    return shlex.split(split(operation.example)[-1])[1].replace(WRITTEN, demo.address)


async def test_an_example_without_credentials_works_as_pasted(
    demo: Demo, launcher: Launcher, tmp_path: Path
) -> None:
    examples = [
        each.example
        for each in await operations(
            demo,
            "mobilite",
            "mobilite_journeys",
            "mobilite_indicators",
            "pilotes",
            "esante",
            "gateway",
        )
        if each.method == "GET" and each.example_scheme is None and not each.placeholders
        # Its reader has agreed to take part.
        if each.path not in OWN_PARTICIPATION
    ]
    assert len(examples) > 35
    await run_examples(examples, launcher, tmp_path)


async def test_an_example_of_each_interaction_works_as_pasted(
    demo: Demo, launcher: Launcher, tmp_path: Path
) -> None:
    found = await operations(demo, "esante")
    found.sort(key=lambda each: ORDER.index(each.method))
    # One with a placeholder needs the answer of another one.
    examples = [each.example for each in found if not each.placeholders]
    token = next(line for line in split(found[0].example) if line.startswith("TOKEN="))
    own = [each for each in examples if token in split(each)]
    of_programs = [each for each in examples if each not in own]
    assert (len(own) > 30, len(of_programs) > 2) == (True, True)
    await run_examples([f"{token}\n{stored_examples()}", *own, *of_programs], launcher, tmp_path)


async def test_the_reference_states_who_is_refused(demo: Demo) -> None:
    """The states of the demo's pilots, one on trial and one after it, show what depends on it."""
    for each in await operations(
        demo,
        "mobilite",
        "mobilite_journeys",
        "mobilite_indicators",
        "mobilite_desk",
        "pilotes",
        "esante",
    ):
        if each.method != "GET" and not each.path.startswith("/fhir"):
            continue  # the content is checked before the caller
        address = address_of(each, demo)
        status = await anonymous_status(demo, each.method, address)
        closed = bool(each.schemes) and not each.sometimes_open
        assert (status == 401) is closed, (each.method, each.path, status)
        if each.sometimes_open:
            on_trial = address.replace(NOTEBOOK, ALERTS)
            assert await anonymous_status(demo, "GET", on_trial) == 401, each.path


async def anonymous_status(demo: Demo, method: str, address: str) -> int:
    """The status of a request without credentials, and without its content."""
    async with demo.client.request(method, address) as answer:
        return answer.status
