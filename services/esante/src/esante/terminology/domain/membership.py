"""Whether a code is in a value set, where that can be told.

A value set may take in a system whose codes nobody here knows (the French nomenclatures are large
and live elsewhere): then a code of that system may be in it, and a code of another is not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from esante.terminology.domain.concepts import ValueSet
from esante.terminology.domain.expansion import Coded, Expander, Terminology, Unexpandable


@dataclass(frozen=True, slots=True)
class Membership:
    """The codes of a value set that are known, by system and bare, and the systems of which others
    may be in it (`anything`: of whichever)."""

    codes: frozenset[Coded]
    bare: frozenset[str]
    systems: frozenset[str]
    anything: bool

    def has(self, system: str | None, code: str | None) -> bool | None:
        """Whether (system, code) is in it; None where that cannot be told here. A system of None
        asks for the code of any system, as for an element of type code."""
        if code in self.bare if system is None else (system, code) in self.codes:
            return True
        if self.anything or (self.systems if system is None else system in self.systems):
            return None
        return False

    def has_one_of(self, codings: Iterable[Mapping[str, Any]]) -> bool | None:
        """Whether one of the Codings is in it."""
        told = {self.has(str(c.get("system") or ""), str(c.get("code") or "")) for c in codings}
        if True in told:
            return True
        return None if None in told else False


def membership(value_set: ValueSet, known: Terminology) -> Membership:
    """What can be told of a value set."""
    codes: set[Coded] = set()
    systems: set[str] = set()
    anything = False
    expander, above = Expander(known), frozenset({value_set.url})
    for part in value_set.include:
        try:
            codes |= expander.part(part, above).keys()
        except Unexpandable:
            if part.system is None:
                anything = True
            else:
                systems.add(part.system)
    for part in value_set.exclude:
        try:
            codes -= expander.part(part, above).keys()
        except Unexpandable:
            anything = True
    bare = frozenset(code for _, code in codes)
    return Membership(frozenset(codes), bare, frozenset(systems), anything)
