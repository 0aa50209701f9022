"""Parses one search parameter (name and value) into a criterion, with chains and `_has`.

Each level of a chain is parsed for the types that it refers to.
https://hl7.org/fhir/R4/search.html#chaining https://hl7.org/fhir/R4/search.html#has
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, Literal, get_args

from esante.core.domain.folding import fold
from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import stored_under
from esante.search.domain.query.code_sets import R4_CODES, CodeSets
from esante.search.domain.query.criteria import (
    Chain,
    Criterion,
    FullText,
    Has,
    Ids,
    LastUpdated,
    Not,
    Prefix,
    all_of,
    any_of,
)
from esante.search.domain.query.criterion_builder import build_criterion
from esante.search.domain.query.filter_criteria import filter_criterion
from esante.search.domain.query.filter_operators import build_comparison
from esante.search.domain.query.filter_parser import Comparison, parse_filter
from esante.search.domain.query.limits import MAX_DEPTH, MAX_VALUES, too_costly
from esante.search.domain.query.parameter_lookup import (
    ParameterNotReady,
    UnknownParameter,
    parameter_of,
    reference_of,
)
from esante.search.domain.query.search_clause import SearchClause
from esante.search.domain.query.value_parser import read_date, split_escaped, unescape
from esante.store.domain.index_keys import parameter_key
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class SearchContext:
    """The context in which values are parsed."""

    base: str
    """The FHIR base of this server."""
    now: datetime
    """The instant from which the `ap` prefix is computed."""
    codes: CodeSets = R4_CODES
    """The value sets and code systems that the search refers to."""


def parse_criterion(
    resource_type: str, name: str, value: str, *, context: SearchContext, depth: int = 0
) -> Criterion:
    """The criterion of `name=value` on a resource type.

    `depth`: how many levels of chains are above. Raises UnknownParameter if the type has no such
    parameter, and Refusal if it is malformed or too costly.
    """
    if depth > MAX_DEPTH:
        raise too_costly(f"Une recherche s'enchaîne sur {MAX_DEPTH} niveaux au plus.")
    if name == "_filter":
        compare = partial(_comparison, context=context, depth=depth)
        return filter_criterion(resource_type, parse_filter(value), compare)
    if name.startswith("_has:"):
        return _has(resource_type, name, value, context, depth)
    head, dot, rest = name.partition(".")
    if dot:
        return _chain(resource_type, head, rest, value, context, depth)
    code, colon, modifier = name.partition(":")
    values = _values(value)
    if code in _RESERVED:
        if colon:
            raise Refusal("invalid", f"« {code} » n'a pas de modificateur.")
        return _RESERVED[code](values, context)
    own = modifier if colon else None
    return _combine(
        [
            build_criterion(each)
            for each in _clauses(resource_type, code, values, context, modifier=own)
        ]
    )


def _clauses(
    resource_type: str,
    code: str,
    values: tuple[str, ...],
    context: SearchContext,
    *,
    modifier: str | None = None,
) -> list[SearchClause]:
    """The clause of each parameter under which the values of one are indexed."""
    parameter = parameter_of(resource_type, code)
    stored = (
        [parameter]
        if parameter.uploaded
        else [parameter_of(resource_type, each) for each in stored_under(resource_type, code)]
    )
    return [
        SearchClause(
            resource_type,
            each,
            modifier,
            values,
            context.base,
            context.now,
            context.codes,
        )
        for each in stored
    ]


def _combine(criteria: list[Criterion]) -> Criterion:
    """One criterion from those of the parameters under which a parameter's values are indexed.

    One of them must match; if they are negated (`:not`), none of them.
    """
    denied = [each.of for each in criteria if isinstance(each, Not)]
    return Not(any_of(denied)) if len(denied) == len(criteria) else any_of(criteria)


def _has(
    resource_type: str, name: str, value: str, context: SearchContext, depth: int
) -> Criterion:
    parts = name.split(":", 3)
    if len(parts) != 4 or not all(parts):
        raise Refusal("invalid", f"« {name} » doit s'écrire _has:Type:référence:paramètre.")
    _, source, code, rest = parts
    if source not in RESOURCE_TYPES:
        raise Refusal("invalid", f"« {source} » n'est pas un type de ressource.")
    reference = reference_of(source, code)
    if resource_type not in reference.targets:
        raise Refusal("invalid", f"« {code} » de {source} ne désigne pas {resource_type}.")
    inner = parse_criterion(source, rest, value, context=context, depth=depth + 1)
    return Has(source, parameter_key(source, reference.code), inner)


def _chain(
    resource_type: str, head: str, rest: str, value: str, context: SearchContext, depth: int
) -> Criterion:
    inner = partial(parse_criterion, name=rest, value=value, context=context, depth=depth + 1)
    return _chain_to(resource_type, head, rest, inner)


def _chain_to(
    resource_type: str, head: str, rest: str, inner: Callable[[str], Criterion]
) -> Criterion:
    """The criterion of a chain. `head`: the reference, perhaps with its type (`subject:Type`).

    `rest`: what follows, for the refusal. `inner`: returns the criterion on a type referred to.
    """
    code, colon, only = head.partition(":")
    reference = reference_of(resource_type, code)
    targets = sorted(reference.targets)
    if colon:
        if only not in targets:
            raise Refusal("invalid", f"« {code} » de {resource_type} ne désigne pas « {only} ».")
        targets = [only]
    elif len(targets) == len(RESOURCE_TYPES):
        raise Refusal(
            "invalid", f"« {code} » désigne tout type : précisez lequel, {code}:Type.{rest}."
        )
    found: list[tuple[str, Criterion]] = []
    refused: Refusal | None = None
    for target in targets:
        try:
            criterion = inner(target)
        except ParameterNotReady:
            raise
        except Refusal as refusal:
            # A target type that refuses the parameter is skipped. If all do, the refusal of one
            # that has the parameter is reported.
            if refused is None or isinstance(refused, UnknownParameter):
                refused = refusal
        else:
            found.append((target, criterion))
    if not found:
        assert refused is not None
        raise refused
    ends = tuple(found)
    return Chain(
        parameter_key(resource_type, reference.code), ends, resource_type, reference.code, ends
    )


def _comparison(
    resource_type: str, comparison: Comparison, *, context: SearchContext, depth: int
) -> Criterion:
    """The criterion of one comparison of `_filter`."""
    if depth > MAX_DEPTH:
        raise too_costly(f"Une recherche s'enchaîne sur {MAX_DEPTH} niveaux au plus.")
    step, *rest = comparison.path
    if rest:
        ahead = replace(comparison, path=tuple(rest))
        below = partial(_comparison, comparison=ahead, context=context, depth=depth + 1)
        condition, compare = step.condition, partial(_comparison, context=context, depth=depth + 1)

        def inner(target: str) -> Criterion:
            if condition is None:
                return below(target)
            return all_of([filter_criterion(target, condition, compare), below(target)])

        return _chain_to(resource_type, step.name, rest[0].name, inner)
    if step.condition is not None:
        raise Refusal("invalid", f"« {step.name}[…] » doit être suivi d'un paramètre.")
    value = comparison.written_value
    if step.name in _RESERVED:
        return _reserved_comparison(comparison, value, context)
    clauses = _clauses(resource_type, step.name, (value,), context)
    return _combine([build_comparison(each, comparison.operator) for each in clauses])


def _reserved_comparison(comparison: Comparison, value: str, context: SearchContext) -> Criterion:
    name, operator = comparison.path[0].name, comparison.operator
    if name == "_lastUpdated" and operator in get_args(Prefix):
        return _updated((operator + value,), context)
    if operator not in ("eq", "ne"):
        raise Refusal("invalid", f"« {operator} » ne compare pas « {name} ».")
    equal = _RESERVED[name]((value,), context)
    return Not(equal) if operator == "ne" else equal


def _values(value: str) -> tuple[str, ...]:
    values = tuple(split_escaped(value, ","))
    if not all(each.strip() for each in values):
        raise Refusal("invalid", "Une valeur est vide entre deux virgules.")
    if len(values) > MAX_VALUES:
        raise too_costly(f"Un paramètre prend {MAX_VALUES} valeurs au plus.")
    return values


def _ids(values: tuple[str, ...], _: SearchContext) -> Criterion:
    ids = tuple(unescape(each) for each in values)
    for each in ids:
        if not is_id(each):
            raise Refusal("invalid", f"« {each} » n'est pas un identifiant de ressource.")
    return Ids(ids)


def _updated(values: tuple[str, ...], context: SearchContext) -> Criterion:
    return LastUpdated(tuple(read_date(each, now=context.now) for each in values))


def _words(
    values: tuple[str, ...], _: SearchContext, *, part: Literal["narrative", "content"]
) -> Criterion:
    return FullText(part, tuple(fold(unescape(each)) for each in values))


def _in_list(values: tuple[str, ...], context: SearchContext) -> Criterion:
    return Has("List", parameter_key("List", "item"), _ids(values, context))


_RESERVED: Final[Mapping[str, Callable[[tuple[str, ...], SearchContext], Criterion]]] = {
    "_id": _ids,
    "_lastUpdated": _updated,
    "_list": _in_list,
    "_text": partial(_words, part="narrative"),
    "_content": partial(_words, part="content"),
}
