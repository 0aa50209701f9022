"""The write of one change: its attachments are checked, its Idempotency-Key is recorded with it."""

from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.permissions import Access
from esante.interactions.flows.check_attachments import AttachmentCheck
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.running_keys import still_running
from esante.store.ports import Change, RecordedVersion, Transaction, WriteRecord


async def write_change(
    change: Change,
    *,
    by: Access,
    dependencies: Dependencies,
    within: Transaction | None = None,
    id_is_assigned: bool = False,
) -> None:
    """Write a change. `within`: a transaction; None: its own. `id_is_assigned`: as in
    `ResourceStore.write`. Its warnings are counted again for each attempt.

    Raises Refusal for an attachment that differs from its Binary, and for an Idempotency-Key that
    another request has used meanwhile. Raises WriteConflict as the store.
    """
    await AttachmentCheck(by, dependencies).check(change)
    if change.warnings:
        dependencies.count_warnings(change.warnings)
    if within is not None:
        await _write(change, dependencies, within)
    elif dependencies.idempotency_key is None:
        await dependencies.store.write([change], ids_are_assigned=id_is_assigned)
    else:
        async with dependencies.store.transaction() as transaction:
            await _write(change, dependencies, transaction)


async def _write(change: Change, dependencies: Dependencies, within: Transaction) -> None:
    await within.write([change])
    written = RecordedVersion(0, change.type, change.id, change.version, written=True)
    await record_versions((written,), dependencies.idempotency_key, within)


async def record_versions(
    versions: tuple[RecordedVersion, ...], key: IdempotencyKey | None, within: Transaction
) -> None:
    """Store what a request with a key has written. Raises Refusal if another one had the same."""
    if key is not None and not await within.record(WriteRecord(key, versions)):
        raise still_running()
