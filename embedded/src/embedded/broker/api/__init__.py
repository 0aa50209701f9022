"""The handler of each API, by API key. It takes the broker, the client and the request, and returns
the response; None if the request has no response."""

from collections.abc import Awaitable, Callable

from embedded.broker.api import admin, cluster, groups, records
from embedded.broker.broker import Broker, Client
from embedded.broker.wire import APIS, Fields

Handler = Callable[[Broker, Client, Fields], Awaitable[Fields | None]]

HANDLERS: dict[int, Handler] = {
    0: records.produce,
    1: records.fetch,
    2: records.list_offsets,
    3: cluster.metadata,
    8: groups.commit_offsets,
    9: groups.fetch_offsets,
    10: cluster.find_coordinator,
    11: groups.join,
    12: groups.heartbeat,
    13: groups.leave,
    14: groups.sync,
    15: groups.describe,
    16: groups.list_all,
    18: cluster.api_versions,
    19: admin.create_topics,
    20: admin.delete_topics,
    21: records.delete_records,
    22: cluster.init_producer_id,
    32: admin.describe_configs,
    33: admin.alter_configs,
    37: admin.create_partitions,
    42: groups.delete,
}
assert HANDLERS.keys() == APIS.keys()
