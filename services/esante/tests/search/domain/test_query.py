"""Query strings, read: what they come to, and what is refused in them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esante.search.domain.query.criteria import (
    AllOf,
    Amounts,
    Chain,
    Dates,
    Has,
    Ids,
    Not,
    References,
    Strings,
    Tokens,
    joins_of,
)
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.merging import merge
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.query_parser import parse_query, read_pairs
from esante.search.domain.query.value_parser import read_amount, read_date, split_escaped, unescape
from esante.store.domain.index_keys import parameter_key, self_key, token_element
from socle.errors import Refusal

CONTEXT = SearchContext("https://region.example.org/fhir", datetime(2026, 3, 2, 8, tzinfo=UTC))


def query_of(resource_type: str, query: str, **options: Any) -> Query:
    return parse_query(read_pairs(query.encode()), Scope(resource_type), context=CONTEXT, **options)


def one(resource_type: str, name: str, value: str) -> Any:
    return parse_criterion(resource_type, name, value, context=CONTEXT)


@given(st.lists(st.text("a\\,$|b", max_size=4), min_size=1, max_size=4))
def test_what_is_escaped_is_not_cut(texts: list[str]) -> None:
    written = [t.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|") for t in texts]
    assert [unescape(each) for each in split_escaped(",".join(written), ",")] == [
        unescape(each) for each in written
    ]
    assert len(split_escaped(",".join(written), ",")) == len(texts)


def test_escapes_are_undone() -> None:
    assert one("Patient", "name", r"Anne\,Lise,Zo\\é") == Strings(
        "name", "starts", ("anne,lise", "zo\\e")
    )
    element = token_element(parameter_key("Patient", "identifier"), "urn:a|b", "c,d")
    assert one("Patient", "identifier", r"urn:a\|b|c\,d") == Tokens((element,))


def test_dates_mean_ranges() -> None:
    (test,) = one("Patient", "birthdate", "ge2024-02").tests
    assert (test.prefix, test.low, test.high) == (
        "ge",
        datetime(2024, 2, 1, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
    )
    with_plus = read_date("2024-02-01T10:00:00 02:00", now=CONTEXT.now)
    assert with_plus.low == datetime(2024, 2, 1, 8, tzinfo=UTC)
    assert read_date("9999", now=CONTEXT.now).high is None
    about = read_date("ap2026-02-20", now=CONTEXT.now)
    assert about.low is not None
    assert about.low < datetime(2026, 2, 20, tzinfo=UTC)
    assert one("Observation", "value-date", "2024").main is False
    assert one("Observation", "date", "2024").main is True


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("100", "99.5", "100.5"), ("100.00", "99.995", "100.005"), ("ap50", "45", "55")],
)
def test_numbers_mean_their_precision(text: str, low: str, high: str) -> None:
    test = read_amount(text)
    assert (test.low, test.high) == (Decimal(low), Decimal(high))


def test_a_quantity_without_a_unit_is_a_number() -> None:
    for number in ("5.4", "gt10", "ap3e1"):
        plain = one("Observation", "value-quantity", number)
        assert one("Observation", "value-quantity", f"{number}||") == plain
    for wrong in ("gt10|", "gt10|s|", "||", "gt10|||", "gt１", "１"):
        with pytest.raises(Refusal):
            one("Observation", "value-quantity", wrong)


def test_references_in_every_form() -> None:
    key = parameter_key("Observation", "patient")
    same = References((key ^ self_key("Patient", "p1"),))
    for text in ("p1", "Patient/p1", "https://region.example.org/fhir/Patient/p1"):
        assert one("Observation", "patient", text) == same
    assert isinstance(one("Observation", "patient", "https://a.org/fhir/Patient/p1"), Tokens)
    assert one("Observation", "subject:Patient", "p1") == References(
        (parameter_key("Observation", "subject") ^ self_key("Patient", "p1"),)
    )
    assert len(one("Observation", "subject", "p1").elements) == 4


def test_chains_and_has_unfold() -> None:
    chain = one("Observation", "subject:Patient.organization.name:exact", "CHU")
    assert isinstance(chain, Chain)
    ((target, inner),) = chain.targets
    assert (target, [t for t, _ in inner.targets]) == ("Patient", ["Organization"])
    assert inner.targets[0][1] == Strings("name", "exact", ("CHU",))
    untyped = one("Observation", "subject.name", "x")
    assert [each for each, _ in untyped.targets] == ["Location", "Patient"]
    has = one("Patient", "_has:Observation:patient:_has:Provenance:target:recorded", "2024")
    assert isinstance(has, Has)
    assert isinstance(has.criterion, Has)
    assert len(list(joins_of(AllOf((chain, has))))) == 4


def test_all_and_any() -> None:
    query = query_of("Patient", "gender=male,female&active=true&_id=a,b&name=")
    ((_, criterion),) = query.criteria
    assert isinstance(criterion, AllOf)
    assert [type(each) for each in criterion.of] == [Tokens, Tokens, Ids]
    assert len(criterion.of[0].elements) == 2  # type: ignore[union-attr]
    assert isinstance(one("Patient", "gender:not", "male"), Not)


def test_types_share_what_they_can() -> None:
    def of(name: str, parameter: str, value: str) -> Any:
        return parse_criterion(name, parameter, value, context=CONTEXT)

    tags = merge(of("Patient", "_tag", "a"), of("Encounter", "_tag", "a"))
    assert isinstance(tags, Tokens)
    assert len(tags.elements) == 2
    assert merge(of("Patient", "_id", "a"), of("Encounter", "_id", "a")) == Ids(("a",))
    assert merge(of("Patient", "name", "a"), of("Encounter", "status", "a")) is None
    assert merge(of("Observation", "date", "2024"), of("Provenance", "recorded", "2024")) is None


def test_composites() -> None:
    component = one("Observation", "component-code-value-quantity", "8480-6$gt5||mmHg")
    assert isinstance(component, AllOf)
    single = one("Observation", "code-value-quantity", "8480-6$gt5")
    assert [type(each) for each in single.of] == [Tokens, Amounts]
    both = one("Observation", "code-value-date", "8480-6$ge2024")
    assert [type(each) for each in both.of] == [Tokens, Dates]
    with pytest.raises(Refusal, match=r"code\$value-quantity"):
        one("Observation", "code-value-quantity", "8480-6")


def test_the_criteria_make_the_digest() -> None:
    first = query_of("Patient", "name=a&_count=5")
    assert first.digest == query_of("Patient", "name=a&_count=7&_total=accurate").digest
    assert first.digest != query_of("Patient", "name=b&_count=5").digest
    assert first.digest != query_of("Person", "name=a&_count=5").digest
    assert query_of("Patient", "_count=5000").applied == (("_count", "1000"),)


def test_lenient_applies_what_is_understood() -> None:
    query = query_of("Patient", "nom=x&name:soundex=y&gender=male", lenient=True)
    assert query.applied == (("gender", "male"),)
    assert len(query.ignored) == 2
    with pytest.raises(Refusal) as refused:
        query_of("Patient", "nom=x")
    assert refused.value.details["parameter"] == "nom"
    assert "« nom »" in refused.value.message


NAMES = st.one_of(
    st.text(max_size=20),
    st.lists(
        st.sampled_from(
            ["_has", "Observation", "patient", "name", ":", ":", ".", "exact", "_id", "code", "*"]
        ),
        max_size=9,
    ).map("".join),
    st.sampled_from(["_sort", "_count", "_include", "_type", "_list", "_lastUpdated", "_cursor"]),
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text("gtapne0123456789-:TZ.,|$\\+e", max_size=24),
    st.sampled_from(["Patient:organization", "-name,birthdate", "9" * 500, "1e99", "0000-00"]),
)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=4), st.booleans())
def test_nonsense_is_refused_and_nothing_else(pairs: list[tuple[str, str]], lenient: bool) -> None:
    for scope in (Scope("Patient"), Scope("Observation", ("Patient", "p"))):
        try:
            query = parse_query(pairs, scope, context=CONTEXT, lenient=lenient)
        except Refusal:
            continue
        assert 0 <= query.count <= 1000


def test_null_characters_are_refused() -> None:
    with pytest.raises(Refusal, match="nul"):
        parse_query([("name", "a\0")], Scope("Patient"), context=CONTEXT, lenient=True)


@pytest.mark.parametrize(
    ("scope", "value", "why"),
    [
        (Scope("Patient"), "Observation", "l'adresse ne recherche que des ressources Patient"),
        (Scope("Patient"), "Patient,Observation", "que des ressources Patient"),
        (Scope(None, ("Patient", "x")), "Practitioner,Encounter", "Practitioner n'est pas du"),
        (Scope(), "Personne", "« Personne » n'est pas un type"),
    ],
)
def test_a_wrong_type_is_named(scope: Scope, value: str, why: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_query([("_type", value)], scope, context=CONTEXT)
    assert why in refusal.value.message
    assert "« _type »" in refusal.value.message
    assert refusal.value.details["parameter"] == "_type"


def test_the_type_of_the_address_can_be_repeated() -> None:
    query = parse_query([("_type", "Patient")], Scope("Patient"), context=CONTEXT)
    assert [each for each, _ in query.criteria] == ["Patient"]
