"""Consumer groups and their offsets, over the coordinator."""

from typing import Any

from embedded.broker.broker import Broker, Client
from embedded.broker.codes import BrokerError, Code
from embedded.broker.coordinator import (
    MAX_METADATA,
    MAX_SESSION_MS,
    MIN_SESSION_MS,
    Committed,
    Offsets,
)
from embedded.broker.group import Group
from embedded.broker.member import Joined, Member
from embedded.broker.partition import now_ms
from embedded.broker.wire import Fields


async def join(broker: Broker, client: Client, request: Fields) -> Fields:
    """Join a group; the response is sent when the generation is complete."""
    member_id: str = request["member_id"] or ""
    try:
        joined = await _join(broker, client, request, member_id)
    except BrokerError as error:
        joined = Joined(-1, "", "", member_id)
        return _join_answer(joined, error.code)
    return _join_answer(joined, Code.NONE)


async def _join(broker: Broker, client: Client, request: Fields, member_id: str) -> Joined:
    session: int = request["session_timeout"]
    if not MIN_SESSION_MS <= session <= MAX_SESSION_MS:
        raise BrokerError(Code.INVALID_SESSION_TIMEOUT)
    protocols = [
        (protocol["protocol_name"], protocol["protocol_metadata"] or b"")
        for protocol in request["group_protocols"]
    ]
    if member_id:
        group = broker.coordinator.known_group(request["group"])
        group.get(member_id)
    else:
        group = broker.coordinator.group(request["group"])
        member_id = broker.coordinator.new_member_id(client.id)
    rebalance: int = max(request.get("rebalance_timeout", session), 0)
    member = Member(member_id, client.id, session / 1000, rebalance / 1000, protocols)
    return await group.join(member, request["protocol_type"] or "")


def _join_answer(joined: Joined, code: Code) -> Fields:
    return {
        "error_code": code,
        "generation_id": joined.generation,
        "group_protocol": joined.protocol,
        "leader_id": joined.leader,
        "member_id": joined.member,
        "members": [
            {"member_id": member, "member_metadata": metadata}
            for member, metadata in joined.members
        ],
    }


async def sync(broker: Broker, client: Client, request: Fields) -> Fields:
    """The member's assignment; the leader provides those of all members."""
    assignments = {
        given["member_id"]: given["member_metadata"] or b"" for given in request["group_assignment"]
    }
    try:
        group = broker.coordinator.known_group(request["group"])
        assignment = await group.sync(request["member_id"], request["generation_id"], assignments)
    except BrokerError as error:
        return {"error_code": error.code, "member_assignment": b""}
    return {"error_code": Code.NONE, "member_assignment": assignment}


async def heartbeat(broker: Broker, client: Client, request: Fields) -> Fields:
    """Prolong the member's session."""
    try:
        group = broker.coordinator.known_group(request["group"])
        group.heartbeat(request["member_id"], request["generation_id"])
    except BrokerError as error:
        return {"error_code": error.code}
    return {"error_code": Code.NONE}


async def leave(broker: Broker, client: Client, request: Fields) -> Fields:
    """Remove a member that leaves."""
    try:
        broker.coordinator.known_group(request["group"]).leave(request["member_id"])
    except BrokerError as error:
        return {"error_code": error.code}
    return {"error_code": Code.NONE}


async def commit_offsets(broker: Broker, client: Client, request: Fields) -> Fields:
    """Store the offsets of existing topics; the response is sent after the write."""
    committed: Offsets = {}
    codes: dict[tuple[str, int], Code] = {}
    for topic in request["topics"]:
        for part in topic["partitions"]:
            topic_partition = (topic["topic"], part["partition"])
            metadata = part["metadata"] or ""
            codes[topic_partition] = Code.NONE
            if broker.store.find(*topic_partition) is None:
                codes[topic_partition] = Code.UNKNOWN_TOPIC_OR_PARTITION
            elif len(metadata) > MAX_METADATA:
                codes[topic_partition] = Code.OFFSET_METADATA_TOO_LARGE
            else:
                committed[topic_partition] = Committed(part["offset"], metadata, now_ms())
    generation = request["consumer_group_generation_id"]
    try:
        broker.coordinator.commit(
            request["consumer_group"], request["consumer_id"], generation, committed
        )
    except BrokerError as error:
        codes = {topic_partition: code or error.code for topic_partition, code in codes.items()}
    return {
        "topics": _by_topic(
            {topic_partition: {"error_code": code} for topic_partition, code in codes.items()}
        )
    }


async def fetch_offsets(broker: Broker, client: Client, request: Fields) -> Fields:
    """The requested committed offsets (-1 without one), or all of the group's."""
    known = broker.coordinator.offsets.get(request["consumer_group"], {})
    topic_partitions = list(known)
    if request["topics"] is not None:
        topic_partitions = [
            (t["topic"], number) for t in request["topics"] for number in t["partitions"]
        ]
    nothing = Committed(-1, "", 0)
    found = {
        topic_partition: known.get(topic_partition, nothing) for topic_partition in topic_partitions
    }
    answers = {
        topic_partition: {
            "offset": committed.offset,
            "metadata": committed.metadata,
            "error_code": Code.NONE,
        }
        for topic_partition, committed in found.items()
    }
    return {"topics": _by_topic(answers), "error_code": Code.NONE}


def _by_topic(answers: dict[tuple[str, int], dict[str, Any]]) -> list[Fields]:
    topics: dict[str, list[Fields]] = {}
    for (topic, number), answer in answers.items():
        topics.setdefault(topic, []).append({"partition": number, **answer})
    return [{"topic": topic, "partitions": parts} for topic, parts in topics.items()]


async def describe(broker: Broker, client: Client, request: Fields) -> Fields:
    """State and members of each group; an unknown one is `Dead`, as in Apache Kafka."""
    return {"groups": [_description(broker, group_id) for group_id in request["groups"]]}


def _description(broker: Broker, group_id: str) -> Fields:
    group = broker.coordinator.groups.get(group_id)
    state = "Empty" if group_id in broker.coordinator.offsets else "Dead"
    return {
        "error_code": Code.NONE,
        "group": group_id,
        "state": state if group is None else group.state.value,
        "protocol_type": "" if group is None else group.protocol_type,
        "protocol": "" if group is None else group.protocol or "",
        "members": [] if group is None else _members(group),
    }


def _members(group: Group) -> list[Fields]:
    return [
        {
            "member_id": member.id,
            "client_id": member.client_id,
            "client_host": "/127.0.0.1",
            "member_metadata": member.metadata(group.protocol),
            "member_assignment": member.assignment,
        }
        for member in group.members.values()
    ]


async def list_all(broker: Broker, client: Client, request: Fields) -> Fields:
    """Every group with members or offsets."""
    coordinator = broker.coordinator
    names = sorted(coordinator.groups.keys() | coordinator.offsets.keys())
    protocol_types = {name: group.protocol_type for name, group in coordinator.groups.items()}
    groups = [{"group": name, "protocol_type": protocol_types.get(name, "")} for name in names]
    return {"error_code": Code.NONE, "groups": groups}


async def delete(broker: Broker, client: Client, request: Fields) -> Fields:
    """Delete empty groups, with their offsets."""
    results = []
    for group_id in request["groups_names"]:
        code = Code.NONE
        try:
            broker.coordinator.delete(group_id)
        except BrokerError as error:
            code = error.code
        results.append({"group_id": group_id, "error_code": code})
    return {"results": results}
