"""From a query string to a checked `Query`: nothing that cannot be applied passes in silence.

Strict (the default of this server), what is not understood is refused by name; lenient, it is left
out and named in an OperationOutcome. What would cost too much is refused either way.
https://hl7.org/fhir/R4/search.html#errors
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import COMPARTMENTS, compartments_of
from esante.search.domain.query.conditions import Reading, condition
from esante.search.domain.query.criteria import AnyOf, Criterion, Refs, Selves, all_of, joins_of
from esante.search.domain.query.limits import MOST_JOINS, MOST_PARAMETERS, MOST_TEXT, too_costly
from esante.search.domain.query.model import Query, Scope
from esante.search.domain.query.result_parameters import PASSED, RESULT, Told, read_result
from esante.store.domain.index_keys import compartment_key, ref_element, self_key
from socle.errors import Refusal

Pairs = Sequence[tuple[str, str]]
_UNDIGESTED: Final = frozenset({"_cursor", "_total", "_totalMethod", "_count"})


def read_pairs(raw: bytes) -> list[tuple[str, str]]:
    """The names and values of a query string or form, those without a value left out, as forms
    send them. Raises Refusal."""
    if len(raw) > MOST_TEXT:
        raise too_costly(f"Une recherche s'écrit en {MOST_TEXT} octets au plus.")
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except ValueError:
        raise Refusal("invalid", "La recherche n'est pas de l'UTF-8.") from None
    return [(name, value) for name, value in pairs if value]


def parse_query(pairs: Pairs, scope: Scope, *, reading: Reading, lenient: bool = False) -> Query:
    """Raises Refusal("invalid"), its `parameter` the one at fault and a French sentence naming it;
    its `issue` "too-costly" past a limit of `domain.query.limits`."""
    if len(pairs) > MOST_PARAMETERS:
        raise too_costly(f"Une recherche prend {MOST_PARAMETERS} paramètres au plus.")
    if any("\0" in name or "\0" in value for name, value in pairs):
        raise Refusal("invalid", "La recherche contient un caractère nul.")
    types, named, rest = _types(pairs, scope)
    told, applied, ignored = Told(), [], []
    found: dict[str, list[Criterion]] = {each: _within(each, scope) for each in types}
    for name, value in rest:
        try:
            _read(name, value, types=types, found=found, told=told, reading=reading)
        except Refusal as refusal:
            refused = _named(refusal, name)
            if not lenient or refusal.details.get("issue") == "too-costly":
                raise refused from None
            ignored.append(refused.message)
        else:
            applied.append((name, value))
    if named and scope.resource_type is None:
        applied.insert(0, ("_type", ",".join(types)))
    criteria = tuple((each, all_of(of)) for each, of in found.items())
    if any(sum(1 for _ in joins_of(each)) > MOST_JOINS for _, each in criteria):
        raise too_costly(f"Une recherche enchaîne {MOST_JOINS} liens au plus.")
    return Query(
        scope=scope,
        criteria=criteria,
        named=named,
        asked=sum(1 for name, _ in applied if _is_criterion(name)),
        sort=told.sort,
        count=told.count,
        total=told.total,
        includes=tuple(told.includes),
        summary=told.summary,
        applied=_linked(applied, told),
        ignored=tuple(ignored),
        cursor=told.cursor,
        digest=_digest(scope, applied),
    )


def _linked(applied: Pairs, told: Told) -> tuple[tuple[str, str], ...]:
    """As links repeat them: the page's real size, without its place."""
    real = {"_count": str(told.count)}
    return tuple((name, real.get(name, value)) for name, value in applied if name != "_cursor")


def _read(
    name: str,
    value: str,
    *,
    types: Sequence[str],
    found: dict[str, list[Criterion]],
    told: Told,
    reading: Reading,
) -> None:
    if not _is_criterion(name):
        if name not in PASSED:
            read_result(told, name, value, types=types)
        return
    # All are read before any is kept: what one type refuses applies to none.
    read = [condition(each, name, value, reading=reading) for each in types]
    for each, criterion in zip(types, read, strict=True):
        found[each].append(criterion)


def _is_criterion(name: str) -> bool:
    return name.partition(":")[0] not in RESULT | PASSED | {"_type"}


def _types(pairs: Pairs, scope: Scope) -> tuple[list[str], bool, Pairs]:
    """The types searched, whether they were named, and the parameters but `_type`."""
    if scope.resource_type is not None:
        if scope.compartment is not None:
            _place(scope.compartment, scope.resource_type)
        return [scope.resource_type], True, pairs
    told = [value for name, value in pairs if name == "_type"]
    types = sorted(RESOURCE_TYPES)
    if scope.compartment is not None:
        _place(scope.compartment, None)
        types = [each for each in types if _is_in(each, scope.compartment[0])]
    if not told:
        return types, False, pairs
    # Repeated, a parameter is asked for each time: a resource is of one type.
    asked = set.intersection(*(set(value.split(",")) for value in told))
    for each in (one for value in told for one in value.split(",")):
        if each not in RESOURCE_TYPES:
            raise Refusal(
                "invalid", f"« _type » : « {each} » n'est pas un type.", parameter="_type"
            )
    return sorted(asked & set(types)), True, [pair for pair in pairs if pair[0] != "_type"]


def _place(compartment: tuple[str, str], resource_type: str | None) -> None:
    kind, resource_id = compartment
    if kind not in COMPARTMENTS or not is_id(resource_id):
        raise Refusal("not_found", f"{kind}/{resource_id} n'est pas un compartiment.")
    if resource_type is not None and not _is_in(resource_type, kind):
        raise Refusal("not_found", f"{resource_type} n'est pas du compartiment {kind}.")


def _is_in(resource_type: str, compartment: str) -> bool:
    return resource_type == compartment or compartment in compartments_of(resource_type)


def _within(resource_type: str, scope: Scope) -> list[Criterion]:
    return [] if scope.compartment is None else [in_compartment(resource_type, *scope.compartment)]


def in_compartment(resource_type: str, compartment: str, resource_id: str) -> Criterion:
    """Resources of that type in that compartment, its own resource included."""
    own = self_key(compartment, resource_id)
    member = Refs((ref_element(compartment_key(compartment), own),))
    return AnyOf((member, Selves((own,)))) if resource_type == compartment else member


def _named(refusal: Refusal, name: str) -> Refusal:
    message = refusal.message
    if f"« {name} »" not in message:
        message = f"« {name} » : {message}"
    return Refusal(refusal.category, message, **{**refusal.details, "parameter": name})


def _digest(scope: Scope, applied: Sequence[tuple[str, str]]) -> str:
    told = [scope.path, *(f"{n}={v}" for n, v in applied if n not in _UNDIGESTED)]
    return hashlib.blake2b("\x1f".join(told).encode(), digest_size=9).hexdigest()
