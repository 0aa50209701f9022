"""The store of resources, with the rows that it writes for resources of some types."""

from esante.access.adapters.opening_rows import access_rows
from esante.appointments.adapters.slot_holds import SlotHolds
from esante.appointments.domain.held_slots import APPOINTMENT
from esante.search.adapters.uploaded_rows import SearchParameterRows
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER
from esante.store.adapters.attached_rows import AttachedRows
from esante.store.adapters.batched_reads import BatchedResources
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.resource_store import PostgresResources, PostgresTransaction
from esante.subscriptions.adapters.subscription_rows import SubscriptionRows
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.clock import Clock
from socle.outbox import Outbox
from socle.postgres import Connection, Pool


def open_store(
    pool: Pool,
    outbox: Outbox,
    notifier: OutboxNotifier,
    clock: Clock,
    base: str,
    *,
    batched: bool = False,
) -> PostgresResources:
    """The store that also writes the rows of subscriptions, uploaded search parameters and open
    records, and the slots of appointments.

    `base`: the FHIR base as callers see it.
    `batched`: versions that tasks read at the same time are one query.
    """
    store = BatchedResources if batched else PostgresResources

    def open_transaction(connection: Connection) -> PostgresTransaction:
        return PostgresTransaction(connection, outbox, {})

    rows: dict[str, AttachedRows] = {
        APPOINTMENT: SlotHolds(open_transaction, clock, base),
        SUBSCRIPTION: SubscriptionRows(),
        SEARCH_PARAMETER: SearchParameterRows(),
        **access_rows(base),
    }
    return store(pool, outbox, notifier, rows)
