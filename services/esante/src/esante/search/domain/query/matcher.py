"""In-memory equivalent of the SQL search, for one resource.

Authorization uses it to check the query of a grant against a resource. Comparisons are those of
https://hl7.org/fhir/R4/search.html#prefix; ranges are [low, high), None is an open end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from esante.search.domain.near import LATITUDE, LONGITUDE, Near
from esante.search.domain.query.criteria import (
    AllOf,
    Amounts,
    AmountTest,
    AnyOf,
    Chain,
    CompositeMatch,
    Criterion,
    Dates,
    DateTest,
    FullText,
    Has,
    Ids,
    InHierarchy,
    LastUpdated,
    MainCode,
    Not,
    References,
    SelfReference,
    Strings,
    Tokens,
    UrisBelow,
)
from esante.search.domain.query.record_criteria import AuthoredBy, InRecords, Unattached
from esante.search.domain.ranges import Instants
from esante.store.domain.index_keys import self_key
from esante.store.domain.index_rows import IndexEntries, QuantityRow

_COMPARISONS: Final[Mapping[str, Callable[[Decimal, Decimal], bool]]] = {
    "gt": Decimal.__gt__,
    "sa": Decimal.__gt__,
    "lt": Decimal.__lt__,
    "eb": Decimal.__lt__,
    "ge": Decimal.__ge__,
    "le": Decimal.__le__,
}


@dataclass(frozen=True, slots=True)
class IndexedResource:
    """A version of a resource with its index entries."""

    type: str
    id: str
    updated: datetime
    indexed: IndexEntries
    author: int | None = None
    """The `author_key` of its author, if it is known."""


def matches(criterion: Criterion, resource: IndexedResource) -> bool:
    """Whether a search with that criterion finds the resource.

    What only the database can evaluate never matches: the caller must refuse criteria with such a
    part (`needs_database`), whose negation would match.
    """
    indexed = resource.indexed
    match criterion:
        case AllOf(of):
            return all(matches(each, resource) for each in of)
        case AnyOf(of):
            return any(matches(each, resource) for each in of)
        case Not(of):
            return not matches(of, resource)
        case Tokens() | MainCode():
            return not indexed.tokens.isdisjoint(criterion.elements)
        case References() | InRecords():
            return not indexed.refs.isdisjoint(criterion.elements)
        case AuthoredBy() | Unattached():
            return _author_matches(criterion, resource)
        case SelfReference(keys):
            return self_key(resource.type, resource.id) in keys
        case Ids(ids):
            return resource.id in ids
        case LastUpdated(tests):
            return any(_instant_meets(each, resource.updated) for each in tests)
        case Strings() | UrisBelow():
            return _text_matches(criterion, indexed)
        case Near(circles):
            position = _position(indexed)
            return position is not None and any(each.contains(*position) for each in circles)
        case Dates(main=True, tests=tests):
            main = indexed.date
            return main is not None and any(_date_meets(each, main) for each in tests)
        case Dates() | Amounts():
            return bool(_pairs(criterion, indexed))
        case CompositeMatch(element, rows):
            pairs = set[int].intersection(*(_pairs(each, indexed) for each in rows))
            return any(element ^ pair in indexed.tokens for pair in pairs)
    return False


def needs_database(criterion: Criterion) -> bool:
    """Whether a criterion cannot be evaluated on one resource: a join, or a search of words."""
    match criterion:
        case AllOf(of) | AnyOf(of):
            return any(map(needs_database, of))
        case Not(inner):
            return needs_database(inner)
        case _:
            return isinstance(criterion, Chain | Has | InHierarchy | FullText)


def needs_keys_alone(criterion: Criterion) -> bool:
    """Whether a criterion is evaluated on `tokens` and `refs`, the id and the instant alone."""
    match criterion:
        case AllOf(of) | AnyOf(of):
            return all(map(needs_keys_alone, of))
        case Not(inner):
            return needs_keys_alone(inner)
        case _:
            return isinstance(
                criterion, Tokens | MainCode | References | SelfReference | Ids | LastUpdated
            )


def _author_matches(criterion: AuthoredBy | Unattached, resource: IndexedResource) -> bool:
    if isinstance(criterion, AuthoredBy):
        return resource.author == criterion.author
    return not resource.indexed.patients and criterion.author in (None, resource.author)


def _text_matches(criterion: Strings | UrisBelow, indexed: IndexEntries) -> bool:
    if isinstance(criterion, UrisBelow):
        end = criterion.separator
        under = tuple(each.rstrip(end) + end for each in criterion.uris)
        found = (each.value for each in indexed.uris if each.parameter == criterion.parameter)
        return any(each in criterion.uris or each.startswith(under) for each in found)
    rows = [each for each in indexed.strings if each.parameter == criterion.parameter]
    match criterion.how:
        case "exact":
            return any(each.exact in criterion.texts for each in rows)
        case "starts":
            return any(each.folded.startswith(criterion.texts) for each in rows)
        case "contains":
            return any(text in each.folded for each in rows for text in criterion.texts)
        case "equals":
            return any(each.folded in criterion.texts for each in rows)
        case "differs":
            return any(each.folded not in criterion.texts for each in rows)
        case "ends":
            return any(each.folded.endswith(criterion.texts) for each in rows)


def _position(indexed: IndexEntries) -> tuple[float, float] | None:
    """Latitude and longitude of a Location; None without."""
    rows = {each.parameter: each.value for each in indexed.quantities}
    latitude, longitude = rows.get(LATITUDE), rows.get(LONGITUDE)
    if latitude is None or longitude is None:
        return None
    return float(latitude), float(longitude)


def _pairs(criterion: Dates | Amounts, indexed: IndexEntries) -> set[int]:
    """The `pair` of each row that meets one of the tests."""
    if isinstance(criterion, Dates):
        dates = [each for each in indexed.dates if each.parameter == criterion.parameter]
        return {
            each.pair
            for each in dates
            if any(_date_meets(test, (each.low, each.high)) for test in criterion.tests)
        }
    tests = dict(criterion.tests_by_parameter)
    return {
        each.pair
        for each in indexed.quantities
        if any(_amount_meets(test, each) for test in tests.get(each.parameter, ()))
    }


def _date_meets(test: DateTest, limits: Instants) -> bool:
    low, high = limits
    match test.prefix:
        case "eq":
            return _within(test, low, high)
        case "ne":
            return not _within(test, low, high)
        case "gt":
            return _ends_later(test, high)
        case "lt":
            return _begins_earlier(test, low)
        case "ge":
            return _ends_later(test, high) or _within(test, low, high)
        case "le":
            return _begins_earlier(test, low) or _within(test, low, high)
        case "sa":
            return test.high is not None and low is not None and low >= test.high
        case "eb":
            return test.low is not None and high is not None and high <= test.low
        case "ap":
            begins = test.high is None or low is None or low < test.high
            return begins and (test.low is None or high is None or high > test.low)


def _within(test: DateTest, low: datetime | None, high: datetime | None) -> bool:
    begins = test.low is None or (low is not None and low >= test.low)
    return begins and (test.high is None or (high is not None and high <= test.high))


def _ends_later(test: DateTest, high: datetime | None) -> bool:
    return test.high is not None and (high is None or high > test.high)


def _begins_earlier(test: DateTest, low: datetime | None) -> bool:
    return test.low is not None and (low is None or low < test.low)


def _instant_meets(test: DateTest, instant: datetime) -> bool:
    starts = test.low is None or instant >= test.low
    beyond = test.high is not None and instant >= test.high
    match test.prefix:
        case "eq" | "ap":
            return starts and not beyond
        case "ne":
            return not starts or beyond
        case "gt" | "sa":
            return beyond
        case "lt" | "eb":
            return not starts
        case "ge":
            return starts
        case "le":
            return not beyond


def _amount_meets(test: AmountTest, row: QuantityRow) -> bool:
    if test.unit is not None and row.unit != test.unit:
        return False
    return _range_meets(test, row) if row.value is None else _number_meets(test, row.value)


def _number_meets(test: AmountTest, value: Decimal) -> bool:
    match test.prefix:
        case "eq":
            return test.low <= value < test.high
        case "ne":
            return not test.low <= value < test.high
        case "ap":
            return test.low <= value <= test.high
    return _COMPARISONS[test.prefix](value, test.value)


def _range_meets(test: AmountTest, row: QuantityRow) -> bool:
    """The test against a row without a value: a Range, or a number with a comparator."""
    low, high, value = row.low, row.high, test.value
    within = low is not None and low >= test.low and high is not None and high <= test.high
    match test.prefix:
        case "eq":
            return within
        case "ne":
            return not within
        case "ap":
            return (low is None or low <= test.high) and (high is None or high >= test.low)
        case "gt":
            return high is None or high > value
        case "lt":
            return low is None or low < value
        case "ge":
            return high is None or high >= value
        case "le":
            return low is None or low <= value
        case "sa":
            return low is not None and low > value
        case "eb":
            return high is not None and high < value
