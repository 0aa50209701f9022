"""Parses a query string into a `Query`.

Strict handling, the default, refuses an unsupported parameter. Lenient handling ignores it and
reports it in an OperationOutcome. A search past a limit is refused in both cases.
https://hl7.org/fhir/R4/search.html#errors
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl

from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import COMPARTMENTS, compartments_of
from esante.search.domain.query.criteria import (
    AnyOf,
    Criterion,
    Not,
    References,
    SelfReference,
    Tokens,
    all_of,
    joins_of,
)
from esante.search.domain.query.criterion_parser import SearchContext, parse_criterion
from esante.search.domain.query.limits import (
    MAX_JOINS,
    MAX_KEYS,
    MAX_PARAMETERS,
    MAX_TEXT,
    too_costly,
)
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.parameter_lookup import UnknownParameter
from esante.search.domain.query.result_parameters import (
    PRESENTATION,
    RESULT,
    ResultParameters,
    read_result_parameter,
)
from esante.store.domain.index_keys import compartment_key, ref_element, self_key
from socle.errors import Refusal

Pairs = Sequence[tuple[str, str]]
"""The names and values of parameters, decoded."""
_NOT_IN_DIGEST: Final = frozenset({"_cursor", "_total", "_totalMethod", "_count"})
"""Parameters that can differ between the pages of one search."""


def read_pairs(raw: bytes) -> list[tuple[str, str]]:
    """The (name, value) pairs of a query string or form; pairs without a value are skipped.

    Raises Refusal if it is too long or not UTF-8.
    """
    if len(raw) > MAX_TEXT:
        raise too_costly(f"Une recherche s'écrit en {MAX_TEXT} octets au plus.")
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refusal("invalid", "La recherche n'est pas de l'UTF-8.") from None
    return [(name, value) for name, value in pairs if value]


def parse_query(
    pairs: Pairs, scope: Scope, *, context: SearchContext, lenient: bool = False
) -> Query:
    """Parse a search. `lenient`: ignore parameters that are refused otherwise.

    Raises Refusal("invalid") with the `parameter`; Refusal("not_found") for a wrong compartment."""
    _check_pairs(pairs)
    types, named, rest = _types(pairs, scope)
    results, applied, ignored = ResultParameters(), [], []
    found: dict[str, list[Criterion]] = {each: _compartment_criteria(each, scope) for each in types}
    for name, value in rest:
        try:
            _add_parameter(name, value, types=types, found=found, results=results, context=context)
        except Refusal as refusal:
            refused = _name_parameter(refusal, name)
            if not lenient or refusal.details.get("issue") == "too-costly":
                raise refused from None
            ignored.append(refused.message)
        else:
            applied.append((name, value))
    if named and scope.resource_type is None:
        applied.insert(0, ("_type", ",".join(types)))
    criteria = tuple((each, all_of(of)) for each, of in found.items())
    if any(sum(1 for _ in joins_of(each)) > MAX_JOINS for _, each in criteria):
        raise too_costly(f"Une recherche enchaîne {MAX_JOINS} liens au plus.")
    return Query(
        scope=scope,
        criteria=criteria,
        named=named,
        criteria_count=sum(1 for name, _ in applied if _is_criterion(name)),
        sort=results.sort,
        count=results.count,
        total=results.total,
        includes=tuple(results.includes),
        summary=results.summary,
        applied=_effective_parameters(applied, results),
        ignored=tuple(ignored),
        cursor=results.cursor,
        digest=_digest(scope, applied),
    )


def _check_pairs(pairs: Pairs) -> None:
    if len(pairs) > MAX_PARAMETERS:
        raise too_costly(f"Une recherche prend {MAX_PARAMETERS} paramètres au plus.")
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Refusal("invalid", "La recherche contient un caractère nul.")


def _effective_parameters(applied: Pairs, results: ResultParameters) -> tuple[tuple[str, str], ...]:
    """The parameters for links: with the effective `_count`, without the cursor."""
    effective = {"_count": str(results.count)}
    return tuple((name, effective.get(name, value)) for name, value in applied if name != "_cursor")


def _add_parameter(
    name: str,
    value: str,
    *,
    types: Sequence[str],
    found: dict[str, list[Criterion]],
    results: ResultParameters,
    context: SearchContext,
) -> None:
    if not _is_criterion(name):
        if name not in PRESENTATION:
            read_result_parameter(results, name, value, types=types)
        return
    # Parsed for all types first: a parameter that one type refuses is applied to none.
    read = [parse_criterion(each, name, value, context=context) for each in types]
    if sum(map(_count_elements, read)) > MAX_KEYS:
        raise too_costly(
            "Ce critère compare trop de valeurs : demandez moins de types ou de codes."
        )
    for each, criterion in zip(types, read, strict=True):
        found[each].append(criterion)


def _count_elements(criterion: Criterion) -> int:
    """The number of codes that a criterion compares, outside of chains."""
    inner = criterion.of if isinstance(criterion, Not) else criterion
    return len(inner.elements) if isinstance(inner, Tokens) else 0


def _is_criterion(name: str) -> bool:
    return name.partition(":")[0] not in RESULT | PRESENTATION | {"_type"}


def _types(pairs: Pairs, scope: Scope) -> tuple[list[str], bool, Pairs]:
    """The searched types, whether the caller named them, and the parameters without `_type`."""
    if scope.resource_type is not None:
        if scope.compartment is not None:
            _check_compartment(scope.compartment, scope.resource_type)
        return [scope.resource_type], True, _without_type(pairs, scope.resource_type)
    type_values = [value for name, value in pairs if name == "_type"]
    types = sorted(RESOURCE_TYPES)
    if scope.compartment is not None:
        _check_compartment(scope.compartment, None)
        types = [each for each in types if is_in_compartment(each, scope.compartment[0])]
    if not type_values:
        return types, False, pairs
    # A repeated parameter is a conjunction: only the types in all of them are searched.
    requested = set.intersection(*(set(value.split(",")) for value in type_values))
    require_types(each for value in type_values for each in value.split(","))
    if scope.compartment is not None and (outside := sorted(requested - set(types))):
        listed, compartment = ", ".join(outside), scope.compartment[0]
        raise Refusal(
            "invalid",
            f"« _type » : {listed} n'est pas du compartiment {compartment}.",
            parameter="_type",
        )
    return sorted(requested & set(types)), True, [pair for pair in pairs if pair[0] != "_type"]


def _without_type(pairs: Pairs, resource_type: str) -> Pairs:
    """The parameters without `_type`. Raises Refusal if it names another type than the address."""
    for name, value in pairs:
        if name == "_type" and set(value.split(",")) != {resource_type}:
            raise Refusal(
                "invalid",
                f"« _type » : l'adresse ne recherche que des ressources {resource_type}.",
                parameter="_type",
            )
    return [pair for pair in pairs if pair[0] != "_type"]


def require_types(types: Iterable[str]) -> None:
    """Raises Refusal for a value of `_type` that is no resource type."""
    for each in types:
        if each not in RESOURCE_TYPES:
            raise Refusal(
                "invalid", f"« _type » : « {each} » n'est pas un type.", parameter="_type"
            )


def _check_compartment(compartment: tuple[str, str], resource_type: str | None) -> None:
    compartment_type, resource_id = compartment
    if compartment_type not in COMPARTMENTS or not is_id(resource_id):
        raise Refusal("not_found", f"{compartment_type}/{resource_id} n'est pas un compartiment.")
    if resource_type is not None and not is_in_compartment(resource_type, compartment_type):
        raise Refusal("not_found", f"{resource_type} n'est pas du compartiment {compartment_type}.")


def is_in_compartment(resource_type: str, compartment: str) -> bool:
    """Whether resources of a type can be in the compartments of another."""
    return resource_type == compartment or compartment in compartments_of(resource_type)


def _compartment_criteria(resource_type: str, scope: Scope) -> list[Criterion]:
    return [] if scope.compartment is None else [in_compartment(resource_type, *scope.compartment)]


def in_compartment(resource_type: str, compartment: str, resource_id: str) -> Criterion:
    """The criterion of resources of a type in a compartment.

    `compartment`, `resource_id`: the type and the id of the resource that the compartment is of; it
    is in its own compartment.
    """
    own = self_key(compartment, resource_id)
    member = References((ref_element(compartment_key(compartment), own),))
    return AnyOf((member, SelfReference((own,)))) if resource_type == compartment else member


def _name_parameter(refusal: Refusal, name: str) -> Refusal:
    message = refusal.message
    if f"« {name} »" not in message:
        message = f"« {name} » : {message}"
    details = {**refusal.details, "parameter": name}
    if isinstance(refusal, UnknownParameter):
        # It keeps its type: the search can be tried again with definitions read since.
        refusal.message, refusal.details = message, details
        return refusal
    return Refusal(refusal.category, message, **details)


def _digest(scope: Scope, applied: Sequence[tuple[str, str]]) -> str:
    parts = [scope.path, *(f"{n}={v}" for n, v in applied if n not in _NOT_IN_DIGEST)]
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=9).hexdigest()
