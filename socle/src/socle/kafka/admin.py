"""Creates missing topics and updates existing ones to their declaration.

Partitions are only added: removing some would break the order of keys, and so would adding some to
a table, whose keys are already distributed. A number of partitions that cannot be changed is left,
with a warning.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from socle.events import TopicType
from socle.kafka import limits
from socle.kafka.errors import translated

log = logging.getLogger(__name__)

_HOUR_MS = 3_600_000
# How long a follower can be absent and still receive a deletion (Kafka's default).
_TOMBSTONE_RETENTION_MS = 24 * _HOUR_MS
# Parts of a table's log are compacted once closed: by size, or after this time.
_TABLE_SEGMENT_MS = _HOUR_MS
# Replaced and deleted values leave the log within this time, however rarely the table is written:
# by default Kafka waits until half of the log can be cleaned, which may be never.
_MAX_COMPACTION_LAG_MS = 24 * _HOUR_MS


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """The declaration of a topic."""

    name: str
    partitions: int
    kind: TopicType
    retention_hours: float = 168.0
    """How long facts are stored; tables are compacted instead."""
    max_record_bytes: int = limits.MAX_RECORD_BYTES + 48_588
    """Of a batch on the broker: Kafka's default of 1,048,588 bytes."""
    replicas: int = 1
    """On how many brokers each partition is stored."""

    def config(self) -> dict[str, str]:
        """The topic's settings by Kafka's names."""
        shared = {"max.message.bytes": str(self.max_record_bytes)}
        if self.kind == "table":
            return shared | {
                "cleanup.policy": "compact",
                "delete.retention.ms": str(_TOMBSTONE_RETENTION_MS),
                "max.compaction.lag.ms": str(_MAX_COMPACTION_LAG_MS),
                "segment.ms": str(_TABLE_SEGMENT_MS),
            }
        return shared | {
            "cleanup.policy": "delete",
            "retention.ms": str(int(self.retention_hours * _HOUR_MS)),
        }


@dataclass(frozen=True, slots=True)
class TopicChange:
    """A change of one topic, or a difference that was left."""

    topic: str
    what: Literal["created", "configured", "partitions added", "left"]
    """`left`: its number of partitions differs, and cannot be changed."""
    detail: str
    """In French: the new settings, or the numbers of partitions."""


async def ensure_topics(
    bootstrap: str, specs: Sequence[TopicSpec], *, only_missing: bool = False
) -> list[TopicChange]:
    """Create and update the topics according to `specs`; return the changes.

    `only_missing`: create topics, and change none.

    Raises `Retry` when no broker answers, aiokafka's error when the broker refuses.
    """
    admin = AIOKafkaAdminClient(
        bootstrap_servers=bootstrap, request_timeout_ms=limits.ms(limits.REQUEST_SECONDS)
    )
    try:
        with translated("administration des sujets"):
            async with asyncio.timeout(limits.REQUEST_SECONDS):
                await admin.start()
            existing = await _existing(admin, [spec.name for spec in specs])
            changes = await _create(admin, [s for s in specs if s.name not in existing])
            if not only_missing:
                known = [spec for spec in specs if spec.name in existing]
                changes += await _configure(admin, known)
                changes += await _grow(admin, known, existing)
            await _await_leaders(admin, specs)
    finally:
        await admin.close()
    return changes


async def _existing(admin: AIOKafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """The number of partitions by name, of the topics that exist and whose partitions have
    leaders."""
    described = await admin.describe_topics(list(names)) if names else []
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in described
        if topic["error_code"] == 0 and all(p["leader"] >= 0 for p in topic["partitions"])
    }


async def _create(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicChange]:
    if not specs:
        return []
    response = await admin.create_topics(
        [
            NewTopic(
                spec.name,
                num_partitions=spec.partitions,
                replication_factor=spec.replicas,
                topic_configs=spec.config(),
            )
            for spec in specs
        ]
    )
    created = []
    for name, code, *message in response.topic_errors:
        error = for_code(code)
        if error is TopicAlreadyExistsError:
            continue  # another replica was quicker
        if code:
            raise error(f"{name}: {message[0] if message else ''}")
        created.append(name)
    by_name = {spec.name: spec for spec in specs}
    return [TopicChange(n, "created", _partitions(by_name[n].partitions)) for n in created]


async def _configure(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicChange]:
    if not specs:
        return []
    current = await _configs(admin, specs)
    changes: list[TopicChange] = []
    for spec in specs:
        wanted, is_now = spec.config(), current[spec.name]
        differing = {k: v for k, v in wanted.items() if is_now.get(k) != v}
        if differing:
            # The old AlterConfigs replaces all settings: those not named return to their default.
            resource = ConfigResource(ConfigResourceType.TOPIC, spec.name, configs=wanted)
            for response in await admin.alter_configs([resource]):
                for code, message, *_ in response.resources:
                    if code:
                        raise for_code(code)(f"{spec.name}: {message}")
            detail = ", ".join(f"{k}={v} (avant : {is_now.get(k)})" for k, v in differing.items())
            changes.append(TopicChange(spec.name, "configured", detail))
    return changes


async def _configs(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]
) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
    current: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for code, message, _type, name, entries in response.resources:
            if code:
                raise for_code(code)(f"{name}: {message}")
            current[name] = {entry[0]: entry[1] for entry in entries}
    return current


async def _grow(
    admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec], existing: dict[str, int]
) -> list[TopicChange]:
    changes: list[TopicChange] = []
    for spec in specs:
        have = existing[spec.name]
        if have == spec.partitions:
            continue
        detail = f"{_partitions(have)} sur le courtier, {spec.partitions} dans la déclaration"
        if have > spec.partitions or spec.kind == "table":
            log.warning("topic %s left with %d partitions: %s", spec.name, have, spec)
            changes.append(TopicChange(spec.name, "left", detail))
            continue
        await admin.create_partitions({spec.name: NewPartitions(spec.partitions)})
        changes.append(TopicChange(spec.name, "partitions added", detail))
    return changes


def _partitions(count: int) -> str:
    return f"{count} partition{'s' if count > 1 else ''}"


async def _await_leaders(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> None:
    """Wait until all partitions have leaders: until then a new topic is not readable."""
    names = [spec.name for spec in specs]
    async with asyncio.timeout(limits.REQUEST_SECONDS):
        while missing := set(names) - set(await _existing(admin, names)):
            log.debug("waiting for leaders of %s", missing)
            await asyncio.sleep(0.02)
