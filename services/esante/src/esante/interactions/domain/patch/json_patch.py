"""JSON Patch (https://www.rfc-editor.org/rfc/rfc6902) with JSON Pointer (RFC 6901)."""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from socle.errors import Refusal

MAX_OPERATIONS: Final = 1000
MAX_COPIED: Final = 1_000_000
"""Limit of `count_values` of all copied values, since each `copy` could double the document."""
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_REQUIRED_MEMBER: Final[Mapping[str, str]] = {
    "add": "value",
    "replace": "value",
    "test": "value",
    "remove": "",
    "move": "from",
    "copy": "from",
}


def apply_json_patch(document: Any, operations: Any) -> Any:
    """Apply every operation in order to a copy of the document; returns the copy.

    Raises Refusal("invalid"), rule `unprocessable` if a well-formed operation cannot be applied.
    """
    if not isinstance(operations, list):
        raise Refusal("invalid", "Un JSON Patch est une liste d'opérations.")
    if len(operations) > MAX_OPERATIONS:
        raise Refusal("invalid", f"Un JSON Patch a {MAX_OPERATIONS} opérations au plus.")
    root = {"": copy.deepcopy(document)}
    left = MAX_COPIED
    for at, operation in enumerate(operations):
        checked = _check_operation(operation, at)
        if checked["op"] == "copy":
            left -= count_values(_find(root, _steps(checked["from"]), at), left)
            if left < 0:
                raise _not_applicable(at, "ce patch copie trop de valeurs")
        _apply(root, checked, at)
    return root[""]


def _check_operation(operation: Any, at: int) -> Mapping[str, Any]:
    op = operation.get("op") if isinstance(operation, dict) else None
    if not isinstance(operation, dict) or not isinstance(op, str) or op not in _REQUIRED_MEMBER:
        raise Refusal(
            "invalid", f"Opération {at} : « op » est l'un de {', '.join(_REQUIRED_MEMBER)}."
        )
    needed = _REQUIRED_MEMBER[op]
    if needed and needed not in operation:
        raise Refusal("invalid", f"Opération {at} : « {needed} » manque.")
    for name in ("path", "from"):
        if (name == "path" or needed == name) and not _is_pointer(operation.get(name)):
            raise Refusal("invalid", f"Opération {at} : « {name} » n'est pas un pointeur JSON.")
    return operation


def _is_pointer(text: Any) -> bool:
    return (
        isinstance(text, str)
        and (not text or text.startswith("/"))
        and re.search(r"~(?![01])", text) is None
    )


def _apply(root: Any, operation: Mapping[str, Any], at: int) -> None:
    path = _steps(operation["path"])
    match operation["op"]:
        case "add":
            _add(root, path, copy.deepcopy(operation["value"]), at)
        case "remove":
            _remove_or_replace(root, path, at)
        case "replace":
            _remove_or_replace(root, path, at, put=lambda: copy.deepcopy(operation["value"]))
        case "test":
            if not equal_json(_find(root, path, at), operation["value"]):
                raise _not_applicable(
                    at, f"la valeur de « {operation['path']} » n'est pas celle testée"
                )
        case "copy":
            _add(root, path, copy.deepcopy(_find(root, _steps(operation["from"]), at)), at)
        case "move":
            source = _steps(operation["from"])
            if path[: len(source)] == source and path != source:
                raise _not_applicable(at, "une valeur ne peut être déplacée en elle-même")
            value = _find(root, source, at)
            if path != source:
                _remove_or_replace(root, source, at)
                _add(root, path, value, at)


def count_values(value: Any, most: int) -> int:
    """The number of values in a JSON value, itself included, plus the characters of its strings.

    Counting stops past `most`.
    """
    count, waiting = 0, [value]
    while waiting and count <= most:
        each = waiting.pop()
        count += 1
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str):
            count += len(each)
    return count


def _steps(pointer: str) -> Sequence[str]:
    """The keys of a JSON Pointer, below a root object.

    The document is at key "" of the root object, so that it can be replaced too.
    """
    steps = pointer.split("/")[1:]
    return ["", *(each.replace("~1", "/").replace("~0", "~") for each in steps)]


def _find(holder: Any, steps: Sequence[str], at: int) -> Any:
    for step in steps:
        holder = holder[_key(holder, step, at)]
    return holder


def _add(root: Any, steps: Sequence[str], value: Any, at: int) -> None:
    holder = _find(root, steps[:-1], at)
    if isinstance(holder, dict):
        holder[steps[-1]] = value
    elif isinstance(holder, list) and steps[-1] == "-":
        holder.append(value)
    else:
        holder.insert(_key(holder, steps[-1], at, beyond=1), value)


def _remove_or_replace(
    root: Any, steps: Sequence[str], at: int, *, put: Callable[[], Any] | None = None
) -> None:
    holder = _find(root, steps[:-1], at)
    key = _key(holder, steps[-1], at)
    if put is not None:
        holder[key] = put()
    elif len(steps) == 1:
        raise _not_applicable(at, "la ressource entière ne peut être retirée")
    else:
        del holder[key]


def _key(holder: Any, step: str, at: int, *, beyond: int = 0) -> Any:
    """The key or index of a step. `beyond`: positions past the end of a list that are allowed."""
    if isinstance(holder, dict):
        if step in holder:
            return step
    elif isinstance(holder, list) and _INDEX.fullmatch(step) and int(step) < len(holder) + beyond:
        return int(step)
    raise _not_applicable(at, f"rien ne se trouve à « {step[:64]} »")


def equal_json(one: Any, other: Any) -> bool:
    """JSON equality (RFC 6902 §4.6): true differs from 1, 1.0 equals 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            equal_json(one[name], other[name]) for name in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal_json, one, other))
    return bool(one == other)


def _not_applicable(at: int, why: str) -> Refusal:
    return Refusal("invalid", f"Opération {at} : {why}.", rule="unprocessable", issue="processing")
