"""Topic settings: names, defaults and checks, as Apache Kafka has them.

https://kafka.apache.org/documentation/#topicconfigs
"""

from collections.abc import Mapping
from dataclasses import dataclass

from embedded.broker.codes import BrokerError, Code

_DAY_MS = 86_400_000
_POLICIES = ({"delete"}, {"compact"}, {"compact", "delete"})

# Smaller segments than Apache Kafka's 1 GiB, so that a demo's tables are compacted within an hour.
DEFAULTS: Mapping[str, str] = {
    "cleanup.policy": "delete",
    "compression.type": "producer",
    "delete.retention.ms": str(_DAY_MS),
    "max.message.bytes": "1048588",
    "message.timestamp.type": "CreateTime",
    "min.cleanable.dirty.ratio": "0.5",
    "min.compaction.lag.ms": "0",
    "min.insync.replicas": "1",
    "retention.bytes": "-1",
    "retention.ms": str(7 * _DAY_MS),
    "segment.bytes": str(8 << 20),
    "segment.ms": str(7 * _DAY_MS),
}
# Settings of Apache Kafka that are stored and described, without effect on one machine.
WITHOUT_EFFECT = frozenset(
    {
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "index.interval.bytes",
        "max.compaction.lag.ms",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "preallocate",
        "segment.index.bytes",
        "segment.jitter.ms",
        "unclean.leader.election.enable",
    }
)
_FIXED = {
    "compression.type": "producer",
    "message.timestamp.type": "CreateTime",
    "min.insync.replicas": "1",
}
MAX_BATCH_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class TopicConfig:
    """The settings that have an effect, parsed. Names and units are Apache Kafka's. A retention of
    -1 is without limit."""

    given: Mapping[str, str]
    """Those that were set explicitly, as text."""
    compact: bool
    delete: bool
    retention_ms: int
    retention_bytes: int
    segment_bytes: int
    segment_ms: int
    max_batch_bytes: int
    delete_retention_ms: int
    compaction_lag_ms: int
    dirty_ratio: float

    @property
    def values(self) -> dict[str, str]:
        """Every setting, as text."""
        return {**DEFAULTS, **self.given}


def _integer(values: Mapping[str, str], name: str, minimum: int, maximum: int = 1 << 62) -> int:
    try:
        value = int(values[name])
    except ValueError:
        raise BrokerError(
            Code.INVALID_CONFIG, f"{name} : un entier est attendu, pas « {values[name]} »."
        ) from None
    if not minimum <= value <= maximum:
        raise BrokerError(
            Code.INVALID_CONFIG, f"{name} : {value} est hors de [{minimum}, {maximum}]."
        )
    return value


def _ratio(values: Mapping[str, str], name: str) -> float:
    try:
        value = float(values[name])
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BrokerError(Code.INVALID_CONFIG, f"{name} : un nombre entre 0 et 1 est attendu.")
    return value


def parse_config(given: Mapping[str, str | None]) -> TopicConfig:
    """Settings from their text, by name; a None value means the default.

    Raises `BrokerError` INVALID_CONFIG.
    """
    explicit = {name: value for name, value in given.items() if value is not None}
    for name, value in explicit.items():
        if name not in DEFAULTS and name not in WITHOUT_EFFECT:
            raise BrokerError(Code.INVALID_CONFIG, f"Réglage inconnu : {name}.")
        if name in _FIXED and value != _FIXED[name]:
            raise BrokerError(
                Code.INVALID_CONFIG, f"{name} : ce courtier n'admet que « {_FIXED[name]} »."
            )
    values = {**DEFAULTS, **explicit}
    policy = {part.strip() for part in values["cleanup.policy"].split(",")}
    if policy not in _POLICIES:
        raise BrokerError(Code.INVALID_CONFIG, "cleanup.policy : delete, compact ou les deux.")
    return TopicConfig(
        given=explicit,
        compact="compact" in policy,
        delete="delete" in policy,
        retention_ms=_integer(values, "retention.ms", -1),
        retention_bytes=_integer(values, "retention.bytes", -1),
        segment_bytes=_integer(values, "segment.bytes", 14, 1 << 30),
        segment_ms=_integer(values, "segment.ms", 1),
        max_batch_bytes=_integer(values, "max.message.bytes", 0, MAX_BATCH_BYTES),
        delete_retention_ms=_integer(values, "delete.retention.ms", 0),
        compaction_lag_ms=_integer(values, "min.compaction.lag.ms", 0),
        dirty_ratio=_ratio(values, "min.cleanable.dirty.ratio"),
    )
