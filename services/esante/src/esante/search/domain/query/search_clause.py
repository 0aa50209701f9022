"""One search parameter of a type, as a search asks it."""

from dataclasses import dataclass
from datetime import datetime

from esante.search.domain.definitions import SearchParameter
from esante.store.domain.index_keys import parameter_key


@dataclass(frozen=True, slots=True)
class Asked:
    """One parameter of one type, with its modifier and its values, cut at commas, still escaped.

    `base`: the address of this server; `now`: what `ap` counts from.
    """

    resource_type: str
    parameter: SearchParameter
    modifier: str | None
    values: tuple[str, ...]
    base: str
    now: datetime

    @property
    def key(self) -> int:
        return parameter_key(self.resource_type, self.parameter.code)
