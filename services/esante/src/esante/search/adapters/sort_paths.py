"""SQL/JSON paths to the values by which token and reference parameters are sorted.
https://www.postgresql.org/docs/current/functions-json.html#FUNCTIONS-SQLJSON-PATH"""

from functools import lru_cache
from typing import Final

from esante.search.domain.definitions import parameters_of
from esante.search.domain.expressions import DECEASED, Key, Path, paths_of

_NUMBER: Final = "unsignedInt"
_LEAF_PATHS: Final = {
    "Coding": ".code",
    "CodeableConcept": ".coding.code",
    "Identifier": ".value",
    "ContactPoint": ".value",
    "Reference": ".reference",
}
_STRING_TYPES: Final = frozenset(
    {"boolean", _NUMBER, "code", "string", "uri", "id", "canonical", "url", "oid", "uuid"}
)


@lru_cache(maxsize=1_000)
def sort_paths(resource_type: str, code: str) -> tuple[str, ...]:
    """The SQL/JSON paths to the values of a token or reference parameter.

    `code`: its name. Raises KeyError if the type has no such parameter.
    """
    expression = parameters_of(resource_type)[code].expression
    if expression == DECEASED:
        return ("$.deceasedBoolean",)
    json_paths = [_json_path(path) for path in paths_of(expression, resource_type)]
    return tuple(dict.fromkeys(each for each in json_paths if each is not None))


def is_number(resource_type: str, code: str) -> bool:
    """Whether a parameter's values are whole numbers. `code`: as in `sort_paths`."""
    expression = parameters_of(resource_type)[code].expression
    if expression == DECEASED:
        return False
    return any(path.type == _NUMBER for path in paths_of(expression, resource_type))


def _json_path(path: Path) -> str | None:
    leaf = _LEAF_PATHS.get(path.type, "" if path.type in _STRING_TYPES else None)
    return None if leaf is None else f"${''.join(map(_step, path.keys))}{leaf}"


def _step(key: Key) -> str:
    """One key of the path: `[0]` if only the first value counts, a filter if only some do."""
    path = f'."{key.name}"' + ("[0]" if key.first else "")
    if key.only is None:
        return path
    member, value = key.only
    return f'{path} ? (@."{member}" == "{value}")'
