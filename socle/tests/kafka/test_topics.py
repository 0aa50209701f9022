"""Topics made what they are declared to be, and nothing done twice."""

import uuid

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from socle.bus import TopicSpec, ensure_topics
from socle.errors import Retry

pytestmark = pytest.mark.usefixtures("broker")


def fresh(**spec):
    return TopicSpec(f"test.{uuid.uuid4().hex}.v1", **spec)


async def settings_of(address, name):
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        (topic,) = await admin.describe_topics([name])
        resource = ConfigResource(ConfigResourceType.TOPIC, name)
        (response,) = await admin.describe_configs([resource])
        ((_, _, _, _, entries),) = response.resources
        return len(topic["partitions"]), {entry[0]: entry[1] for entry in entries}
    finally:
        await admin.close()


async def test_missing_topics_are_created_as_declared(kafka_address):
    fact = fresh(partitions=3, kind="fact", retention_hours=2)
    table = fresh(partitions=2, kind="table")
    changes = await ensure_topics(kafka_address, [fact, table])
    assert [(c.topic, c.what) for c in changes] == [
        (fact.name, "created"),
        (table.name, "created"),
    ]
    partitions, settings = await settings_of(kafka_address, fact.name)
    assert partitions == 3
    assert settings["cleanup.policy"] == "delete"
    assert settings["retention.ms"] == "7200000"
    partitions, settings = await settings_of(kafka_address, table.name)
    assert partitions == 2
    assert settings["cleanup.policy"] == "compact"


async def test_a_second_time_changes_nothing(kafka_address):
    specs = [fresh(partitions=1, kind="fact"), fresh(partitions=1, kind="table")]
    await ensure_topics(kafka_address, specs)
    assert await ensure_topics(kafka_address, specs) == []


async def test_settings_and_partitions_follow_the_declaration(kafka_address):
    before = fresh(partitions=1, kind="fact", retention_hours=1)
    await ensure_topics(kafka_address, [before])
    after = TopicSpec(before.name, partitions=4, kind="fact", retention_hours=5)
    changes = await ensure_topics(kafka_address, [after])
    assert [c.what for c in changes] == ["configured", "partitions added"]
    assert "retention.ms=18000000 (avant : 3600000)" in changes[0].detail
    partitions, settings = await settings_of(kafka_address, before.name)
    assert (partitions, settings["retention.ms"]) == (4, "18000000")
    assert await ensure_topics(kafka_address, [after]) == []


async def test_a_change_that_breaks_the_order_of_keys_is_left_and_reported(kafka_address):
    fact = fresh(partitions=3, kind="fact")
    table = fresh(partitions=1, kind="table")
    await ensure_topics(kafka_address, [fact, table])
    fewer = TopicSpec(fact.name, partitions=1, kind="fact")
    more = TopicSpec(table.name, partitions=8, kind="table")
    changes = await ensure_topics(kafka_address, [fewer, more])
    assert [c.what for c in changes] == ["left", "left"]
    assert (await settings_of(kafka_address, table.name))[0] == 1


async def test_only_missing_leaves_what_stands(kafka_address):
    spec = fresh(partitions=1, kind="fact", retention_hours=1)
    await ensure_topics(kafka_address, [spec])
    other = TopicSpec(spec.name, partitions=2, kind="fact", retention_hours=9)
    assert await ensure_topics(kafka_address, [other], only_missing=True) == []


async def test_a_name_the_broker_refuses_is_an_error(kafka_address):
    with pytest.raises(Exception, match=r"(?i)topic"):
        await ensure_topics(kafka_address, [TopicSpec("no spaces", partitions=1, kind="fact")])


async def test_no_broker_is_a_retry(broker):
    with pytest.raises(Retry):
        await ensure_topics("127.0.0.1:1", [fresh(partitions=1, kind="fact")])
