"""The value sets that the bindings of one validation name."""

from dataclasses import dataclass, field

from esante.terminology.domain.membership import Membership
from esante.terminology.domain.r4_terminology import membership_of


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
