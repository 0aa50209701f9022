"""The server meets what the guides of the ANS (CI-SIS volets) require: a test for each requirement.

    .venv/bin/python -m pytest services/esante/tests/volets -k "cds and CareTeam"

The requirements are in `requirements.toml`. All tests share a server and the resources of
`examples.json`: each reads these, or changes copies of its own.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld, open_world
from volet_requirements.examples import examples
from volet_requirements.requirement_check import RequirementCheck
from volet_requirements.requirements import Requirement, requirements, server_statements

from socle.testing import http_servers
from socle.testing.databases import Databases

REQUIREMENTS = requirements()
GUIDE = Path(__file__).parents[4] / "docs" / "guides" / "sante.md"
ANS = "https://interop.esante.gouv.fr/ig/fhir"


@pytest.fixture(scope="module")
def database(databases: Databases, migrated_package: str) -> Iterator[str]:
    """URL of the database of these tests."""
    with databases.fresh(migrated_package) as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fhir(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FhirWorld]:
    """A server with the examples."""
    async with AsyncExitStack() as stack:
        serve = await stack.enter_async_context(http_servers())
        world = await open_world(database, serve, tmp_path_factory.mktemp("volets"), stack)
        made = [entry("PUT", f"{of}/{name}", each) for (of, name), each in examples().items()]
        answer = await world.send("POST", "", bundle(*made, bundle_type="batch"))
        refused = [e for e in answer.json["entry"] if e["response"]["status"][:3] != "201"]
        assert not refused, refused
        yield world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def statement(fhir: FhirWorld) -> Any:
    """The CapabilityStatement of the server."""
    return (await fhir.send("GET", "/metadata")).json


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("required", REQUIREMENTS, ids=[each.id for each in REQUIREMENTS])
async def test_a_requirement(fhir: FhirWorld, statement: Any, required: Requirement) -> None:
    await RequirementCheck(fhir, statement, required).run()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_statements_that_are_met_are_named(statement: Any) -> None:
    met = {f"{ANS}/{guide}/CapabilityStatement/{name}" for guide, name in server_statements()}
    assert met == {each for each in statement["instantiates"] if each.startswith(ANS)}


def test_the_guide_states_how_many_there_are() -> None:
    text = GUIDE.read_text("utf-8")
    for guide, number in Counter(each.guide for each in REQUIREMENTS).items():
        stated = re.search(rf"^\| {guide}, .*\| (\d+) \|$", text, re.MULTILINE)
        assert stated is not None, guide
        assert int(stated[1]) == number, guide
