"""The operations of subscriptions, assembled."""

from functools import partial

from esante.access.adapters.record_loader import RecordLoader
from esante.interactions.flows.dependencies import Dependencies
from esante.interactions.flows.read import read, read_version
from esante.subscriptions.adapters.delivery_metrics import report_streams
from esante.subscriptions.adapters.subscription_queue import PostgresSubscriptionQueue
from esante.subscriptions.api.event_stream_operation import EventStreamOperation
from esante.subscriptions.api.subscription_operations import SubscriptionOperations
from esante.subscriptions.flows.event_streams import EventStreams
from esante.subscriptions.flows.follow_events import FollowDependencies
from esante.subscriptions.flows.read_now import ReadVersionNow
from socle.postgres import Pool


def wire_subscription_operations(
    dependencies: Dependencies, pool: Pool
) -> tuple[SubscriptionOperations, EventStreamOperation]:
    """The operations of one Subscription, and its event stream."""
    queue = PostgresSubscriptionQueue(pool)
    read_current = partial(read, dependencies=dependencies)
    load = RecordLoader(pool, dependencies.clock).load
    read_one = ReadVersionNow(partial(read_version, dependencies=dependencies), load)
    clock, workers, base = dependencies.clock, dependencies.workers, dependencies.base
    follow = FollowDependencies(queue, read_current, read_one, clock, base)
    return (
        SubscriptionOperations(queue, read_current, read_one, clock, workers, base),
        EventStreamOperation(follow, EventStreams(queue, report_streams), workers),
    )
