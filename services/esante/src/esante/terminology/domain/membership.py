"""Membership of a code in a value set, if it can be decided.

A value set can include a code system whose codes are not known here, as the French nomenclatures,
which are large. Codes of that system are then undecided; other codes that are not known members are
no members. An exclude whose codes are not known makes the members of its code system undecided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from esante.terminology.domain.concepts import ConceptSet, ValueSet
from esante.terminology.domain.expansion import (
    Coded,
    EndlessValueSet,
    Expander,
    Terminology,
    Unexpandable,
)


@dataclass(frozen=True, slots=True)
class Membership:
    """The known codes of a value set, and the systems whose codes are undecided."""

    codes: frozenset[Coded]
    """The codes of includes that can be listed, without those of `excluded`."""
    bare_codes: frozenset[str]
    """`codes` without their systems."""
    excluded: frozenset[Coded]
    """The codes of excludes that can be listed."""
    included_systems: frozenset[str]
    """Code systems of which the value set includes codes that are not known."""
    includes_any: bool
    """Whether it includes codes of any system that are not known."""
    excluded_systems: frozenset[str]
    """Code systems of which it excludes codes that are not known."""
    excludes_any: bool
    """Whether it excludes codes of any system that are not known."""

    def contains(self, system: str | None, code: str | None) -> bool | None:
        """Whether the value set contains a code; None if undecided.

        `system`: None for any system, as for an element of type code.
        """
        if code in self.bare_codes if system is None else (system, code) in self.codes:
            excluded_systems = self.excluded_systems
            removable = excluded_systems if system is None else system in excluded_systems
            return None if self.excludes_any or removable else True
        if (system, code) in self.excluded:
            return False
        included_systems = self.included_systems
        if self.includes_any or (
            included_systems if system is None else system in included_systems
        ):
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
    """Compute the membership of a value set. Raises EndlessValueSet."""
    expander, above = Expander(terminology), frozenset({value_set.url})
    included = _listed(value_set.include, expander, above)
    excluded = _listed(value_set.exclude, expander, above)
    codes = included.codes - excluded.codes
    return Membership(
        codes,
        bare_codes=frozenset(code for _, code in codes),
        excluded=excluded.codes,
        included_systems=included.systems,
        includes_any=included.any_system,
        excluded_systems=excluded.systems,
        excludes_any=excluded.any_system,
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """What is known of the codes of some parts of a value set."""

    codes: frozenset[Coded]
    systems: frozenset[str]
    """Code systems of the parts that cannot be listed."""
    any_system: bool
    """Whether a part that cannot be listed has no code system of its own."""


def _listed(parts: Iterable[ConceptSet], expander: Expander, above: frozenset[str]) -> _Listed:
    codes: set[Coded] = set()
    systems: set[str] = set()
    any_system = False
    for part in parts:
        try:
            codes |= expander.part(part, above).keys()
        except EndlessValueSet:
            raise
        except Unexpandable:
            if part.system is None:
                any_system = True
            else:
                systems.add(part.system)
    return _Listed(frozenset(codes), frozenset(systems), any_system)
