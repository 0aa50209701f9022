"""The index entries of one resource, while they are extracted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from esante.search.domain.ranges import Instants
from esante.store.domain.index_rows import DateRow, QuantityRow, StringRow, UriRow
from socle.errors import Refusal


@dataclass(slots=True)
class IndexCollector:
    """Collects the values that become IndexEntries. Fields without a description are as there."""

    base: str | None = None
    """The FHIR base of this server, without final slash; absolute references below it are local.
    None: no absolute reference is."""
    contained: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The contained resources, by id."""
    pair: int = 0
    """The `group_key` of the current repeated element; 0 outside one."""
    tokens: set[int] = field(default_factory=set)
    refs: set[int] = field(default_factory=set)
    strings: list[StringRow] = field(default_factory=list)
    uris: list[UriRow] = field(default_factory=list)
    dates: list[DateRow] = field(default_factory=list)
    quantities: list[QuantityRow] = field(default_factory=list)
    references: list[tuple[str, str, str]] = field(default_factory=list)
    """(parameter, type, id) of each local reference."""
    contained_references: list[tuple[str, str]] = field(default_factory=list)
    """(parameter, id) of each reference to a contained resource."""
    main: list[Instants] = field(default_factory=list)
    """Ranges of the main date."""
    codes: set[int] = field(default_factory=set)
    """Elements of the main code."""

    def count(self) -> int:
        """The number of index entries: elements and rows."""
        rows = len(self.strings) + len(self.uris) + len(self.dates) + len(self.quantities)
        return len(self.tokens) + len(self.refs) + rows


MAX_VALUES: Final = 50_000
"""Index entries of one resource; the largest official example has 12,833."""


def too_many() -> Refusal:
    """The Refusal for a resource with more than `MAX_VALUES` index entries."""
    return Refusal(
        "invalid",
        f"La ressource a plus de {MAX_VALUES} valeurs de recherche : partagez-la.",
        issue="too-costly",
    )


Extractor = Callable[[Any, IndexCollector], None]
"""Takes a JSON value and the collector to add its index entries to."""
