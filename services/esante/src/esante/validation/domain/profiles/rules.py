"""The rules of a profile as a tree of elements.

https://hl7.org/fhir/R4/profiling.html
"""

from dataclasses import dataclass, field, fields
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Invariant:
    """ElementDefinition.constraint of a profile."""

    key: str
    severity: Literal["error", "warning"]
    expression: str
    """In FHIRPath."""
    human: str


@dataclass(slots=True)
class ElementRule:
    """The constraints of a profile on one element."""

    minimum: int = 0
    maximum: int | None = None
    """None: unlimited."""
    pattern: Any = None
    """JSON that the value must contain."""
    types: tuple[str, ...] = ()
    """Allowed data types; empty: any."""
    profiles: tuple[str, ...] = ()
    """Canonicals of the profiles of the value; empty: any."""
    targets: tuple[str, ...] = ()
    """Canonicals of the target profiles of a Reference; empty: any."""
    required: str | None = None
    """The value set of a required binding."""
    extensible: str | None = None
    """The value set of an extensible binding."""
    invariants: tuple[Invariant, ...] = ()
    """Of each value, with those of the base profile."""
    discriminators: tuple[tuple[str, str], ...] = ()
    """(type, path) of each discriminator of the slices."""
    closed: bool = False
    """Whether every value must be in a slice."""
    slices: dict[str, "ElementRule"] = field(default_factory=dict)
    """By name."""
    children: dict[str, "ElementRule"] = field(default_factory=dict)
    """By element name."""

    def at(self, path: str) -> "ElementRule | None":
        """The rule of a descendant (`coding.system`), this rule for `$this`; None if absent.

        Of an element with slices, the first slice that has one.
        """
        rule: ElementRule | None = self
        for step in () if path == "$this" else path.split("."):
            rule = rule.child(step) if rule else None
        return rule

    def child(self, name: str) -> "ElementRule | None":
        """The rule of a member, or that of its first slice with one."""
        of_slices = (each.children.get(name) for each in self.slices.values())
        return self.children.get(name) or next((each for each in of_slices if each), None)

    def count(self) -> int:
        """The number of rules in the tree, this one and the invariants among them."""
        below = (*self.slices.values(), *self.children.values())
        return 1 + len(self.invariants) + sum(rule.count() for rule in below)

    def copy(self) -> "ElementRule":
        """A deep copy, for a profile derived from this one."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["slices"] = {name: rule.copy() for name, rule in self.slices.items()}
        values["children"] = {name: rule.copy() for name, rule in self.children.items()}
        return ElementRule(**values)


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile of a resource or data type."""

    url: str
    type: str
    """The constrained type."""
    rule: ElementRule
    contexts: frozenset[str] = frozenset()
    """The paths and types that an extension is for; empty: any."""
    repeats: bool = True
    """Whether an element can have several of an extension."""
    is_modifier: bool = False
    """Whether it is an extension that changes the meaning of its element."""
