"""The results of the entries of a transaction, as records of an Idempotency-Key store them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from esante.core.domain.resource import Resource
from esante.interactions.domain.bundle_request import EntryRequest
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.idempotency import Records
from esante.store.ports import (
    Change,
    RecordedVersion,
    ResourceState,
    ResourceStore,
)


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
    dependencies: Dependencies,
) -> dict[int, EntryResult]:
    """The results of the entries that the first request with the key has executed, by index of the
    entry: all writing ones of a transaction, or none.

    `entries`: the same ones, sent again.
    """
    if bundle_type == "transaction":
        recorded = [(each.place, each) for record in records.values() for each in record.versions]
    else:
        recorded = [(place, each) for place, record in records.items() for each in record.versions]
    return {
        place: await recorded_result(entries[place], each, store=dependencies.store)
        for place, each in recorded
    }


async def recorded_result(
    entry: EntryRequest, recorded: RecordedVersion, *, store: ResourceStore
) -> EntryResult:
    """The result of one entry. `entry`: the same one, sent again."""
    own = recorded.type, recorded.id
    found = None
    if recorded.version:
        found, _ = await store.find_version(*own, recorded.version)
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
