"""The criterion of a chain through contained resources, on the resource that contains them.

Their index entries are stored with it (`search.domain.contained_entries`).
"""

from collections.abc import Iterable
from dataclasses import replace

from esante.search.domain.contained_entries import ContainedPlace
from esante.search.domain.query.criteria import (
    AllOf,
    Amounts,
    AnyOf,
    Chain,
    CompositeMatch,
    Criterion,
    Dates,
    InHierarchy,
    MainCode,
    Not,
    References,
    Strings,
    Tokens,
    UrisBelow,
    all_of,
    any_of,
)
from esante.store.domain.index_keys import present_element, several_element


def contained_criterion(chain: Chain) -> Criterion | None:
    """The criterion of "the resource refers to one that it contains and that meets the criterion".

    None if no contained resource can meet it: it has neither an id on the server nor a time of
    change. Of several contained resources to which one parameter refers, a negation or a
    conjunction in one level of the chain cannot tell which is which: it finds none.
    """
    return _alternatives(chain, ContainedPlace())


def _alternatives(chain: Chain, place: ContainedPlace) -> Criterion | None:
    moved = (
        _moved(inner, place.below(chain.source, chain.code, target))
        for target, inner in chain.contained
    )
    return _any_of(moved)


def _any_of(criteria: Iterable[Criterion | None]) -> Criterion | None:
    found = [each for each in criteria if each is not None]
    return any_of(found) if found else None


def _moved(criterion: Criterion, place: ContainedPlace) -> Criterion | None:
    """The criterion of the contained resources at that place."""
    key, path = place
    match criterion:
        case Tokens() | MainCode():
            return Tokens(tuple(each ^ key for each in criterion.elements))
        case References(elements):
            return References(tuple(each ^ key for each in elements))
        case Strings() | UrisBelow():
            return replace(criterion, parameter=path + criterion.parameter)
        case Amounts() | Dates():
            return _moved_measures(criterion, path)
        case InHierarchy():
            return replace(criterion, parameter=criterion.parameter ^ key)
        case AnyOf(of):
            return _any_of(_moved(each, place) for each in of)
        case Chain():
            outside = Chain(criterion.parameter ^ key, criterion.targets)
            return _any_of([outside, _alternatives(criterion, place)])
        case CompositeMatch(element, rows):
            moved = tuple(_moved_measures(each, path) for each in rows)
            return _of_the_only_one(CompositeMatch(element ^ key, moved), key)
        case AllOf(of):
            every = [_moved(each, place) for each in of]
            known = [each for each in every if each is not None]
            return _of_the_only_one(all_of(known), key) if len(known) == len(every) else None
        case Not(of):
            inner = _moved(of, place)
            return None if inner is None else _of_the_only_one(Not(inner), key)
        case _:
            return None


def _moved_measures(criterion: Amounts | Dates, path: str) -> Amounts | Dates:
    """The criterion of rows, under that path."""
    if isinstance(criterion, Dates):
        return replace(criterion, parameter=path + criterion.parameter, main=False)
    return replace(criterion, parameter=path + criterion.parameter)


def _of_the_only_one(criterion: Criterion, key: int) -> Criterion:
    """The criterion, if exactly one contained resource has that `contained_key`."""
    one = Tokens((present_element(key),))
    return all_of([one, Not(Tokens((several_element(key),))), criterion])
