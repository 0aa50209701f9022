"""Search result parameters: `_sort`, `_count`, `_total`, `_include`, `_elements`.
https://hl7.org/fhir/R4/search.html#return
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import MAIN_DATE, parameters_of, stored_under
from esante.search.domain.query.limits import (
    DEFAULT_COUNT,
    MAX_INCLUDES,
    MAX_ON_PAGE,
    MAX_SORTS,
    too_costly,
)
from esante.search.domain.query.model import Include, SortKey, SortValueType, Summary
from esante.search.domain.query.parameter_lookup import UnknownParameter, reference_of
from socle.errors import Refusal

RESULT: Final = frozenset(
    {
        "_sort",
        "_count",
        "_total",
        "_totalMethod",
        "_include",
        "_revinclude",
        "_summary",
        "_elements",
        "_cursor",
    }
)
"""Parameters that select, sort or include results, and are no criteria."""
PRESENTATION: Final = frozenset({"_format", "_pretty"})
"""Parameters that change only the text of the response."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_SORT_VALUE_TYPES: Final[dict[str, SortValueType]] = {
    "string": "string",
    "date": "date",
    "number": "amount",
    "quantity": "amount",
    "uri": "uri",
    "token": "text",
    "reference": "text",
}


@dataclass(slots=True)
class ResultParameters:
    """The result parameters of a query, while they are parsed. Fields as in `Query`."""

    sort: tuple[SortKey, ...] = ()
    count: int = DEFAULT_COUNT
    total: bool = False
    includes: list[Include] = field(default_factory=list)
    summary: Summary = "false"
    cursor: str | None = None


def read_result_parameter(
    results: ResultParameters, name: str, value: str, *, types: Sequence[str]
) -> None:
    """Parse one parameter of `RESULT` into `results`.

    `types`: the searched resource types. Raises Refusal if it is invalid or past a limit.
    """
    code, _, modifier = name.partition(":")
    if modifier and not (code in ("_include", "_revinclude") and modifier in _ITERATE):
        raise Refusal("invalid", f"« :{modifier} » n'est pas un modificateur de « {code} ».")
    if code == "_sort":
        results.sort = _sort(value, types)
    elif code == "_count":
        results.count = _count(value)
    elif code == "_total":
        if value not in ("none", "estimate", "accurate"):
            raise Refusal("invalid", "« _total » attend none, estimate ou accurate.")
        # Totals are always exact: an exact number is a valid estimate.
        results.total = value != "none"
    elif code == "_totalMethod":
        # The parameter of fhirpy's `count()`.
        if value not in ("none", "estimate", "count"):
            raise Refusal("invalid", "« _totalMethod » attend none, estimate ou count.")
        results.total = value != "none"
    elif code == "_summary":
        results.summary = _summary(value)
    elif code == "_elements":
        _check_elements(value)
    elif code == "_cursor":
        results.cursor = value
    else:
        reverse = code == "_revinclude"
        results.includes.append(_include(value, reverse=reverse, iterate=bool(modifier)))
        if len(results.includes) > MAX_INCLUDES:
            raise too_costly(f"{MAX_INCLUDES} inclusions au plus.")


_ITERATE: Final = ("iterate", "recurse")


def _count(value: str) -> int:
    if not value.isascii() or not value.isdigit():
        raise Refusal("invalid", "« _count » attend un nombre entier.")
    # The first nine digits of a longer number are above the limit too.
    return min(int(value[:9]), MAX_ON_PAGE)


def _summary(value: str) -> Summary:
    for known in get_args(Summary):
        if known == value:
            return known  # type: ignore[no-any-return]
    raise Refusal("invalid", "« _summary » attend true, text, data, count ou false.")


def _check_elements(value: str) -> None:
    for name in value.split(","):
        if not _NAME.fullmatch(name.strip().rpartition(".")[2]):
            raise Refusal("invalid", f"« {name} » n'est pas un élément (« _elements »).")


def _sort(value: str, types: Sequence[str]) -> tuple[SortKey, ...]:
    keys = tuple(_sort_key(each.strip(), types) for each in value.split(","))
    if len(keys) > MAX_SORTS:
        raise too_costly(f"« _sort » prend {MAX_SORTS} clés au plus.")
    return keys


def _sort_key(written: str, types: Sequence[str]) -> SortKey:
    code, descending = written.removeprefix("-"), written.startswith("-")
    if code == "_id":
        return SortKey("id", (code,), descending)
    if code == "_lastUpdated":
        return SortKey("updated", (code,), descending)
    value_types = {_sort_value_type(code, each) for each in types}
    # The path of a code differs between types.
    if len(value_types) != 1 or (value_types == {"text"} and len(types) > 1):
        raise Refusal("invalid", f"« {code} » ne trie pas plusieurs types à la fois.")
    codes = dict.fromkeys(each for of in types for each in _stored_under(of, code))
    return SortKey(value_types.pop(), tuple(codes), descending)


def _stored_under(resource_type: str, code: str) -> tuple[str, ...]:
    parameter = parameters_of(resource_type)[code]
    return (parameter.code,) if parameter.uploaded else stored_under(resource_type, code)


def _sort_value_type(code: str, resource_type: str) -> SortValueType:
    parameter = parameters_of(resource_type).get(code)
    if parameter is None:
        raise UnknownParameter(code, resource_type)
    if stored_under(resource_type, code) == (MAIN_DATE.get(resource_type),):
        return "main_date"
    by_text = _SORT_VALUE_TYPES.get(parameter.type) == "text"
    if parameter.type not in _SORT_VALUE_TYPES or (parameter.uploaded and by_text):
        raise Refusal(
            "invalid",
            f"« {code} » ({parameter.type}) ne trie pas : un tri se fait sur une seule valeur.",
        )
    return _SORT_VALUE_TYPES[parameter.type]


def _include(value: str, *, reverse: bool, iterate: bool) -> Include:
    name = "_revinclude" if reverse else "_include"
    if value == "*":
        return Include(None, None, None, reverse, iterate)
    parts = value.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise Refusal("invalid", f"« {name}={value} » doit s'écrire Type:paramètre[:Type].")
    source, code, target = parts[0], parts[1], parts[2] if len(parts) == 3 else None
    for each in (source, target):
        if each is not None and each not in RESOURCE_TYPES:
            raise Refusal("invalid", f"« {each} » n'est pas un type de ressource (« {name} »).")
    if code == "*":
        return Include(source, None, target, reverse, iterate)
    targets = reference_of(source, code).targets
    if target is not None and target not in targets:
        raise Refusal("invalid", f"« {code} » de {source} ne désigne pas {target}.")
    return Include(source, code, target, reverse, iterate)
