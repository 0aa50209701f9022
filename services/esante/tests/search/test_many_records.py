"""How a search finds the resources of many open records."""

from datetime import UTC, datetime

import pytest

from esante.core.domain.permissions import RevisionCheck
from esante.search.adapters.criteria_sql import criterion_sql
from esante.search.adapters.statement_builder import Statement
from esante.search.adapters.statements import count_statement, page_statement
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.model import Scope
from esante.search.domain.query.query_parser import parse_query
from esante.search.domain.query.record_criteria import InRecords, StoredOpenings

NOW = datetime(2026, 11, 28, tzinfo=UTC)
CHECK = RevisionCheck(("a", "b", "c", ""), 1)
OPENINGS = StoredOpenings(("Practitioner/camille",), NOW, frozenset({7}))


def records(count: int, openings: StoredOpenings | None = OPENINGS) -> InRecords:
    return InRecords(frozenset(range(count)), openings)


@pytest.mark.parametrize(
    ("criterion", "check", "sort", "looks_up"),
    [
        (records(1001), CHECK, "", True),
        (records(1000), CHECK, "", False),
        # Openings that have changed since could open what a consent closes.
        (records(1001), None, "", False),
        (records(1001, None), CHECK, "", False),
        # To sort, all matches are read.
        (records(1001), CHECK, "date", False),
    ],
)
def test_a_checked_page_looks_up_openings_instead_of_a_thousand_records(
    criterion: InRecords, check: RevisionCheck | None, sort: str, looks_up: bool
) -> None:
    context = SearchContext("https://r/fhir", NOW)
    pairs = [("_sort", sort)] if sort else []
    query = parse_query(pairs, Scope("Observation"), context=context)
    found = ((("Observation",), criterion),)
    sql, arguments = page_statement(query, found, None, check)
    assert ("record_opening" in sql) == looks_up
    assert ((7,) in arguments) == looks_up
    assert "record_opening" not in count_statement(found)[0]


def test_the_text_of_many_records_is_short() -> None:
    assert len(repr(records(3000))) < 50
    assert repr(records(3000)) == repr(records(3000, None))
    assert repr(records(3000)) != repr(records(2999))


@pytest.mark.parametrize(
    ("count", "is_checked", "is_short", "of_one"),
    [
        (65, True, True, "(r1.self # $2::bigint) = ANY(bigint_array($1::text))"),
        # Only while the stored openings are those that were loaded.
        (1001, False, False, "(r1.self # $2::bigint) = ANY(bigint_array($1::text))"),
        (1001, True, False, "EXISTS (SELECT FROM record_opening o WHERE o.element = (r1.self # $1"),
        (1001, True, True, None),
        (64, True, False, None),
    ],
)
def test_a_patient_in_one_record_is_looked_up_by_their_own_key(
    count: int, is_checked: bool, is_short: bool, of_one: str | None
) -> None:
    statements = [Statement(is_checked=is_checked, is_short=is_short) for _ in range(2)]
    patients, observations = (
        criterion_sql(records(count), each.row((of,)), each)
        for each, of in zip(statements, ("Patient", "Observation"), strict=True)
    )
    start = "CASE WHEN cardinality(r1.patient) = 1 THEN "
    assert patients.startswith(f"{start}{of_one}") or of_one is None
    assert (start in patients) == (of_one is not None)
    assert start not in observations
