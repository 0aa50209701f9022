"""The value sets that the bindings of one validation name."""

from dataclasses import dataclass, field
from typing import Any

from esante.core.domain.check_budget import CheckBudget
from esante.fhirpath.domain.engine import Environment
from esante.terminology.domain.membership import Membership
from esante.terminology.domain.r4_terminology import membership_of
from esante.validation.domain.profiles.slicing import is_in_value_set


@dataclass(slots=True)
class BoundCodes:
    """Finds value sets, and collects those by which a code was not decided."""

    loaded: dict[str, Membership] = field(default_factory=dict)
    """Stored value sets, and those of R4 and FrCore with stored code systems, by canonical."""
    undecided: set[str] = field(default_factory=set)
    """The canonicals of value sets that are not known, or not completely."""

    def find(self, url: str) -> Membership | None:
        """The membership of a value set, by its canonical without version; None if unknown."""
        found = self.loaded.get(url)
        return membership_of(url) if found is None else found

    def decide(self, value: Any, url: str, budget: CheckBudget) -> bool | None:
        """Whether a code, Coding or CodeableConcept is in a value set; None if that is not known,
        and the value set is then among the undecided ones."""
        codes = self.find(url)
        is_member = None if codes is None else is_in_value_set(value, codes, budget)
        if is_member is None:
            self.undecided.add(url)
        return is_member


def invariant_environment(codes: BoundCodes, budget: CheckBudget) -> Environment:
    """What invariants need beyond the resource. `codes`: the value sets of memberOf().

    The narrative is judged on its own (`domain/narrative`).
    """
    return Environment(
        member_of=lambda value, url: codes.decide(value, url, budget),
        html_problem=lambda _: None,
    )
