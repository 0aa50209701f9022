"""The topics of the broker, each in a folder: `topic.json` and a folder for each partition.

The data folder also has the cluster's id and the next producer id.
"""

import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from embedded.broker.codes import BrokerError, Code
from embedded.broker.config import TopicConfig, parse_config
from embedded.broker.partition import Partition
from embedded.folder import lock_folder, write_atomically

_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")
_MAX_PARTITIONS = 200
_LOCK_SECONDS = 2.0  # to wait for the folder: a stopping broker ends sooner
_PRODUCER_IDS_PER_WRITE = 1000


@dataclass(slots=True)
class Topic:
    """A topic and its partitions, in order."""

    name: str
    config: TopicConfig
    partitions: list[Partition]


class Store:
    """Every topic under one data folder, which it locks against a second broker."""

    def __init__(self, data: Path) -> None:
        """Open the folder, recovering each log. Raises StartError when it is in use."""
        self._data = data
        self._lock = lock_folder(data, timeout=_LOCK_SECONDS)
        shutil.rmtree(self._trash, ignore_errors=True)
        self._root.mkdir(exist_ok=True)
        self.cluster_id = self._read_cluster_id()
        self._producer_ids = range(0)
        self.topics: dict[str, Topic] = {}
        for folder in sorted(self._root.iterdir()):
            self._open_topic(folder)

    @property
    def _root(self) -> Path:
        return self._data / "topics"

    @property
    def _trash(self) -> Path:
        return self._data / "trash"

    def _read_cluster_id(self) -> str:
        path = self._data / "cluster-id"
        if not path.exists():
            write_atomically(path, uuid.uuid4().hex[:22])
        return path.read_text()

    def _open_topic(self, folder: Path) -> None:
        description = folder / "topic.json"
        if not description.exists():
            # Killed while the topic was being created: no client has an acknowledgement.
            shutil.rmtree(folder)
            return
        content = json.loads(description.read_text())
        config = parse_config(content["config"])
        partitions = [Partition(folder / str(n), config) for n in range(content["partitions"])]
        self.topics[folder.name] = Topic(folder.name, config, partitions)

    def find(self, topic: str, partition: int) -> Partition | None:
        """The partition of that number; None if there is none."""
        known = self.topics.get(topic)
        if known is None or not 0 <= partition < len(known.partitions):
            return None
        return known.partitions[partition]

    def partitions(self) -> list[Partition]:
        """Every partition of every topic."""
        return [partition for topic in self.topics.values() for partition in topic.partitions]

    def check_new(
        self, name: str, partitions: int, settings: Mapping[str, str | None]
    ) -> TopicConfig:
        """The configuration of a new topic. Raises `BrokerError` if it cannot be created."""
        if not is_topic_name(name):
            raise BrokerError(Code.INVALID_TOPIC_EXCEPTION, f"Nom de sujet refusé : {name!r}.")
        if name in self.topics:
            raise BrokerError(Code.TOPIC_ALREADY_EXISTS, f"Le sujet {name} existe déjà.")
        if not 1 <= partitions <= _MAX_PARTITIONS:
            raise BrokerError(
                Code.INVALID_PARTITIONS, f"Il faut de 1 à {_MAX_PARTITIONS} partitions."
            )
        return parse_config(settings)

    def create(self, name: str, partitions: int, settings: Mapping[str, str | None]) -> None:
        """Create a topic. Raises `BrokerError`."""
        config = self.check_new(name, partitions, settings)
        folder = self._root / name
        logs = [Partition(folder / str(number), config) for number in range(partitions)]
        topic = Topic(name, config, logs)
        self._describe(topic)
        self.topics[name] = topic

    def _describe(self, topic: Topic) -> None:
        content = {"partitions": len(topic.partitions), "config": dict(topic.config.given)}
        write_atomically(self._root / topic.name / "topic.json", json.dumps(content, indent=1))

    def get(self, name: str) -> Topic:
        """The topic of that name. Raises UNKNOWN_TOPIC_OR_PARTITION."""
        topic = self.topics.get(name)
        if topic is None:
            raise BrokerError(Code.UNKNOWN_TOPIC_OR_PARTITION, f"Sujet inconnu : {name}.")
        return topic

    def delete(self, name: str) -> None:
        """Delete a topic and its records."""
        topic = self.get(name)
        del self.topics[name]
        for partition in topic.partitions:
            partition.close()
        self._trash.mkdir(exist_ok=True)
        discarded = self._trash / uuid.uuid4().hex
        (self._root / name).rename(discarded)
        shutil.rmtree(discarded, ignore_errors=True)

    def grow(self, name: str, partitions: int) -> None:
        """Add partitions, until there are `partitions`. Raises UNKNOWN_TOPIC_OR_PARTITION."""
        topic = self.get(name)
        for number in range(len(topic.partitions), partitions):
            topic.partitions.append(Partition(self._root / name / str(number), topic.config))
        self._describe(topic)

    def check_growth(self, name: str, partitions: int) -> None:
        """Raises `BrokerError` unless the topic can have that many partitions."""
        topic = self.get(name)
        if partitions > _MAX_PARTITIONS:
            raise BrokerError(
                Code.INVALID_PARTITIONS, f"Un sujet a au plus {_MAX_PARTITIONS} partitions."
            )
        if partitions <= len(topic.partitions):
            raise BrokerError(
                Code.INVALID_PARTITIONS,
                f"Le sujet {name} a {len(topic.partitions)} partitions et ne peut que grandir.",
            )

    def configure(self, name: str, config: TopicConfig) -> None:
        """Replace a topic's settings."""
        topic = self.get(name)
        topic.config = config
        for partition in topic.partitions:
            partition.config = config
        self._describe(topic)

    def next_producer_id(self) -> int:
        """A new producer id. They are reserved on disk in blocks."""
        if not self._producer_ids:
            path = self._data / "next-producer-id"
            first = int(path.read_text()) if path.exists() else 1
            write_atomically(path, str(first + _PRODUCER_IDS_PER_WRITE))
            self._producer_ids = range(first, first + _PRODUCER_IDS_PER_WRITE)
        producer_id, self._producer_ids = self._producer_ids[0], self._producer_ids[1:]
        return producer_id

    def close(self) -> None:
        """Close every log and unlock the folder."""
        for partition in self.partitions():
            partition.close()
        os.close(self._lock)


def is_topic_name(name: str | None) -> bool:
    """Whether Apache Kafka accepts this name."""
    return name is not None and _NAME.fullmatch(name) is not None and name not in (".", "..")
