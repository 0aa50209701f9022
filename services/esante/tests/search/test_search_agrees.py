"""Generated searches return the same resources, order and total as a search by brute force.

REGIONLAB_SEARCHES: number of queries; REGIONLAB_SEARCH_SEED: their seed.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random

import pytest
import pytest_asyncio
from search_filters import as_filter
from search_judge import Judge, is_of
from search_population import BASE, Population
from search_queries import Pairs, QueryGenerator
from search_reference import Stored
from search_tables import PARAMETERS
from search_world import ALL, NOW, SearchWorld, open_search_world

from esante.access.domain.access_filter import access_filter
from esante.access.domain.smart_scopes import access_of
from esante.search.adapters.search_store import PostgresSearches
from esante.search.domain.indexing import index
from esante.search.domain.query.criteria import joins_of
from esante.search.domain.query.matcher import IndexedResource, matches
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.uploaded_definition import uploaded_definition
from esante.search.domain.uploaded_parameters import UploadedParameters, install_uploaded
from esante.store.domain.index_rows import IndexEntries
from socle.testing import sized

QUERIES = int(os.environ.get("REGIONLAB_SEARCHES", sized(300, deep=5_000)))
SEED = int(os.environ.get("REGIONLAB_SEARCH_SEED", "7"))
SIZE = 400


# code → (type, paths of the reference implementation, expression), of patients
UPLOADED = {
    "street": ("string", "address.line", "Patient.address.line"),
    "managed-by": ("reference", "managingOrganization", "Patient.managingOrganization"),
    "deceased-known": ("token", "deceasedBoolean", "(Patient.deceased as boolean)"),
}


@pytest.fixture
def _uploaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Uploaded search parameters, which the queries use as those of R4."""
    found = {}
    for code, (parameter_type, paths, expression) in UPLOADED.items():
        definition = {
            "code": code,
            "base": ["Patient"],
            "type": parameter_type,
            "expression": expression,
        }
        (found[code],) = uploaded_definition(definition | {"target": ["Organization"]})
        targets = "Organization" if parameter_type == "reference" else ""
        monkeypatch.setitem(PARAMETERS["Patient"], code, (parameter_type, paths, targets))
    install_uploaded(UploadedParameters({"Patient": found}))
    yield
    install_uploaded(UploadedParameters())


@pytest_asyncio.fixture
async def populated(
    _uploaded: None, postgres_url: str
) -> AsyncIterator[tuple[SearchWorld, Population]]:
    """A population some of which has changed since, and some is no more."""
    async with AsyncExitStack() as stack:
        world = await open_search_world(postgres_url, stack)
        population, random = Population(SEED, SIZE), Random(SEED)
        for each in population.resources:
            await world.put(each)
        for each in random.sample(population.resources, SIZE // 8):
            await world.put(each, at=timedelta(seconds=random.choice([1, 2, 3])))
        for each in random.sample(population.resources, SIZE // 20):
            await world.delete(f"{each['resourceType']}/{each['id']}")
        await world.pool.execute("ANALYZE")
        yield world, population


@pytest.mark.deep
async def test_generated_queries(populated: tuple[SearchWorld, Population]) -> None:
    world, population = populated
    stored = await world.stored()
    known = {each.local: index(each.resource, base=BASE) for each in stored}
    generator, random = QueryGenerator(population, SEED), Random(SEED)
    patients = [each["id"] for each in population.of("Patient")]
    found_some, filters, wrong = 0, 0, []
    # Chains to few and to many resources use different statements.
    ways = [world.searches, PostgresSearches(world.pool, access_filter, seconds=60.0, few=2)]
    for _ in range(QUERIES):
        world.searches = random.choice(ways)
        name, pairs = generator.query()
        # Who sees one patient's record finds what there is in a world of nothing else.
        patient = random.choice(patients) if random.random() < 0.3 else None
        access = (
            ALL if patient is None else access_of(["patient/*.rs"], role="patient", patient=patient)
        )
        seen = [each for each in stored if patient is None or is_of(each, patient)]
        expected_locals = expected(Judge(seen, NOW), name, pairs)
        count = ("_count", str(random.choice([3, 20, 100])))
        found = await world.locals(name, *pairs, count, access=access)
        query, _ = await world.search(Scope(name), pairs)
        if patient is None and not any(True for _, c in query.criteria for _ in joins_of(c)):
            alone = found_one_by_one(query, [each for each in stored if each.type == name], known)
            wrong += (
                []
                if alone == set(expected_locals)
                else [(name, pairs, alone ^ set(expected_locals))]
            )
        filtered, one_of_them = in_filter(name, pairs)
        for text, locals_ in (
            (filtered, expected_locals),
            (one_of_them, expected(Judge(seen, NOW), name, pairs, combined=any)),
        ):
            if text is not None:
                sort = [pair for pair in pairs if pair[0] == "_sort"]
                same = await world.locals(name, ("_filter", text), *sort, count, access=access)
                wrong += [] if same == locals_ else [(patient, name, text, same, locals_)]
                filters += 1
        counted = [*pairs, ("_total", "accurate"), ("_count", "1")]
        _, page = await world.search(Scope(name), counted, access=access)
        if (found, page.total) != (expected_locals, len(expected_locals)):
            wrong.append((patient, name, pairs, page.total, found[:5], expected_locals[:5]))
        found_some += bool(expected_locals)
    assert not wrong, f"{len(wrong)} of {QUERIES}: {wrong[:5]}"
    assert found_some > QUERIES / 3
    assert filters > QUERIES / 3


def found_one_by_one(
    query: Query, stored: list[Stored], known: Mapping[str, IndexEntries]
) -> set[str]:
    """What the in-memory matcher finds, one resource at a time."""
    ((_, criterion),) = query.criteria
    resources = (
        (e.local, IndexedResource(e.type, e.resource["id"], e.updated, known[e.local]))
        for e in stored
    )
    return {local for local, each in resources if matches(criterion, each)}


def in_filter(name: str, pairs: Pairs) -> tuple[str | None, str | None]:
    """The parameters as one `_filter`: all of them, and any of them; None if one has none."""
    conditions = [as_filter(name, *pair) for pair in pairs if pair[0] != "_sort"]
    if None in conditions:
        return None, None
    listed = [each for each in conditions if each is not None]
    return " and ".join(listed), " or ".join(listed)


def expected(
    judge: Judge, name: str, pairs: Pairs, *, combined: Callable[[Iterable[bool]], bool] = all
) -> list[str]:
    """What reading everything finds, in order. `combined`: all of the conditions, or any."""
    conditions = [pair for pair in pairs if pair[0] != "_sort"]
    sort = next((value for key, value in pairs if key == "_sort"), "")
    met = [
        each
        for each in judge.stored
        if each.type == name and combined(judge.meets(each, *pair) for pair in conditions)
    ]
    return [each.local for each in judge.ordered(met, sort)]
