"""Consumer groups: shared, moved when a member leaves or dies, standing after a restart."""

import asyncio
import contextlib
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import confluent_kafka
from aiokafka.protocol.commit import OffsetCommitRequest_v2, OffsetFetchRequest_v3
from aiokafka.protocol.group import (
    HeartbeatRequest_v1,
    JoinGroupRequest_v2,
    LeaveGroupRequest_v1,
    SyncGroupRequest_v1,
)
from broker_clients import Wire, batch, consuming, create_topics, producing, until, wire
from programs import running

from embedded.broker.codes import Code

_MEMBER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer
async def main(address, topic, group):
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=address, group_id=group, session_timeout_ms=1500,
        heartbeat_interval_ms=300)
    await consumer.start()
    print(len(consumer.assignment()), flush=True)
    await asyncio.sleep(3600)
asyncio.run(main(*sys.argv[1:]))
"""


def _group() -> str:
    return f"groupe-{uuid.uuid4().hex}"


async def test_members_share_the_partitions_and_pass_them_on(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic, group = make_topic(4), _group()
    options = {"address": broker, "group_id": group, "heartbeat_interval_ms": 100}
    async with consuming(topic, **options) as first:
        await until(lambda: len(first.assignment()) == 4)
        async with consuming(topic, **options) as second:
            await until(lambda: len(first.assignment()) == len(second.assignment()) == 2)
            assert not first.assignment() & second.assignment()
        await until(lambda: len(first.assignment()) == 4)


async def test_a_killed_member_is_replaced(broker: str, make_topic: Callable[..., str]) -> None:
    topic, group = make_topic(4), _group()
    member = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _MEMBER, broker, topic, group, stdout=subprocess.PIPE
    )
    try:
        assert member.stdout is not None
        assert await member.stdout.readline() == b"4\n"
        options = {"heartbeat_interval_ms": 100, "rebalance_timeout_ms": 30_000}
        async with consuming(topic, address=broker, group_id=group, **options) as survivor:
            await until(lambda: len(survivor.assignment()) == 2)
            member.kill()
            await until(lambda: len(survivor.assignment()) == 4)
    finally:
        with contextlib.suppress(ProcessLookupError):
            member.kill()
        await member.wait()


async def test_aiokafka_and_librdkafka_share_a_group(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic, group = make_topic(4), _group()
    other = confluent_kafka.Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": group,
            "partition.assignment.strategy": "roundrobin",
            "heartbeat.interval.ms": 100,
        }
    )
    options = {"address": broker, "group_id": group, "heartbeat_interval_ms": 100}
    async with consuming(topic, **options) as mine:
        other.subscribe([topic])
        async with asyncio.timeout(60):
            while len(other.assignment()) != 2:
                await asyncio.to_thread(other.poll, 0.05)
        await until(lambda: len(mine.assignment()) == 2)
        await asyncio.to_thread(other.close)
        await until(lambda: len(mine.assignment()) == 4)


async def test_a_group_goes_on_where_it_committed(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic, group = make_topic(), _group()
    async with producing(broker) as producer:
        for number in range(10):
            await producer.send_and_wait(topic, b"%d" % number)
    options = {"address": broker, "group_id": group, "enable_auto_commit": False}
    async with consuming(topic, **options) as consumer:
        for _ in range(4):
            record = await consumer.getone()
        await consumer.commit(dict.fromkeys(consumer.assignment(), record.offset + 1))
    async with consuming(topic, **options) as consumer:
        assert (await consumer.getone()).offset == 4


def _join(
    client: Wire, group: str, member: str = "", protocol: str = "range"
) -> tuple[int, int, str]:
    request = JoinGroupRequest_v2(group, 6000, 6000, member, "consumer", [(protocol, b"m")])
    answer = client.call(request)
    return answer.error_code, answer.generation_id, answer.member_id


def test_members_are_checked(broker: str, make_topic: Callable[..., str]) -> None:
    topic, group = make_topic(), _group()

    def commit(generation: int, member: str, named: str = topic) -> int:
        request = OffsetCommitRequest_v2(group, generation, member, -1, [(named, [(0, 5, "note")])])
        return int(client.call(request).topics[0][1][0][1])

    with wire(broker) as client:
        assert commit(-1, "") == Code.NONE
        assert _join(client, "")[0] == Code.INVALID_GROUP_ID
        assert _join(client, group, "inconnu")[0] == Code.UNKNOWN_MEMBER_ID
        code, generation, member = _join(client, group)
        assert code == Code.NONE
        assert commit(generation, member) == Code.REBALANCE_IN_PROGRESS
        synced = client.call(SyncGroupRequest_v1(group, generation, member, [(member, b"all")]))
        assert (synced.error_code, synced.member_assignment) == (Code.NONE, b"all")
        assert commit(generation, member) == Code.NONE
        assert commit(generation, member, "essai.personne") == Code.UNKNOWN_TOPIC_OR_PARTITION
        assert commit(generation - 1, member) == Code.ILLEGAL_GENERATION
        assert commit(generation, "autre") == Code.UNKNOWN_MEMBER_ID
        assert commit(-1, "") == Code.UNKNOWN_MEMBER_ID
        fetched = client.call(OffsetFetchRequest_v3(group, None))
        assert fetched.topics == [(topic, [(0, 5, "note", 0)])]
        beat = client.call(HeartbeatRequest_v1(group, generation + 1, member))
        assert beat.error_code == Code.ILLEGAL_GENERATION
        with wire(broker) as other:
            assert _join(other, group, protocol="sticky")[0] == Code.INCONSISTENT_GROUP_PROTOCOL
        assert client.call(LeaveGroupRequest_v1(group, member)).error_code == Code.NONE
        beat = client.call(HeartbeatRequest_v1(group, generation, member))
        assert beat.error_code == Code.UNKNOWN_MEMBER_ID


def test_a_session_is_neither_too_short_nor_too_long(broker: str) -> None:
    with wire(broker) as client:
        for milliseconds in (999, 1_800_001):
            request = JoinGroupRequest_v2(
                _group(), milliseconds, 6000, "", "consumer", [("range", b"")]
            )
            assert client.call(request).error_code == Code.INVALID_SESSION_TIMEOUT


def test_a_newcomer_that_hangs_up_does_not_hold_the_others(broker: str) -> None:
    """Its join was never answered: the group does not wait for its session timeout."""
    group = _group()
    with wire(broker) as client:
        _, generation, member = _join(client, group)
        client.call(SyncGroupRequest_v1(group, generation, member, []))
        with wire(broker) as passing:
            passing.send(JoinGroupRequest_v2(group, 6000, 60_000, "", "consumer", [("range", b"")]))
            while client.call(HeartbeatRequest_v1(group, generation, member)).error_code == 0:
                pass
        code, again, _ = _join(client, group, member)
        assert (code, again) == (Code.NONE, generation + 1)


async def test_a_slow_member_is_left_out_after_the_rebalance_timeout(broker: str) -> None:
    group = _group()
    with wire(broker) as slow, wire(broker) as quick:
        request = JoinGroupRequest_v2(group, 60_000, 500, "", "consumer", [("range", b"")])
        first = slow.call(request)
        slow.call(SyncGroupRequest_v1(group, first.generation_id, first.member_id, []))
        second = await asyncio.to_thread(quick.call, request)
        assert second.error_code == Code.NONE
        assert [member for member, _ in second.members] == [second.member_id]
        beat = slow.call(HeartbeatRequest_v1(group, first.generation_id, first.member_id))
        assert beat.error_code == Code.UNKNOWN_MEMBER_ID


def test_an_agreed_group_stands_after_a_sigkill(tmp_path: Path) -> None:
    """The member goes on with its generation: it may commit what it has done."""
    with running("broker", tmp_path / "data") as server:
        create_topics(server.address, {"t": 1})
        with wire(server.address) as client:
            _, generation, member = _join(client, "g")
            client.call(SyncGroupRequest_v1("g", generation, member, [(member, b"all")]))
        server.end(signal.SIGKILL)
    with running("broker", tmp_path / "data") as server, wire(server.address) as client:
        beat = client.call(HeartbeatRequest_v1("g", generation, member))
        assert beat.error_code == Code.NONE
        request = OffsetCommitRequest_v2("g", generation, member, -1, [("t", [(0, 1, "")])])
        assert client.call(request).topics[0][1][0][1] == Code.NONE
        synced = client.call(SyncGroupRequest_v1("g", generation, member, []))
        assert synced.member_assignment == b"all"


def test_a_member_that_died_with_the_broker_is_left_out(tmp_path: Path) -> None:
    with running("broker", tmp_path / "data") as server:
        with wire(server.address) as client:
            request = JoinGroupRequest_v2("g", 1000, 1000, "", "consumer", [("range", b"")])
            joined = client.call(request)
            client.call(SyncGroupRequest_v1("g", joined.generation_id, joined.member_id, []))
        server.end(signal.SIGKILL)
    with running("broker", tmp_path / "data") as server, wire(server.address) as client:
        code, _, member = _join(client, "g")
        assert code == Code.NONE
        assert member != joined.member_id


def test_committed_offsets_survive_and_a_deleted_topic_takes_its_own(tmp_path: Path) -> None:
    from aiokafka.protocol.admin import DeleteTopicsRequest_v1

    def committed(client: Wire) -> dict[str, int]:
        topics = client.call(OffsetFetchRequest_v3("g", None)).topics
        return {topic: parts[0][1] for topic, parts in topics}

    with running("broker", tmp_path / "data") as server:
        create_topics(server.address, {"a": 1, "b": 1})
        with wire(server.address) as client:
            for offset in range(3000):
                client.send(
                    OffsetCommitRequest_v2(
                        "g", -1, "", -1, [("a", [(0, offset, "")]), ("b", [(0, 2 * offset, "")])]
                    )
                )
            for _ in range(3000):
                client.read(int.from_bytes(client.read(4), "big"))
        server.end(signal.SIGKILL)
    with running("broker", tmp_path / "data") as server, wire(server.address) as client:
        assert committed(client) == {"a": 2999, "b": 5998}
        client.call(DeleteTopicsRequest_v1(["a"], 1000))
        assert committed(client) == {"b": 5998}
        server.end(signal.SIGKILL)
    with running("broker", tmp_path / "data") as server, wire(server.address) as client:
        assert committed(client) == {"b": 5998}
        assert client.fetch("b", 0)[0] == Code.NONE
        assert client.produce("b", batch((b"k", b"v"))) == (Code.NONE, 0)
