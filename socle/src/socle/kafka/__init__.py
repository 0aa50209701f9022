"""The only package that imports aiokafka: records and offsets, without semantics.

    publisher   an idempotent producer that preserves order with bounded memory
    member      a share of a topic's partitions, by consumer group
    reader      the complete topic, from its first record
    admin       topics as they are declared

A transient error leaves this package as `Retry`, a record too large as `Refusal`; any other error
is aiokafka's. Decision 0001.
"""

from socle.kafka.admin import TopicChange, TopicSpec, ensure_topics
from socle.kafka.connections import patch_aiokafka
from socle.kafka.member import Member
from socle.kafka.publisher import Publisher
from socle.kafka.reader import Reader
from socle.kafka.records import Outgoing, Record

__all__ = [
    "Member",
    "Outgoing",
    "Publisher",
    "Reader",
    "Record",
    "TopicChange",
    "TopicSpec",
    "ensure_topics",
]

patch_aiokafka()
