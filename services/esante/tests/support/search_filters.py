"""Ordinary search parameters, written as expressions of `_filter`."""

import re
from collections.abc import Iterable

from search_reference import bare, prefixed, split
from search_tables import COMMON, PARAMETERS

_STRINGS = {"": "sw", "contains": "co"}


def as_filter(resource_type: str, name: str, value: str) -> str | None:
    """The expression that means the same; None if there is none, or it is not tried."""
    if name.startswith("_has:"):
        return None
    head, dot, rest = name.partition(".")
    if dot:
        _, typed, target = head.partition(":")
        inner = as_filter(target, rest, value) if typed else None
        # The path of each comparison begins at the resource that is searched.
        return None if inner is None else _below(head, inner)
    code, _, modifier = name.partition(":")
    known = (COMMON | PARAMETERS[resource_type]).get(code)
    if code == "_id":
        return _either(f"_id eq {each}" for each in split(value, ","))
    if known is None:
        return None
    if modifier == "missing":
        return f"{code} pr {'false' if value == 'true' else 'true'}"
    expressions = [_comparison(known[0], code, modifier, each) for each in split(value, ",")]
    if None in expressions:
        return None
    found = _either(each for each in expressions if each is not None)
    return f"not ({found})" if modifier == "not" else found


def _below(head: str, inner: str) -> str | None:
    """`inner` at the end of a chain, if it is one comparison."""
    alone = not inner.startswith(("(", "not"))
    return f"{head}.{inner}" if alone else None


def _either(expressions: Iterable[str]) -> str:
    listed = list(expressions)
    return listed[0] if len(listed) == 1 else f"({' or '.join(listed)})"


def _comparison(parameter_type: str, code: str, modifier: str, value: str) -> str | None:
    if parameter_type == "string":
        operator = _STRINGS.get(modifier)
        text = bare(value).replace("\\", "\\\\").replace('"', '\\"')
        return None if operator is None else f'{code} {operator} "{text}"'
    if re.search(r'[\s()\[\]"]', value):
        return None
    if parameter_type in ("date", "number", "quantity") and not modifier:
        operator, number = prefixed(value)
        return f"{code} {operator} {number}"
    if parameter_type in ("token", "uri", "reference") and modifier in ("", "not"):
        return f"{code} eq {value}"
    return None
