"""Topics: create, delete, add partitions, describe and change their settings."""

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from embedded.broker.broker import HOST, NODE_ID, Broker, Client
from embedded.broker.codes import BrokerError, Code
from embedded.broker.config import DEFAULTS, MAX_BATCH_BYTES, parse_config
from embedded.broker.coordinator import MAX_SESSION_MS, MIN_SESSION_MS
from embedded.broker.wire import Fields

T = TypeVar("T")

_TOPIC, _BROKER = 2, 4  # resource types
_TOPIC_CONFIG, _STATIC_CONFIG, _DEFAULT_CONFIG = 1, 4, 5  # sources of a setting


def _attempt(name: str, action: Callable[[T], None], subject: T) -> Fields:
    """Apply `action` to `subject`; the result of the resource `name` in the response."""
    try:
        action(subject)
    except BrokerError as error:
        return {"topic": name, "error_code": error.code, "error_message": error.message}
    return {"topic": name, "error_code": Code.NONE, "error_message": None}


async def create_topics(broker: Broker, client: Client, request: Fields) -> Fields:
    """Create topics; with `validate_only`, only check that they could be created."""
    wanted = request["create_topic_requests"]
    times = Counter(topic["topic"] for topic in wanted)
    validate_only = request.get("validate_only", False)

    def create(topic: Fields) -> None:
        if times[topic["topic"]] > 1:
            raise BrokerError(Code.INVALID_REQUEST, "Le même sujet est demandé deux fois.")
        settings = {c["config_key"]: c["config_value"] for c in topic["configs"] or ()}
        action = broker.store.check_new if validate_only else broker.store.create
        action(topic["topic"], _partition_count(topic), settings)

    unique = {topic["topic"]: topic for topic in wanted}
    return {"topic_errors": [_attempt(name, create, topic) for name, topic in unique.items()]}


def _partition_count(topic: Fields) -> int:
    """The number of partitions that a creation requests: those of its assignment, or its count, for
    which -1 means the default of 1. Raises `BrokerError` for replicas on other brokers, or an
    assignment together with a count."""
    assignment = topic["replica_assignment"]
    count, replicas = topic["num_partitions"], topic["replication_factor"]
    if assignment:
        numbers = sorted(part["partition_id"] for part in assignment)
        all_here = all(part["replicas"] == [NODE_ID] for part in assignment)
        if not all_here or numbers != list(range(len(numbers))) or (count, replicas) != (-1, -1):
            raise BrokerError(Code.INVALID_REPLICA_ASSIGNMENT, "Ce courtier est seul.")
        return len(numbers)
    if replicas not in (-1, 1):
        raise BrokerError(Code.INVALID_REPLICATION_FACTOR, "Ce courtier est seul : 1 réplica.")
    return 1 if count == -1 else int(count)


async def delete_topics(broker: Broker, client: Client, request: Fields) -> Fields:
    """Delete topics, and the offsets that groups committed on them."""

    def delete(name: str) -> None:
        broker.store.delete(name)
        broker.coordinator.forget_topic(name)

    outcomes = [_attempt(name, delete, name) for name in request["topics"]]
    return {"topic_error_codes": outcomes}


async def create_partitions(broker: Broker, client: Client, request: Fields) -> Fields:
    """Add partitions to topics."""

    def grow(topic: Fields) -> None:
        count = topic["new_partitions"]["count"]
        broker.store.check_growth(topic["topic"], count)
        if not request["validate_only"]:
            broker.store.grow(topic["topic"], count)

    return {
        "topic_errors": [
            _attempt(topic["topic"], grow, topic) for topic in request["topic_partitions"]
        ]
    }


async def describe_configs(broker: Broker, client: Client, request: Fields) -> Fields:
    """The settings of topics, and the few of the broker."""
    resources = []
    for resource in request["resources"]:
        resource_type, name = resource["resource_type"], resource["resource_name"]
        answer = {"resource_type": resource_type, "resource_name": name}
        try:
            settings = _settings(broker, resource_type, name)
        except BrokerError as error:
            failed = {"error_code": error.code, "error_message": error.message}
            resources.append({**answer, **failed, "config_entries": []})
            continue
        wanted = resource["config_names"]
        entries = [entry for entry in settings if wanted is None or entry["config_names"] in wanted]
        found = {"error_code": Code.NONE, "error_message": None, "config_entries": entries}
        resources.append({**answer, **found})
    return {"resources": resources}


def _settings(broker: Broker, resource_type: int, name: str) -> list[Fields]:
    if resource_type == _TOPIC:
        config = broker.store.get(name).config
        given = config.given
        return [
            _setting(key, value, _TOPIC_CONFIG if key in given else _DEFAULT_CONFIG)
            for key, value in sorted(config.values.items())
        ]
    if resource_type != _BROKER or name != str(NODE_ID):
        raise BrokerError(Code.INVALID_REQUEST, "Seuls les sujets et ce courtier ont des réglages.")
    values = {
        "advertised.listeners": f"PLAINTEXT://{HOST}:{broker.port}",
        "auto.create.topics.enable": "false",
        "group.max.session.timeout.ms": str(MAX_SESSION_MS),
        "group.min.session.timeout.ms": str(MIN_SESSION_MS),
        "log.cleanup.policy": DEFAULTS["cleanup.policy"],
        "log.retention.ms": DEFAULTS["retention.ms"],
        "log.segment.bytes": DEFAULTS["segment.bytes"],
        "message.max.bytes": str(MAX_BATCH_BYTES),
    }
    return [_setting(key, value, _STATIC_CONFIG) for key, value in values.items()]


def _setting(name: str, value: str, source: int) -> Fields:
    return {
        "config_names": name,
        "config_value": value,
        "read_only": source == _STATIC_CONFIG,
        "is_default": source == _DEFAULT_CONFIG,
        "config_source": source,
        "is_sensitive": False,
        "config_synonyms": [],
    }


async def alter_configs(broker: Broker, client: Client, request: Fields) -> Fields:
    """Replace the settings of topics: one that is not stated returns to its default."""

    def alter(resource: Fields) -> None:
        _alter(broker, resource, request["validate_only"])

    resources = []
    for resource in request["resources"]:
        resource_type, name = resource["resource_type"], resource["resource_name"]
        outcome = _attempt(name, alter, resource)
        resources.append({**outcome, "resource_type": resource_type, "resource_name": name})
    return {"resources": resources}


def _alter(broker: Broker, resource: Fields, validate_only: bool) -> None:
    if resource["resource_type"] != _TOPIC:
        raise BrokerError(Code.INVALID_REQUEST, "Seuls les réglages des sujets se changent.")
    topic = broker.store.get(resource["resource_name"])
    entries = resource["config_entries"]
    config = parse_config({entry["config_name"]: entry["config_value"] for entry in entries})
    if not validate_only:
        broker.store.configure(topic.name, config)
