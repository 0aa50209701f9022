"""The rows that are written with the resources of some types."""

from esante.search.adapters.uploaded_rows import SearchParameterRows
from esante.search.domain.uploaded_definition import SEARCH_PARAMETER
from esante.store.adapters.resource_store import AttachedRows
from esante.subscriptions.adapters.subscription_rows import SubscriptionRows
from esante.subscriptions.domain.subscription import SUBSCRIPTION


def attached_rows() -> dict[str, AttachedRows]:
    """By resource type."""
    return {SUBSCRIPTION: SubscriptionRows(), SEARCH_PARAMETER: SearchParameterRows()}
