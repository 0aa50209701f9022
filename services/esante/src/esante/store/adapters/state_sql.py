"""The current state of resources: how it is selected, and read from a row."""

from functools import lru_cache

import asyncpg

from esante.store.adapters.revision_sql import revision_sql
from esante.store.ports import ResourceState

_STATE = "version, updated, content, patient, index_digests, author"


@lru_cache(maxsize=100)
def select_current(table: str, *, checked: bool) -> str:
    """The statement for one resource of a partition: type and id; if `checked`, also the members
    whose `revision` is returned beside it."""
    revision = f", ({revision_sql(('$3', '$4', '$5', '$6'))}) AS revision" if checked else ""
    return f"SELECT {_STATE}{revision} FROM {table} WHERE type = $1 AND id = $2"  # noqa: S608


@lru_cache(maxsize=100)
def select_for_update(table: str) -> str:
    """The statement that locks resources of a partition: their types and ids."""
    return (
        f"SELECT r.type, r.id, {_STATE} FROM {table} r"  # noqa: S608
        " JOIN unnest($1::text[], $2::text[]) AS requested(type, id)"
        " ON r.type = requested.type AND r.id = requested.id ORDER BY r.type, r.id FOR UPDATE OF r"
    )


def state_of(row: asyncpg.Record) -> ResourceState:
    """The state in a row of either statement."""
    text, patients = text_of(row["content"]), tuple(row["patient"])
    digests, author = row["index_digests"], row["author"]
    return ResourceState(row["version"], row["updated"], text, patients, digests, author)


def text_of(content: str | None) -> bytes | None:
    """The JSON of a resource; None of one that is deleted."""
    return None if content is None else content.encode()
