"""Assigns values to the slices of an element.

https://hl7.org/fhir/R4/profiling.html#discriminator
"""

from collections.abc import Iterator
from typing import Any

from esante.core.domain.check_budget import CheckBudget
from esante.terminology.domain.membership import Membership
from esante.terminology.domain.r4_terminology import membership_of
from esante.validation.domain.profiles.rules import ElementRule


def slice_of(item: Any, rule: ElementRule, budget: CheckBudget) -> str | None:
    """The name of the first slice whose discriminators a value matches; None if it is in none.

    Raises TooManyChecks, as the functions below do.
    The discriminators of FrCore, of the types `value` and `pattern`, are compared in the same way.
    """
    for name, slice_rule in rule.slices.items():
        if all(
            _matches_discriminator(item, slice_rule, path, budget)
            for _, path in rule.discriminators
        ):
            return name
    return None


def _matches_discriminator(
    item: Any, slice_rule: ElementRule, path: str, budget: CheckBudget
) -> bool:
    expected = slice_rule.at(path)
    if expected is None:
        # The rule of `type.coding` can be on `type` or on an element below `coding`.
        head, _, rest = path.rpartition(".")
        return bool(head) and rest != "" and _matches_discriminator(item, slice_rule, head, budget)
    results = [satisfies(value, expected, budget) for value in values_at(item, path)]
    return any(each is True for each in results)


def satisfies(value: Any, rule: ElementRule, budget: CheckBudget) -> bool | None:
    """Whether a value matches the patterns and value sets of a rule and its children.

    None if they have none.
    """
    budget.spend(1)
    results: list[bool | None] = []
    if rule.pattern is not None:
        results.append(matches_pattern(value, rule.pattern, budget))
    bound = rule.required or rule.extensible
    if bound is not None:
        codes = membership_of(bound)
        # An undecided code counts if its system is one of the value set's.
        results.append(codes is not None and is_in_value_set(value, codes, budget) is not False)
    for name, child in rule.children.items():
        below = [satisfies(each, child, budget) for each in values_at(value, name)]
        if below:
            results.append(_any(below))
        elif child.pattern is not None:
            results.append(False)
    if rule.slices:
        results.append(_any([satisfies(value, each, budget) for each in rule.slices.values()]))
    decided = [each for each in results if each is not None]
    return all(decided) if decided else None


def _any(results: list[bool | None]) -> bool | None:
    decided = [each for each in results if each is not None]
    return any(decided) if decided else None


def values_at(value: Any, path: str) -> Iterator[Any]:
    """The values at a path from a value, through lists; the value itself for `$this`."""
    if path == "$this":
        yield value
        return
    head, _, rest = path.partition(".")
    member = value.get(head) if isinstance(value, dict) else None
    for item in member if isinstance(member, list) else [member]:
        if item is not None:
            yield from values_at(item, rest) if rest else [item]


def matches_pattern(value: Any, pattern: Any, budget: CheckBudget) -> bool:
    """Whether a value contains all members of a pattern; lists can be in another order."""
    if isinstance(pattern, dict):
        budget.spend(len(pattern))
        return isinstance(value, dict) and all(
            name in value and matches_pattern(value[name], each, budget)
            for name, each in pattern.items()
        )
    if isinstance(pattern, list):
        if not isinstance(value, list):
            return False
        budget.spend(len(pattern) * len(value))
        return all(any(matches_pattern(item, each, budget) for item in value) for each in pattern)
    return bool(value == pattern)


def is_in_value_set(value: Any, codes: Membership, budget: CheckBudget) -> bool | None:
    """Whether a code, Coding or CodeableConcept is in a value set; None if undecided."""
    if isinstance(value, str):
        return codes.contains(None, value)
    if not isinstance(value, dict):
        return None
    codings = value.get("coding", [value])
    if not isinstance(codings, list):
        return None
    budget.spend(len(codings))
    return codes.contains_any(each for each in codings if isinstance(each, dict))
