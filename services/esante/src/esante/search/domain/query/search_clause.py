"""One search parameter of a query, with its modifier and values."""

from dataclasses import dataclass
from datetime import datetime

from esante.search.domain.definitions import SearchParameter
from esante.search.domain.query.code_sets import R4_CODES, CodeSets
from esante.store.domain.index_keys import parameter_key


@dataclass(frozen=True, slots=True)
class SearchClause:
    """One clause of a query, on one resource type."""

    resource_type: str
    parameter: SearchParameter
    modifier: str | None
    """Without the colon; None without one."""
    values: tuple[str, ...]
    """Split at commas, still escaped. One of them must match."""
    base: str
    """The FHIR base of this server."""
    now: datetime
    """The instant from which the `ap` prefix is computed."""
    codes: CodeSets = R4_CODES
    """For modifiers of tokens that refer to value sets or code systems."""

    @property
    def key(self) -> int:
        """The key of the parameter in index entries."""
        return parameter_key(self.resource_type, self.parameter.code)
