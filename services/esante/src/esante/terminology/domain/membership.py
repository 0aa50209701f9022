"""Membership of a code in a value set, if it can be decided.

A value set can include a code system whose codes are not known here, as the French nomenclatures,
which are large. Codes of that system are then undecided; other codes that are not known members are
no members.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from esante.terminology.domain.concepts import ValueSet
from esante.terminology.domain.expansion import Coded, Expander, Terminology, Unexpandable


@dataclass(frozen=True, slots=True)
class Membership:
    """The known codes of a value set, and the systems whose codes are undecided."""

    codes: frozenset[Coded]
    bare_codes: frozenset[str]
    """`codes` without their systems."""
    systems: frozenset[str]
    """Code systems whose codes are undecided."""
    any_system: bool
    """Whether unknown codes of every system are undecided."""

    def contains(self, system: str | None, code: str | None) -> bool | None:
        """Whether the value set contains a code; None if undecided.

        `system`: None for any system, as for an element of type code.
        """
        if code in self.bare_codes if system is None else (system, code) in self.codes:
            return True
        if self.any_system or (self.systems if system is None else system in self.systems):
            return None
        return False

    def contains_any(self, codings: Iterable[Mapping[str, Any]]) -> bool | None:
        """Whether it contains one of those Codings; None if undecided, False without any."""
        answers = {
            self.contains(str(c.get("system") or ""), str(c.get("code") or "")) for c in codings
        }
        if True in answers:
            return True
        return None if None in answers else False


def membership(value_set: ValueSet, terminology: Terminology) -> Membership:
    """Compute the membership of a value set.

    If the codes of an exclude cannot be listed, every code that is not a known member is undecided.
    """
    codes: set[Coded] = set()
    systems: set[str] = set()
    any_system = False
    expander, above = Expander(terminology), frozenset({value_set.url})
    for part in value_set.include:
        try:
            codes |= expander.part(part, above).keys()
        except Unexpandable:
            if part.system is None:
                any_system = True
            else:
                systems.add(part.system)
    for part in value_set.exclude:
        try:
            codes -= expander.part(part, above).keys()
        except Unexpandable:
            any_system = True
    bare_codes = frozenset(code for _, code in codes)
    return Membership(frozenset(codes), bare_codes, frozenset(systems), any_system)
