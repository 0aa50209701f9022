"""The store of resources, with the rows that it writes for resources of some types."""

from esante.access.adapters.opening_rows import access_rows
from esante.search.adapters.uploaded_rows import SearchParameterRows
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER
from esante.store.adapters.attached_rows import AttachedRows
from esante.store.adapters.batched_reads import BatchedResources
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.resource_store import PostgresResources
from esante.subscriptions.adapters.subscription_rows import SubscriptionRows
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.outbox import Outbox
from socle.postgres import Pool


def open_store(
    pool: Pool, outbox: Outbox, notifier: OutboxNotifier, *, base: str, batched: bool = False
) -> PostgresResources:
    """The store that also writes the rows of subscriptions, uploaded search parameters and open
    records.

    `base`: the FHIR base as callers see it.
    `batched`: versions that tasks read at the same time are one query.
    """
    store = BatchedResources if batched else PostgresResources
    rows: dict[str, AttachedRows] = {
        SUBSCRIPTION: SubscriptionRows(),
        SEARCH_PARAMETER: SearchParameterRows(),
        **access_rows(base),
    }
    return store(pool, outbox, notifier, rows)
