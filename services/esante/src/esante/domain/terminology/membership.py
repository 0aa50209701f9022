"""Whether a code is in a value set, where that can be told.

A value set may take in a system whose codes nobody here knows (the French nomenclatures are large
and live elsewhere): then a code of that system may be in it, and a code of another is not.
"""

from collections.abc import Mapping
from typing import Any

from esante.domain.terminology.concepts import Part, ValueSet
from esante.domain.terminology.expansion import Terminology, Unexpandable, expand


def has(
    value_set: ValueSet, system: str | None, code: str | None, known: Terminology
) -> bool | None:
    """Whether (system, code) is in it; None where that cannot be told here. A system of None asks
    for the code of any system, as for an element of type code."""
    undecided = False
    for part in value_set.include:
        told = _in_part(part, value_set, system, code, known)
        if told:
            return True
        undecided = undecided or told is None
    return None if undecided else False


def any_has(
    value_set: ValueSet, codings: list[Mapping[str, Any]], known: Terminology
) -> bool | None:
    """Whether one of the Codings is in it."""
    told = [has(value_set, c.get("system") or "", c.get("code"), known) for c in codings]
    if any(told):
        return True
    return None if None in told else False


def _in_part(
    part: Part, value_set: ValueSet, system: str | None, code: str | None, known: Terminology
) -> bool | None:
    if part.system is not None and system is not None and part.system != system:
        return False
    only = ValueSet(value_set.url, value_set.version, value_set.name, (part,), value_set.exclude)
    try:
        found = expand(only, known)
    except Unexpandable:
        return None
    if system is None:
        return any(each == code for _, each in found)
    return (system, code) in found
