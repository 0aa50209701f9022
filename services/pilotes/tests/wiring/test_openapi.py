"""The OpenAPI document of the service names what each file address returns."""

from typing import Any

from pilotes.wiring.app import make_api
from pilotes.wiring.pages import make_pages
from pilotes.wiring.results import figure_routers
from socle.clock import SystemClock


def test_each_file_is_documented_by_its_media_type() -> None:
    unused: Any = None
    pages = make_pages()
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
