"""Which slice an element belongs to.

https://hl7.org/fhir/R4/profiling.html#discriminator
"""

from collections.abc import Iterator
from typing import Any

from esante.terminology.domain.membership import Membership
from esante.terminology.domain.r4_terminology import membership_of
from esante.validation.domain.profiles.rules import Rule


def slice_of(item: Any, rule: Rule) -> str | None:
    """The name of the slice of an element; None for none."""
    for name, piece in rule.slices.items():
        if all(_decides(item, piece, path) for _, path in rule.discriminators):
            return name
    return None


def _decides(item: Any, piece: Rule, path: str) -> bool:
    expected = piece.at(path)
    if expected is None:
        # `type.coding` may be told by a rule above it or below it.
        head, _, rest = path.rpartition(".")
        return bool(head) and rest != "" and _decides(item, piece, head)
    told = [satisfies(value, expected) for value in values_at(item, path)]
    return any(each is True for each in told)


def satisfies(value: Any, rule: Rule) -> bool | None:
    """Whether a value is as fixed values, patterns and value sets of a rule say; None where the
    rule says nothing of the kind."""
    told: list[bool | None] = []
    if rule.pattern is not None:
        told.append(holds(value, rule.pattern))
    bound = rule.required or rule.extensible
    if bound is not None:
        codes = membership_of(bound)
        # A code that cannot be looked up here counts, where its system is one of the value set's.
        told.append(codes is not None and is_member(value, codes) is not False)
    for name, child in rule.children.items():
        below = [satisfies(each, child) for each in values_at(value, name)]
        if below:
            told.append(_any(below))
        elif child.pattern is not None:
            told.append(False)
    if rule.slices:
        told.append(_any([satisfies(value, piece) for piece in rule.slices.values()]))
    decided = [each for each in told if each is not None]
    return all(decided) if decided else None


def _any(told: list[bool | None]) -> bool | None:
    decided = [each for each in told if each is not None]
    return any(decided) if decided else None


def values_at(value: Any, path: str) -> Iterator[Any]:
    """The values of a path below, through lists."""
    if path == "$this":
        yield value
        return
    head, _, rest = path.partition(".")
    held = value.get(head) if isinstance(value, dict) else None
    for item in held if isinstance(held, list) else [held]:
        if item is not None:
            yield from values_at(item, rest) if rest else [item]


def holds(value: Any, pattern: Any) -> bool:
    """Whether a value has at least what a pattern has; a list, each of its items somewhere."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(
            name in value and holds(value[name], each) for name, each in pattern.items()
        )
    if isinstance(pattern, list):
        return isinstance(value, list) and all(
            any(holds(item, each) for item in value) for each in pattern
        )
    return bool(value == pattern)


def is_member(value: Any, codes: Membership) -> bool | None:
    """Whether a code, Coding or CodeableConcept is in a value set; None where it cannot be told."""
    if isinstance(value, str):
        return codes.has(None, value)
    if not isinstance(value, dict):
        return None
    codings = value.get("coding", [value])
    if not isinstance(codings, list):
        return None
    return codes.has_one_of(each for each in codings if isinstance(each, dict))
