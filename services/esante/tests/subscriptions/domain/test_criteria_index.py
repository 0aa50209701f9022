"""The index of criteria finds exactly what each criterion in turn would."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from esante.access.domain.smart_scopes import cached_access
from esante.core.domain.permissions import Author
from esante.search.domain.indexing import index
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.matcher import IndexedResource, matches
from esante.store.domain.index_rows import keys_alone
from esante.subscriptions.domain.criteria_index import CriteriaIndex
from esante.subscriptions.domain.subscription import Matchable
from esante.subscriptions.domain.subscription_criteria import parse_criteria
from socle.testing import sized

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CONTEXT = SearchContext("https://region.example.org/fhir", NOW)
AUTHORS = [
    Author("p", "integrator", frozenset({"system/*.cruds"}), None),
    Author("q", "patient", frozenset({"patient/*.rs"}), "1"),
    Author("r", "integrator", frozenset({"system/Observation.rs?status=final"}), None),
]
PARAMETERS = [
    "patient=1", "patient=2,3", "code=a", "code=b,c", "code:not=a", "status=final", "_id=x,y",
    "date=ge2026-01-01", "value-quantity=gt5", "status=final,amended", "patient:missing=true",
]  # fmt: skip
QUERIES = st.lists(st.sampled_from(PARAMETERS), max_size=3).map("&".join)
SUBSCRIPTIONS = st.lists(
    st.tuples(st.sampled_from("abcdef"), QUERIES, st.sampled_from(AUTHORS)), max_size=30
)


@st.composite
def observations(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "resourceType": "Observation",
        "id": draw(st.sampled_from("wxyz")),
        "status": draw(st.sampled_from(["final", "preliminary", "amended"])),
        "code": {"coding": [{"code": draw(st.sampled_from("abcd"))}]},
        "effectiveDateTime": draw(st.sampled_from(["2025-12-31", "2026-02-01"])),
    }
    if draw(st.booleans()):
        patient = draw(st.integers(1, 4))
        found["subject"] = {"reference": f"Patient/{patient}"}
    return found


@settings(max_examples=sized(60, deep=2_000))
@given(SUBSCRIPTIONS, observations(), st.sets(st.sampled_from("abcdef")))
def test_it_finds_what_each_criterion_would(
    subscriptions: list[tuple[str, str, Author]],
    observation: dict[str, Any],
    removed: set[str],
) -> None:
    found, expected = CriteriaIndex(), {}
    resource = IndexedResource("Observation", observation["id"], NOW, index(observation))
    for revision, (name, query, author) in enumerate(subscriptions, 1):
        matchable = Matchable(name, revision, f"Observation?{query}", author)
        _, criterion = parse_criteria(
            matchable.criteria, access=cached_access(author), context=CONTEXT
        )
        found.put(matchable, "Observation", criterion)
        expected[name] = (revision, criterion)
    for name in removed:
        found.remove(name)
        expected.pop(name, None)
    assert found.find_matches(resource) == {
        name: revision
        for name, (revision, criterion) in expected.items()
        if matches(criterion, resource)
    }
    keys = keys_alone(resource.indexed.tokens, resource.indexed.refs)
    by_keys = found.find_by_keys(IndexedResource("Observation", observation["id"], NOW, keys))
    assert by_keys in (None, found.find_matches(resource))
    if not any("date" in query or "quantity" in query for _, query, _ in subscriptions):
        assert by_keys is not None
    assert len(found) == len(expected)
    assert found.has_type("Observation") == bool(expected)
