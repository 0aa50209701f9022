"""Chains through references to contained resources."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from search_population import Json
from search_world import SearchWorld, open_search_world

from esante.access.domain.smart_scopes import access_of
from socle.errors import Refusal


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        found = await open_search_world(postgres_url, stack)
        await found.put({"resourceType": "Organization", "id": "chr", "name": "CHR"})
        await found.put(REAL)
        await found.put(observation("outside", subject="Patient/real"))
        await found.put(observation("inside", PATIENT, LAB))
        yield found


REAL: Json = {
    "resourceType": "Patient",
    "id": "real",
    "name": [{"family": "Petit"}],
    "gender": "male",
    "active": True,
}
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Martin"}],
    "gender": "female",
    "birthDate": "1950-03-02",
    "managingOrganization": {"reference": "#lab"},
    "generalPractitioner": [{"reference": "Organization/chr"}],
}
LAB: Json = {"resourceType": "Organization", "id": "lab", "name": "Laboratoire du Val"}


def observation(name: str, *contained: Json, subject: str = "#p") -> Json:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "Poids"},
        "contained": list(contained),
        "subject": {"reference": subject},
    }


async def test_a_chain_finds_by_each_type_of_parameter(world: SearchWorld) -> None:
    for name, value in (
        ("subject.name", "mart"),
        ("patient.name", "Martin"),
        ("subject:Patient.gender", "female"),
        ("subject:Patient.gender:not", "male"),
        ("subject:Patient.active:missing", "true"),
        ("subject:Patient.birthdate", "lt1951"),
        ("subject:Patient.organization.name", "labo"),
        ("subject:Patient.general-practitioner:Organization.name", "chr"),
        ("_filter", 'subject:Patient.name co "art" and subject:Patient.gender ne "male"'),
    ):
        assert await world.locals("Observation", (name, value)) == ["Observation/inside"], name
    for name, value in (
        ("subject.name", "Val"),
        ("performer:Patient.name", "Martin"),
        ("subject:Patient._id", "p"),
        ("subject:Patient.organization.name", "chr"),
    ):
        assert await world.locals("Observation", (name, value)) == [], name
    assert await world.locals("Patient", ("name", "Martin")) == []


async def test_one_of_several_contained_resources_suffices(world: SearchWorld) -> None:
    both = observation("both", PATIENT, PATIENT | {"id": "q", "gender": "male"})
    both["performer"] = [{"reference": "#p"}, {"reference": "#q"}]
    await world.put(both)
    for gender in ("male", "female"):
        found = await world.locals("Observation", ("performer:Patient.gender", gender))
        assert found == ["Observation/both"]
    # Which of them is not male is not indexed.
    assert await world.locals("Observation", ("performer:Patient.gender:not", "male")) == []


async def test_a_change_of_the_contained_resource(world: SearchWorld) -> None:
    await world.put(observation("inside", PATIENT | {"name": [{"family": "Durand"}]}))
    assert await world.locals("Observation", ("subject.name", "Martin")) == []
    assert await world.locals("Observation", ("subject.name", "Durand")) == ["Observation/inside"]
    await world.put(observation("inside", subject="Patient/real"))
    assert await world.locals("Observation", ("subject.name", "Durand")) == []


async def test_a_resource_outside_is_narrowed_also_behind_a_contained_one(
    world: SearchWorld,
) -> None:
    seen = access_of(
        ["system/Observation.rs", "system/Patient.rs"], role="integrator", patient=None
    )
    assert await world.locals("Observation", ("subject.name", "Martin"), access=seen)
    name = "subject:Patient.general-practitioner:Organization.name"
    with pytest.raises(Refusal) as refused:
        await world.locals("Observation", (name, "chr"), access=seen)
    assert refused.value.category == "forbidden"
    # Neither does a chain show the observations of others.
    own = access_of(["patient/*.rs"], role="patient", patient="real")
    assert await world.locals("Observation", ("subject.name", "Martin"), access=own) == []
    assert await world.locals("Observation", ("subject.name", "Petit"), access=own)
