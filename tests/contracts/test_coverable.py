"""`pilotes` and the gateway define the same coverable routes."""

from gateway.routes.domain.route_table import TABLE
from pilotes.record.domain.coverable_routes import COVERABLE

COPY = "services/pilotes/src/pilotes/record/domain/coverable_routes.py"


def test_a_protocol_can_name_exactly_the_coverable_routes() -> None:
    held = tuple(sorted(TABLE.coverable))
    lines = "\n".join(f'    "{pattern}",' for pattern in held)
    assert held == COVERABLE, f"Write in {COPY}:\n\nCOVERABLE: Final = (\n{lines}\n)"


def test_where_people_enrol_and_who_they_are_no_pilot_changes() -> None:
    excluded = ("/participer", "/pilotes", "/auth", "/mobilite/v1/desk", "/docs", "/static")
    assert not [pattern for pattern in TABLE.coverable if pattern.startswith(excluded)]
    assert {"/fhir/{rest...}", "/mobilite/v1/{rest...}", "/"} <= TABLE.coverable
