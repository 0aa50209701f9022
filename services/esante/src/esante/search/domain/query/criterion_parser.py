"""Parses one search parameter (name and value) into a criterion, with chains and `_has`.

Each level of a chain is parsed for the types that it refers to.
https://hl7.org/fhir/R4/search.html#chaining https://hl7.org/fhir/R4/search.html#has
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import SearchParameter, parameters_of, stored_under
from esante.search.domain.query.code_sets import R4_CODES, CodeSets
from esante.search.domain.query.criteria import Chain, Criterion, Has, Ids, LastUpdated, Not, any_of
from esante.search.domain.query.criterion_builder import build_criterion
from esante.search.domain.query.limits import MAX_DEPTH, MAX_VALUES, too_costly
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


class UnknownParameter(Refusal):
    """The type has no search parameter of that name."""

    def __init__(self, name: str, resource_type: str) -> None:
        super().__init__(
            "invalid", f"« {name} » n'est pas un paramètre de recherche de {resource_type}."
        )


def parse_criterion(
    resource_type: str, name: str, value: str, *, context: SearchContext, depth: int = 0
) -> Criterion:
    """The criterion of `name=value` on a resource type.

    `depth`: how many levels of chains are above. Raises UnknownParameter if the type has no such
    parameter, and Refusal if it is malformed or too costly.
    """
    if depth > MAX_DEPTH:
        raise too_costly(f"Une recherche s'enchaîne sur {MAX_DEPTH} niveaux au plus.")
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
    parameter_of(resource_type, code)
    own = modifier if colon else None
    return _combine(
        [
            build_criterion(
                SearchClause(
                    resource_type,
                    parameter_of(resource_type, each),
                    own,
                    values,
                    context.base,
                    context.now,
                    context.codes,
                )
            )
            for each in stored_under(resource_type, code)
        ]
    )


def _combine(criteria: list[Criterion]) -> Criterion:
    """One criterion from those of the parameters under which a parameter's values are indexed.

    One of them must match; if they are negated (`:not`), none of them.
    """
    denied = [each.of for each in criteria if isinstance(each, Not)]
    return Not(any_of(denied)) if len(denied) == len(criteria) else any_of(criteria)


def parameter_of(resource_type: str, code: str) -> SearchParameter:
    """The search parameter of that name. Raises UnknownParameter if the type has none."""
    found = parameters_of(resource_type).get(code)
    if found is None:
        raise UnknownParameter(code, resource_type)
    return found


def reference_of(resource_type: str, code: str) -> SearchParameter:
    """The reference parameter of that name.

    Raises UnknownParameter if the type has none, and Refusal if it is not a reference.
    """
    found = parameter_of(resource_type, code)
    if found.type != "reference":
        raise Refusal("invalid", f"« {code} » de {resource_type} n'est pas une référence.")
    return found


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
    return Has(source, parameter_key(source, code), inner)


def _chain(
    resource_type: str, head: str, rest: str, value: str, context: SearchContext, depth: int
) -> Criterion:
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
            inner = parse_criterion(target, rest, value, context=context, depth=depth + 1)
        except Refusal as refusal:
            # A target type that refuses the parameter is skipped. If all do, the refusal of one
            # that has the parameter is reported.
            if refused is None or isinstance(refused, UnknownParameter):
                refused = refusal
        else:
            found.append((target, inner))
    if not found:
        assert refused is not None
        raise refused
    return Chain(parameter_key(resource_type, code), tuple(found))


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


def _in_list(values: tuple[str, ...], context: SearchContext) -> Criterion:
    return Has("List", parameter_key("List", "item"), _ids(values, context))


_RESERVED: Final[Mapping[str, Callable[[tuple[str, ...], SearchContext], Criterion]]] = {
    "_id": _ids,
    "_lastUpdated": _updated,
    "_list": _in_list,
}
