"""Topics and groups, created, grown, set, shown and deleted through real admin clients."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.admin import CreateTopicsRequest_v1
from broker_clients import batch, consuming, create_topics, decode, wire
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewPartitions,
    ResourceType,
)
from programs import running

from embedded.broker.codes import Code


@pytest.fixture
def admin(broker: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": broker})


def _settings(admin: AdminClient, topic: str) -> dict[str, tuple[str, bool]]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    found = admin.describe_configs([resource])[resource].result(20)
    return {name: (entry.value, entry.is_default) for name, entry in found.items()}


def test_settings_are_replaced_and_stored(
    admin: AdminClient, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(retention_ms=1234)
    described = _settings(admin, topic)
    assert described["retention.ms"] == ("1234", False)
    assert described["cleanup.policy"] == ("delete", True)
    changed = ConfigResource(ResourceType.TOPIC, topic, set_config={"cleanup.policy": "compact"})
    with pytest.warns(DeprecationWarning, match="alter_configs"):
        admin.alter_configs([changed])[changed].result(20)
    described = _settings(admin, topic)
    assert described["retention.ms"][1]
    assert described["cleanup.policy"] == ("compact", False)


@pytest.mark.parametrize(
    ("partitions", "replicas", "settings", "code"),
    [
        (0, 1, {}, Code.INVALID_PARTITIONS),
        (5000, 1, {}, Code.INVALID_PARTITIONS),
        (1, 3, {}, Code.INVALID_REPLICATION_FACTOR),
        (1, 1, {"retention.ms": "demain"}, Code.INVALID_CONFIG),
        (1, 1, {"retention.jours": "1"}, Code.INVALID_CONFIG),
        (1, 1, {"cleanup.policy": "garder"}, Code.INVALID_CONFIG),
        (1, 1, {"min.cleanable.dirty.ratio": "2"}, Code.INVALID_CONFIG),
        (1, 1, {"message.timestamp.type": "LogAppendTime"}, Code.INVALID_CONFIG),
        (1, 1, {"max.message.bytes": str(1 << 30)}, Code.INVALID_CONFIG),
    ],
)
def test_a_topic_that_cannot_be_is_refused(
    broker: str, partitions: int, replicas: int, settings: dict[str, str], code: Code
) -> None:
    wanted = [("essai.refus.v1", partitions, replicas, [], list(settings.items()))]
    with wire(broker) as client:
        answer = client.call(CreateTopicsRequest_v1(wanted, 1000, False))
        assert answer.topic_errors[0][1] == code
        assert answer.topic_errors[0][2]


def test_names_are_checked_and_taken_once(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()

    def create(*names: str, only_check: bool = False) -> list[int]:
        wanted = [(name, 1, 1, [], []) for name in names]
        answer = client.call(CreateTopicsRequest_v1(wanted, 1000, only_check))
        return [code for _, code, _ in answer.topic_errors]

    with wire(broker) as client:
        assert create(topic) == [Code.TOPIC_ALREADY_EXISTS]
        for name in ("..", "a/b", "été", "", "x" * 250):
            assert create(name) == [Code.INVALID_TOPIC_EXCEPTION]
        assert create("essai.deux", "essai.deux") == [Code.INVALID_REQUEST]
        assert create("essai.verifie", only_check=True) == [Code.NONE]
        assert client.fetch("essai.verifie", 0)[0] == Code.UNKNOWN_TOPIC_OR_PARTITION


def test_partitions_are_added_and_never_taken(
    broker: str, admin: AdminClient, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(2)
    admin.create_partitions([NewPartitions(topic, 4)])[topic].result(20)
    with wire(broker) as client:
        assert client.produce(topic, batch((b"k", b"v")), partition=3) == (Code.NONE, 0)
    with pytest.raises(confluent_kafka.KafkaException) as refused:
        admin.create_partitions([NewPartitions(topic, 3)])[topic].result(20)
    assert refused.value.args[0].code() == Code.INVALID_PARTITIONS


def test_a_topic_made_again_is_empty(
    broker: str, admin: AdminClient, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(2)
    with wire(broker) as client:
        client.produce(topic, batch((b"k", b"v")))
        admin.delete_topics([topic])[topic].result(20)
        assert client.fetch(topic, 0)[0] == Code.UNKNOWN_TOPIC_OR_PARTITION
        create_topics(broker, {topic: 1})
        assert client.fetch(topic, 0)[:2] == (Code.NONE, 0)


async def test_deleting_a_topic_ends_the_fetch_that_waits_on_it(
    broker: str, admin: AdminClient, make_topic: Callable[..., str]
) -> None:
    import asyncio

    topic = make_topic()
    with wire(broker) as reader:
        loop = asyncio.get_running_loop()
        fetching = loop.run_in_executor(None, lambda: reader.fetch(topic, 0, wait=60_000))
        await asyncio.sleep(0.1)
        admin.delete_topics([topic])[topic].result(20)
        assert (await fetching)[0] == Code.UNKNOWN_TOPIC_OR_PARTITION


async def test_records_are_deleted_before_an_offset(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic()
    place = confluent_kafka.TopicPartition
    with wire(broker) as client:
        client.produce(topic, batch(*((b"k", b"%d" % n) for n in range(5))))
        admin = AdminClient({"bootstrap.servers": broker})
        for outcome in admin.delete_records([place(topic, 0, 3)]).values():
            assert outcome.result(20).low_watermark == 3
        assert client.fetch(topic, 2)[0] == Code.OFFSET_OUT_OF_RANGE
        read = decode(client.fetch(topic, 3)[2])
        assert [offset for offset, _, _ in read if offset >= 3] == [3, 4]


async def test_groups_are_listed_described_and_deleted(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic, group = make_topic(2), f"{make_topic()}.groupe"
    client = AIOKafkaAdminClient(bootstrap_servers=broker)
    await client.start()
    try:
        with wire(broker) as writer:
            writer.produce(topic, batch((b"k", b"v")))
        async with consuming(topic, address=broker, group_id=group) as consumer:
            await consumer.getone()
            await consumer.commit()
            assert _state(await client.describe_consumer_groups([group])) == ("Stable", 1)
            assert (group, "consumer") in await client.list_consumer_groups()
            with wire(broker) as raw:
                assert _delete(raw, group) == Code.NON_EMPTY_GROUP
        assert _state(await client.describe_consumer_groups([group])) == ("Empty", 0)
        offsets = await client.list_consumer_group_offsets(group)
        assert sorted(committed.offset for committed in offsets.values()) == [0, 1]
        with wire(broker) as raw:
            assert _delete(raw, group) == Code.NONE
            assert _delete(raw, group) == Code.GROUP_ID_NOT_FOUND
        assert _state(await client.describe_consumer_groups([group])) == ("Dead", 0)
    finally:
        await client.close()


def _state(answers: list[Any]) -> tuple[str, int]:
    described = answers[0].groups[0]
    return described[2], len(described[5])


def _delete(client: Any, group: str) -> int:
    from aiokafka.protocol.admin import DeleteGroupsRequest_v1

    return int(client.call(DeleteGroupsRequest_v1([group])).results[0][1])


async def test_topics_and_settings_are_there_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        with running("broker", tmp_path / "data") as server:
            client = AIOKafkaAdminClient(bootstrap_servers=server.address)
            await client.start()
            try:
                if await client.list_topics() == []:
                    wanted = NewTopic("t", 3, 1, topic_configs={"cleanup.policy": "compact"})
                    await client.create_topics([wanted])
                (described,) = await client.describe_topics(["t"])
                assert len(described["partitions"]) == 3
                admin = AdminClient({"bootstrap.servers": server.address})
                assert _settings(admin, "t")["cleanup.policy"] == ("compact", False)
            finally:
                await client.close()
