"""An SQL statement while it is built: its arguments, and its aliases of the table `resource`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from esante.search.domain.query.limits import MAX_ARGUMENTS, too_costly
from esante.store.adapters.partitions import partition_of


@dataclass(frozen=True, slots=True)
class Found:
    """An argument that the statement itself looks up. `place`: that of its lookup, from 1."""

    place: int


@dataclass(slots=True)
class Statement:
    """A statement being built: its arguments and row aliases."""

    arguments: list[Any] = field(default_factory=list)
    """In the order of their placeholders."""
    is_checked: bool = False
    """Whether what it finds is used only if the openings have not changed since they were loaded
    (`RevisionCheck`): the stored ones can be looked up instead."""
    is_short: bool = False
    """Whether it ends after the rows of a page: then they are looked up instead of many records."""
    _rows: int = 0
    """How many aliases exist."""
    _places: dict[tuple[Any, str], str] = field(default_factory=dict)
    """The placeholder of each value and SQL type."""

    def bind(self, value: Any, sql_type: str) -> str:
        """Add an argument, which must be hashable, or reuse an equal one; returns its placeholder.

        Raises Refusal past `MAX_ARGUMENTS`.
        """
        if (at := self._places.get((value, sql_type))) is not None:
            return at
        self.arguments.append(value)
        if len(self.arguments) > MAX_ARGUMENTS:
            raise too_costly("Cette recherche compare trop de valeurs : demandez-en moins.")
        placeholder = f"${len(self.arguments)}::{sql_type}"
        self._places[value, sql_type] = placeholder
        return placeholder

    def row(self, types: Sequence[str], record: str | None = None) -> "Row":
        """A new alias of `resource`, for rows of those types. `record`: see `Row`."""
        self._rows += 1
        name = f"r{self._rows}"
        own = f"{name}.self" if tuple(types) == ("Patient",) else record
        return Row(name, tuple(types), own)


@dataclass(frozen=True, slots=True)
class Row:
    """An alias of the table `resource` in a statement."""

    name: str
    types: tuple[str, ...]
    """The resource types of its rows."""
    record: str | None = None
    """The SQL of the key of a patient in whose record each row is: of Patients, themselves; None:
    unknown, or of some rows only."""

    @property
    def source(self) -> str:
        """The FROM item: the partition, if one has all of its types."""
        tables = {partition_of(each) for each in self.types}
        return f"{tables.pop() if len(tables) == 1 else 'resource'} {self.name}"

    @property
    def typed(self) -> str:
        """The condition on its types."""
        types = ", ".join(f"'{each}'" for each in self.types)
        return (
            f"{self.name}.type = {types}"
            if len(self.types) == 1
            else f"{self.name}.type IN ({types})"
        )
