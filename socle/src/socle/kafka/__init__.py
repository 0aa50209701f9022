"""The one door to aiokafka: records and offsets, no meaning.

    publisher   an idempotent producer that keeps order and never grows without bound
    member      a share of a topic's partitions, by consumer group
    reader      the whole topic, from its first record
    admin       topics as they are declared

Errors leave this package as the house's own: what may pass by itself is a `Retry`, a record too
large is a `Refusal`, anything else is raised as aiokafka's. Decision 0001.
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
