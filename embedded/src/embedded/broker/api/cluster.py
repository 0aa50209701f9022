"""The cluster, which has one node: its APIs, its topics, its coordinator, its producer ids."""

from embedded.broker.broker import HOST, NODE_ID, Broker, Client
from embedded.broker.codes import Code
from embedded.broker.store import Topic, is_topic_name
from embedded.broker.wire import APIS, Fields

_NO_TRANSACTIONS = "Ce courtier n'a pas de transactions."


async def api_versions(broker: Broker, client: Client, request: Fields) -> Fields:
    """The APIs, with the versions of each."""
    versions = [
        {"api_key": key, "min_version": least, "max_version": most}
        for key, (_, _, least, most) in APIS.items()
    ]
    return {"error_code": Code.NONE, "api_versions": versions}


async def metadata(broker: Broker, client: Client, request: Fields) -> Fields:
    """The broker and the requested topics; a request never creates a topic."""
    wanted = request["topics"]
    # Version 0 has no null: there an empty list requests every topic.
    if wanted is None or (not wanted and request.get("version") == 0):
        wanted = sorted(broker.store.topics)
    return {
        "brokers": [{"node_id": NODE_ID, "host": HOST, "port": broker.port, "rack": None}],
        "cluster_id": broker.store.cluster_id,
        "controller_id": NODE_ID,
        "topics": [_topic_metadata(name, broker.store.topics.get(name)) for name in wanted],
    }


def _topic_metadata(name: str, topic: Topic | None) -> Fields:
    code = Code.NONE
    if topic is None:
        known = is_topic_name(name)
        code = Code.UNKNOWN_TOPIC_OR_PARTITION if known else Code.INVALID_TOPIC_EXCEPTION
    partitions = [
        {
            "error_code": Code.NONE,
            "partition": number,
            "leader": NODE_ID,
            "replicas": [NODE_ID],
            "isr": [NODE_ID],
            "offline_replicas": [],
        }
        for number in range(len(topic.partitions) if topic else 0)
    ]
    return {"error_code": code, "topic": name, "is_internal": False, "partitions": partitions}


async def find_coordinator(broker: Broker, client: Client, request: Fields) -> Fields:
    """This broker, for groups; none for transactions."""
    for_groups = request.get("coordinator_type", 0) == 0
    return {
        "error_code": Code.NONE if for_groups else Code.INVALID_REQUEST,
        "error_message": None if for_groups else _NO_TRANSACTIONS,
        "coordinator_id": NODE_ID if for_groups else -1,
        "host": HOST if for_groups else "",
        "port": broker.port if for_groups else -1,
    }


async def init_producer_id(broker: Broker, client: Client, request: Fields) -> Fields:
    """An id for an idempotent producer."""
    if request["transactional_id"] is not None:
        return {"error_code": Code.INVALID_REQUEST, "producer_id": -1, "producer_epoch": -1}
    producer_id = broker.store.next_producer_id()
    return {"error_code": Code.NONE, "producer_id": producer_id, "producer_epoch": 0}
