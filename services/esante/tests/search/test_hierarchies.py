"""`:below` and `:above` on references: hierarchies, and versions of canonicals."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from search_population import BASE, Json
from search_world import SearchWorld, open_search_world, return_to_version

from esante.access.domain.smart_scopes import access_of
from socle.errors import Refusal
from socle.postgres import migrate

FORM = "https://region.example.org/Questionnaire/f"


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    """site > building > (ward, other); an encounter in each, answers to versions of a form."""
    async with AsyncExitStack() as stack:
        found = await open_search_world(postgres_url, stack)
        for name, above in (("ward", "building"), ("other", "building"), ("building", "site")):
            await found.put(location(name, above))
        await found.put(location("site"))
        for name in ("site", "building", "ward", "other"):
            await found.put(encounter(name))
        for version in ("1.0", "1.0.3", "1.10", "2"):
            await found.put(answers(version))
        yield found


def location(name: str, above: str | None = None) -> Json:
    found: Json = {"resourceType": "Location", "id": name, "status": "active"}
    return found | ({"partOf": {"reference": f"Location/{above}"}} if above else {})


def encounter(place: str) -> Json:
    return {
        "resourceType": "Encounter",
        "id": place,
        "status": "planned",
        "class": {"code": "AMB"},
        "location": [{"location": {"reference": f"Location/{place}"}}],
    }


def answers(version: str) -> Json:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": f"v{version}",
        "status": "completed",
        "questionnaire": f"{FORM}|{version}",
    }


async def found(world: SearchWorld, name: str, *pairs: tuple[str, str]) -> list[str]:
    locals_ = await world.locals(name, *pairs, ("_sort", "_id"))
    return [each.partition("/")[2] for each in locals_]


async def test_a_hierarchy(world: SearchWorld) -> None:
    for name, value, expected in (
        ("location:below", "Location/building", "building other ward"),
        ("location:below", "site", "building other site ward"),
        ("location:below", f"{BASE}/Location/ward,Location/other", "other ward"),
        ("location:above", "Location/ward", "building site ward"),
        ("location:above", "site", "site"),
        ("location:below", "unknown", ""),
    ):
        assert await found(world, "Encounter", (name, value)) == expected.split(), (name, value)
    assert await found(world, "Location", ("partof:below", "site")) == ["building", "other", "ward"]
    below = ("_has:Encounter:location:location:below", "building")
    assert await found(world, "Location", below) == ["building", "other", "ward"]
    chain = ("location.partof:below", "building")
    assert await found(world, "Encounter", chain) == ["other", "ward"]


async def test_versions_of_a_canonical(world: SearchWorld, postgres_url: str) -> None:
    async def check() -> None:
        for name, version, expected in (
            ("questionnaire:below", "1", "v1.0 v1.0.3 v1.10"),
            ("questionnaire:below", "1.0", "v1.0 v1.0.3"),
            ("questionnaire:below", "1.1", ""),
            ("questionnaire:above", "1.0.3", "v1.0 v1.0.3"),
        ):
            pair = (name, f"{FORM}|{version}")
            assert await found(world, "QuestionnaireResponse", pair) == expected.split(), pair

    await check()
    # As they were indexed by the version before.
    await world.pool.execute("DELETE FROM uri_value WHERE type = 'QuestionnaireResponse'")
    await return_to_version("0009", world.pool)
    await migrate(postgres_url, "esante")
    await check()


async def test_what_cannot_be_followed_is_refused(world: SearchWorld) -> None:
    await world.put(location("site", "ward"))
    for name, value, sentence in (
        ("location:below", "site", "fait partie d'elle-même"),
        ("location:above", "ward", "fait partie d'elle-même"),
        ("location:below", "Organization/x", "hiérarchie"),
        ("location:below", "https://elsewhere.org/Location/x", "référence"),
        ("subject:below", "Patient/x", "hiérarchie"),
    ):
        with pytest.raises(Refusal, match=sentence):
            await world.locals("Encounter", (name, value))


async def test_what_the_caller_cannot_search_is_not_followed(world: SearchWorld) -> None:
    query = ("location:below", "building")
    some = access_of(
        ["system/Encounter.s", "system/Location.s?_id=ward,site"], role="integrator", patient=None
    )
    assert await world.locals("Encounter", query, ("_sort", "_id"), access=some) == [
        "Encounter/building",
        "Encounter/ward",
    ]
    above = await world.locals("Encounter", ("location:above", "ward"), access=some)
    assert above == ["Encounter/ward"], "site is above building, which is not seen"
    none = access_of(["system/Encounter.s"], role="integrator", patient=None)
    with pytest.raises(Refusal) as refused:
        await world.locals("Encounter", query, access=none)
    assert refused.value.category == "forbidden"
