"""The store of resources, with the rows that it writes for resources of some types."""

from esante.search.adapters.uploaded_rows import SearchParameterRows
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER
from esante.store.adapters.batched_reads import BatchedResources
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.resource_store import AttachedRows, PostgresResources
from esante.subscriptions.adapters.subscription_rows import SubscriptionRows
from esante.subscriptions.domain.subscription import SUBSCRIPTION
from socle.outbox import Outbox
from socle.postgres import Pool


def open_store(
    pool: Pool, outbox: Outbox, notifier: OutboxNotifier, *, batched: bool = False
) -> PostgresResources:
    """The store that also writes the rows of subscriptions and uploaded search parameters.

    `batched`: versions that tasks read at the same time are one query.
    """
    store = BatchedResources if batched else PostgresResources
    rows: dict[str, AttachedRows] = {
        SUBSCRIPTION: SubscriptionRows(),
        SEARCH_PARAMETER: SearchParameterRows(),
    }
    return store(pool, outbox, notifier, rows)
