"""The OpenAPI document of the service: every address, who is refused, what each file address
returns."""

from collections.abc import Iterable
from typing import Any, Final

from pilot_lab import ANONYMOUS, COORDINATOR, Lab

from pilotes.wiring.app import make_api
from pilotes.wiring.pages import make_pages
from pilotes.wiring.results import figure_routers
from socle.auth import TOKEN_HEADER
from socle.clock import SystemClock

PARAMETERS: Final = {"pilot_id": "alertes", "survey_id": "sortie", "code": "ABCD-EFGH"}
PREFIX: Final = "/pilotes/v1"


async def operations(pilots: Lab) -> dict[tuple[str, str], dict[str, Any]]:
    """The documented operations, by method and path below the prefix."""
    headers = {TOKEN_HEADER.decode(): pilots.token(COORDINATOR)}
    async with pilots.client.get(f"{pilots.address}/openapi.json", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        paths = (await answer.json())["paths"]
    return {
        (method.upper(), path.removeprefix(PREFIX)): operation
        for path, item in paths.items()
        for method, operation in item.items()
    }


async def test_the_document_is_made_of_every_capability(pilots: Lab) -> None:
    """The gateway cannot publish any address of pilotes if this fails."""
    documented = (await operations(pilots)).values()
    assert {tag for operation in documented for tag in operation["tags"]} == {
        "pilots",
        "participants",
        "surveys",
        "results",
        "contributions",
        "decisions",
    }


async def test_an_operation_is_locked_where_anonymous_callers_are_refused(pilots: Lab) -> None:
    await pilots.reach_stage("evaluation")
    documented = await operations(pilots)
    locked, sometimes = set(), set()
    for key, operation in documented.items():
        if security := operation.get("security"):
            (locked if all(security) else sometimes).add(key)
    assert await refused_to_anonymous(pilots, documented) == {
        each for each in locked if each[0] == "GET"
    }
    # Participants need no account: their device stores a code.
    assert {key for key in documented.keys() - locked if key[0] != "GET"} == {
        ("POST", "/contributions"),
        ("POST", "/participations"),
        ("POST", "/participations/{pilot_id}/renewal"),
        ("POST", "/participations/{pilot_id}/restriction"),
        ("POST", "/participations/receipts"),
        ("POST", "/participations/signatures"),
        ("POST", "/participations/signatures/offer"),
        ("POST", "/participations/signatures/withdrawal"),
        ("DELETE", "/participations/{pilot_id}"),
        ("DELETE", "/personal-data"),
        ("POST", "/pilots/{pilot_id}/reports"),
        ("POST", "/pilots/{pilot_id}/surveys/{survey_id}/answers"),
    }
    assert sometimes


async def test_results_are_documented_as_open_to_all_after_the_trial_only(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    documented = await operations(pilots)
    marked = {
        key
        for key, operation in documented.items()
        if key[0] == "GET" and operation.get("security")
    }
    assert await refused_to_anonymous(pilots, documented) == marked


async def refused_to_anonymous(
    pilots: Lab, documented: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """The documented reads that an anonymous caller must log in for."""
    found = set()
    for method, path in documented:
        if method == "GET":
            answer = await pilots.request("GET", path.format(**PARAMETERS), who=ANONYMOUS)
            if answer.status == 401:
                found.add((method, path))
    return found


def test_each_file_is_documented_by_its_media_type() -> None:
    unused: Any = None
    pages = make_pages("https://lab.example")
    routers = figure_routers(unused, unused, pages, read=unused, public="https://lab.example")
    paths = make_api(routers, (), pages, clock=SystemClock()).openapi()["paths"]
    returned = {
        path.rpartition(".")[2]: list(operations["get"]["responses"]["200"]["content"])
        for path, operations in paths.items()
        if path.endswith((".csv", ".parquet", ".pdf"))
    }
    assert returned == {
        "csv": ["text/csv"],
        "parquet": ["application/vnd.apache.parquet"],
        "pdf": ["application/pdf"],
    }
