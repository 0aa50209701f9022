"""What has been found of a resource so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from esante.search.domain.ranges import Instants
from esante.store.domain.index_rows import DateRow, QuantityRow, StringRow, UriRow
from socle.errors import Refusal


@dataclass(slots=True)
class Found:
    """Everything of `Indexed`, growing. `base`: the server's own, without a slash at its end, under
    which an absolute reference is one of ours; `contained`: the types of the resources inside, by
    id; `main`: ranges of the type's main date; `codes`: elements of its main code; `pair`: of the
    element being read (`group_key`)."""

    base: str | None = None
    contained: dict[str, str] = field(default_factory=dict)
    pair: int = 0
    tokens: set[int] = field(default_factory=set)
    refs: set[int] = field(default_factory=set)
    strings: list[StringRow] = field(default_factory=list)
    uris: list[UriRow] = field(default_factory=list)
    dates: list[DateRow] = field(default_factory=list)
    quantities: list[QuantityRow] = field(default_factory=list)
    references: list[tuple[str, str, str]] = field(default_factory=list)
    main: list[Instants] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)

    def count(self) -> int:
        """Elements and rows."""
        rows = len(self.strings) + len(self.uris) + len(self.dates) + len(self.quantities)
        return len(self.tokens) + len(self.refs) + rows


MOST: Final = 50_000
"""Values by which one resource is found; the official example that has most has 12,833."""


def too_many() -> Refusal:
    """A resource that would cost too much to be found by its values."""
    return Refusal(
        "invalid",
        f"La ressource a plus de {MOST} valeurs de recherche : partagez-la.",
        issue="too-costly",
    )


Reader = Callable[[Any, Found], None]  # takes one value of a path, as JSON holds it
