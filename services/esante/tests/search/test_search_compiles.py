"""Every search parameter of every type, with every modifier it takes, comes to SQL that runs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
import pytest_asyncio
from search_world import ALL_TYPES, CONTEXT, NOW, SearchWorld, open_search_world

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.adapters import joins
from esante.search.adapters.statements import page_statement
from esante.search.domain.definitions import SearchParameter, parameters_of
from esante.search.domain.query.criterion_builder import is_searchable
from esante.search.domain.query.model import Scope
from esante.search.domain.query.narrowing import narrow_query
from esante.search.domain.query.query_parser import parse_query

VALUES = {
    "string": {"": "é,b", ":exact": "é", ":contains": "%_\\\\"},
    "token": {
        "": "a,s|b,|c,s|",
        ":not": "a",
        ":text": "x",
        ":of-type": "s|c|v",
        ":in": "http://hl7.org/fhir/ValueSet/administrative-gender",
        ":not-in": "http://hl7.org/fhir/ValueSet/administrative-gender",
        ":below": "http://terminology.hl7.org/CodeSystem/v3-RoleCode|FAMMEMB",
        ":above": "http://terminology.hl7.org/CodeSystem/v3-RoleCode|HUSB",
    },
    "reference": {"": "x,Patient/x,http://a.org/Patient/x", ":identifier": "s|v"},
    "date": {"": "2024,ne2024-01,sa2024-01-01,ap2024-01-01T10:00Z,ge9999,lt0001,le9999"},
    "number": {"": "1,ne1,gt1e-3,sa1,eb1,ap1.50"},
    "quantity": {"": "1,le5|s|c,ap5||c"},
    "special": {"": "47.9|1.9,-89|179|20|km,0|180|5000"},
    "uri": {"": "http://a.org/1", ":below": "http://a.org/", ":above": "http://a.org/1/2"},
}
COMPONENTS = {
    "token": "s|a",
    "reference": "Patient/x",
    "uri": "http://a.org",
    "string": "x",
    "date": "ge2024",
    "number": "gt1",
    "quantity": "gt1||c",
}
SORTED = {"string", "date", "number", "quantity", "uri", "token", "reference"}


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[SearchWorld]:
    async with AsyncExitStack() as stack:
        yield await open_search_world(postgres_url, stack)


def ways(parameter: SearchParameter) -> Iterator[tuple[str, str]]:
    """Each modifier and the sort of a parameter."""
    if parameter.type == "composite":
        value = "$".join(COMPONENTS[each.type] for each in parameter.components)
        yield parameter.code, f"{value},{value}"
    for modifier, value in VALUES.get(parameter.type, {}).items():
        yield parameter.code + modifier, value
    yield f"{parameter.code}:missing", "true"
    if parameter.type in SORTED:
        yield "_sort", f"-{parameter.code}"


async def test_every_parameter(world: SearchWorld) -> None:
    prepared = 0
    async with world.pool.acquire() as connection:
        for name in sorted(RESOURCE_TYPES):
            known = [each for each in parameters_of(name).values() if is_searchable(each)]
            own = [each for each in known if not each.code.startswith("_")]
            pairs = [pair for each in own for pair in ways(each)]
            # Some forty at a time: all of them together would be too much of one query.
            for start in range(0, len(pairs), 40):
                some = pairs[start : start + 40]
                sorts = [value for key, value in some if key == "_sort"][:4]
                some = [pair for pair in some if pair[0] != "_sort"]
                some += [("_sort", ",".join(sorts))] if sorts else []
                query = parse_query(some, Scope(name), context=CONTEXT)
                found = narrow_query(query, ALL_TYPES)
                statement, arguments = page_statement(query, found, None)
                assert await connection.fetch(statement, *arguments) == []
                prepared += 1
    assert prepared > len(RESOURCE_TYPES)


async def test_every_type_at_once(world: SearchWorld) -> None:
    for pairs in (
        [("_tag", "a"), ("_profile:below", "http://a.org"), ("_security:not", "R")],
        [("_tag:text", "x"), ("_lastUpdated", "ne2024"), ("_sort", "_lastUpdated,_id")],
        [("_list", "l1"), ("_has:Provenance:target:agent", "Practitioner/p")],
        [("_include", "*"), ("_revinclude", "*"), ("_total", "accurate")],
    ):
        assert await world.locals(Scope(), *pairs) == []
        assert await world.locals(Scope(None, ("Patient", "p")), *pairs) == []


def test_pages_larger_than_the_default_are_limited_in_bytes() -> None:
    for count, limited in (("20", False), ("21", True), ("50", True), ("1000", True)):
        query = parse_query([("_count", count)], Scope("Patient"), context=CONTEXT)
        statement, _ = page_statement(query, narrow_query(query, ALL_TYPES), None)
        assert ("octet_length(content)" in statement) == limited, count


async def test_far_ends_in_memory_are_bounded(
    world: SearchWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joins, "MAX_REMEMBERED", 2)
    resolver = joins.JoinResolver(few=-1)  # no far end is small
    searched = []
    for name, later, remembered in (("a", 0, 1), ("b", 0, 2), ("c", 0, 2), ("d", 2, 1)):
        now = NOW + timedelta(minutes=later)
        pairs = [("subject:Patient.family", name)]
        query = parse_query(pairs, Scope("Observation"), context=CONTEXT)
        ((_, criterion),) = narrow_query(query, ALL_TYPES)
        async with world.pool.acquire() as connection:
            await resolver.resolve(connection, criterion, now)
        assert resolver.remembered == remembered, name
        assert resolver.needs_no_lookup(criterion, now)
        searched.append(criterion)
    assert not resolver.needs_no_lookup(searched[0], NOW)
