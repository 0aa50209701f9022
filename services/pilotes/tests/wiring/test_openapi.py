"""The OpenAPI document of the service: every address, and what each file address returns."""

from typing import Any

from pilot_lab import COORDINATOR, Lab

from pilotes.wiring.app import make_api
from pilotes.wiring.results import figure_routers
from socle.auth import TOKEN_HEADER
from socle.clock import SystemClock


async def test_the_document_is_made_of_every_capability(pilots: Lab) -> None:
    """The gateway cannot publish any address of pilotes if this fails."""
    headers = {TOKEN_HEADER.decode(): pilots.token(COORDINATOR)}
    async with pilots.client.get(f"{pilots.address}/openapi.json", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        paths = (await answer.json())["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == {
        "pilotes",
        "participants",
        "questionnaires",
        "résultats",
        "avis",
        "décisions",
    }


def test_each_file_is_documented_by_its_media_type() -> None:
    unused: Any = None
    routers = figure_routers(unused, unused, read=unused, public="https://lab.example")
    paths = make_api(routers, clock=SystemClock()).openapi()["paths"]
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
