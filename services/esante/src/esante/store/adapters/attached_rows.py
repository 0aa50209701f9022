"""Rows of other capabilities that are written with resources."""

from collections.abc import Mapping
from typing import Protocol

from esante.store.ports import Change
from socle.postgres import Connection


class AttachedRows(Protocol):
    """Rows of another capability for each resource of a type, written with its versions."""

    def concern(self, change: Change) -> bool:
        """Whether rows are written for that change."""

    async def write(self, connection: Connection, change: Change) -> None:
        """Write them for that change, in its transaction and after it."""


def rows_of(change: Change, attached: Mapping[str, AttachedRows]) -> AttachedRows | None:
    """The rows that are written with a change, if any are."""
    rows = attached.get(change.type)
    return rows if rows is not None and rows.concern(change) else None
