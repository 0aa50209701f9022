"""The records that a search names replace all those that are open, where that permits the same."""

from datetime import UTC, datetime
from typing import Any

import pytest

from esante.access.domain.open_records import patient_element
from esante.search.domain.query.criteria import AllOf, AnyOf, Criterion, Not, all_of
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.named_records import in_named_records
from esante.search.domain.query.query_parser import in_compartment, read_pairs
from esante.search.domain.query.record_criteria import InRecords, Unattached

CONTEXT = SearchContext("https://region.example.org/fhir", datetime(2026, 3, 2, 8, tzinfo=UTC))
OPEN = InRecords(frozenset(map(patient_element, ("lucie", "marc", "nora"))))


def records_of(resource_type: str, criterion: Criterion) -> Criterion:
    """Those that the permission is on, once the criterion is known."""
    permitted = AnyOf((Unattached(None), AllOf((OPEN, Not(OPEN)))))
    found: Any = in_named_records(resource_type, criterion, permitted)
    assert found == AnyOf((Unattached(None), AllOf((found.of[1].of[0], Not(OPEN)))))
    return found.of[1].of[0]


@pytest.mark.parametrize(
    ("resource_type", "query", "named"),
    [
        ("Observation", "patient=lucie", {"lucie"}),
        ("Observation", "patient=Patient/lucie&code=x", {"lucie"}),
        ("Observation", "subject=Patient/lucie", {"lucie"}),
        ("Observation", "patient=lucie,marc", {"lucie", "marc"}),
        ("Communication", "recipient=Patient/lucie&patient=other", {"lucie"}),
        ("Condition", "subject=Patient/lucie", {"lucie"}),
        ("Patient", "_id=lucie", {"lucie"}),
        # In which records the matches are is not known, or these are not open.
        ("Observation", "patient=other", None),
        ("Observation", "patient=lucie,other", None),
        ("Observation", "subject=Device/lucie", None),
        ("Observation", "focus=Patient/lucie", None),
        ("Observation", "patient:missing=true", None),
        ("Observation", "patient.active=true", None),
        ("Observation", "_id=lucie", None),
        ("Observation", "code=x", None),
        ("Task", "patient=lucie", None),
    ],
)
def test_the_records_of_a_query(resource_type: str, query: str, named: set[str] | None) -> None:
    pairs = read_pairs(query.encode())
    criterion = all_of([parse_criterion(resource_type, *each, context=CONTEXT) for each in pairs])
    expected = OPEN if named is None else InRecords(frozenset(map(patient_element, named)))
    assert records_of(resource_type, criterion) == expected


def test_the_record_of_a_compartment() -> None:
    lucie = InRecords(frozenset({patient_element("lucie")}))
    assert records_of("Task", in_compartment("Task", "Patient", "lucie")) == lucie
    assert records_of("Task", in_compartment("Task", "Encounter", "lucie")) == OPEN
