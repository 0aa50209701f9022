"""`_text` and `_content`: words in French, with and without accents; who finds them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from search_world import CONTEXT, SearchWorld, open_search_world

from esante.access.domain.access_filter import grant_criterion
from esante.access.domain.smart_scopes import access_of
from esante.core.domain.permissions import Grant
from esante.search.domain.query.model import Scope

NARRATIVES = {
    "n1": "<p>Les chutes de Marie inquiètent ses <b>aidantes</b>.</p>",
    "n2": "<p>Éruption cutanée, traitée à l'hôpital.</p>",
    "n3": "<p>Pas de chute cette semaine ; repas complets.</p>",
}


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        world = await open_search_world(postgres_url, stack)
        for number, (own, div) in enumerate(NARRATIVES.items()):
            text = {"status": "generated", "div": f'<div xmlns="urn:x">{div}</div>'}
            concept = {"coding": [{"display": "Note infirmière"}]}
            subject = {"reference": f"Patient/p{number}"}
            await world.put(
                {"resourceType": "Observation", "id": own, "text": text, "code": concept}
                | {"subject": subject, "status": "final"}
            )
        yield world


async def test_words(world: SearchWorld) -> None:
    for name, value, expected in (
        ("_text", "chute", "n1 n3"),
        ("_text", "chutes marie", "n1"),
        ("_text", "ERUPTION", "n2"),
        ("_text", "éruptions", "n2"),
        ("_text", "hopital", "n2"),
        ("_text", "aidante", "n1"),
        ("_text", '"cette semaine"', "n3"),
        ("_text", '"semaine cette"', ""),
        ("_text", "chute -marie", "n3"),
        ("_text", "marie or hôpital", "n1 n2"),
        ("_text", "marie,hôpital", "n1 n2"),
        ("_text", "div xmlns", ""),
        ("_text", "infirmière", ""),
        ("_content", "infirmiere", "n1 n2 n3"),
        ("_content", "infirmière chute", "n1 n3"),
        ("_content", "status", ""),
        ("_content", "final", "n1 n2 n3"),
        ("_content", "' & | ! ( <->", ""),
    ):
        found = await world.locals("Observation", (name, value), ("_sort", "_id"))
        assert " ".join(each.partition("/")[2] for each in found) == expected, (name, value)
        everywhere = await world.locals(Scope(), (name, value), ("_sort", "_id"))
        assert everywhere == found


async def test_who_finds_them(world: SearchWorld) -> None:
    own = access_of(["patient/*.rs"], role="patient", patient="p0")
    assert await world.locals("Observation", ("_content", "infirmière"), access=own) == [
        "Observation/n1"
    ]
    # A grant with a query that only the database evaluates gives nothing.
    for query in ("_text=chute", "_filter=_id eq x", "_content=x"):
        criterion = grant_criterion("Observation", Grant(query=query), CONTEXT)
        assert (criterion is None) == ("_filter" not in query)
