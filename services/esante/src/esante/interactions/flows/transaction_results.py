"""The results of the entries of a transaction, as records of an Idempotency-Key store them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.interactions.domain.bundle_request import EntryRequest
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.idempotency import Records, recorded_version
from esante.store.ports import (
    Change,
    RecordedVersion,
    ResourceState,
)
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class EntryResult:
    """The result of one writing entry."""

    entry: EntryRequest
    change: Change | None
    """None if nothing was written."""
    state: ResourceState
    """The state before the transaction; of a conditional create with a match, that of the match."""
    identity: tuple[str, str] | None
    """(type, id); None for a condition without match."""
    refusal: Refusal | None = None
    """Why the caller does not get the result that the first request with the key had."""


def written_resources(results: Iterable[EntryResult]) -> list[tuple[str, Resource]]:
    """Each resource that a transaction has written or deleted, with its interaction."""
    found: list[tuple[str, Resource]] = []
    for result in results:
        if (change := result.change) is not None:
            indexed = change.indexed
            patients = result.state.patients if indexed is None else tuple(indexed.patients)
            text = change.text or b""
            own = Resource(change.type, change.id, change.version, change.updated, text, patients)
            found.append((change.interaction, own))
    return found


def recorded_versions(results: Mapping[int, EntryResult]) -> tuple[RecordedVersion, ...]:
    """The version that answers each entry. `results`: by index of the entry."""
    return tuple(
        RecordedVersion(
            place,
            *(result.identity or ("", "")),
            result.state.version if result.change is None else result.change.version,
            written=result.change is not None,
        )
        for place, result in results.items()
    )


async def recorded_entries(
    entries: Sequence[EntryRequest],
    bundle_type: Literal["batch", "transaction"],
    records: Records,
    *,
    by: Access,
    dependencies: Dependencies,
) -> dict[int, EntryResult]:
    """The results of the entries that the first request with the key has executed, by index of the
    entry: all writing ones of a transaction, or none.

    `entries`: the same ones, sent again. Raises Refusal if the caller could not write those of a
    transaction now; in a batch, it is the result of the entry.
    """
    if bundle_type == "transaction":
        recorded = [(each.place, each) for record in records.values() for each in record.versions]
    else:
        recorded = [(place, each) for place, record in records.items() for each in record.versions]
    found: dict[int, EntryResult] = {}
    for place, each in recorded:
        try:
            found[place] = await _recorded_result(
                entries[place], each, by=by, dependencies=dependencies
            )
        except Refusal as refusal:
            if bundle_type == "transaction":
                raise
            found[place] = EntryResult(entries[place], None, ResourceState(), None, refusal)
    return found


async def _recorded_result(
    entry: EntryRequest, recorded: RecordedVersion, *, by: Access, dependencies: Dependencies
) -> EntryResult:
    """The result of one entry. `entry`: the same one, sent again. Raises Refusal."""
    own = recorded.type, recorded.id
    found, _ = await recorded_version(recorded, by=by, dependencies=dependencies)
    if found is None:
        return EntryResult(entry, None, ResourceState(), own if recorded.id else None)
    if not recorded.written:
        return EntryResult(
            entry, None, ResourceState(found.version, found.updated, found.text), own
        )
    change = Change(
        *own,
        found.version,
        found.updated,
        found.interaction,  # type: ignore[arg-type]
        found.text,
        None,
        replaces=0 if found.interaction == "create" else found.version - 1,
    )
    return EntryResult(entry, change, ResourceState(), own)
