"""The broker: its state, and the sweep that lets old records and groups go."""

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from embedded.broker import compaction
from embedded.broker.codes import BrokerError
from embedded.broker.coordinator import Coordinator
from embedded.broker.partition import Partition, now_ms
from embedded.broker.store import Store

log = logging.getLogger(__name__)

NODE_ID = 1
HOST = "127.0.0.1"
_SWEEP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its client id and its address."""

    id: str
    host: str


@dataclass(slots=True)
class Broker:
    """Everything the handlers need. `port` is the one it listens on."""

    store: Store
    coordinator: Coordinator
    port: int = 0

    @classmethod
    def open(cls, data: Path) -> "Broker":
        """Open, or begin, the data folder. Raises StartError."""
        store = Store(data)
        return cls(store, Coordinator(data / "groups" / "0"))

    async def sweep_for_ever(self) -> None:
        """Expire and compact, once a second; each step is next to nothing when there is nothing."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                self.coordinator.expire(now_ms())
            except BrokerError as error:
                log.error("old groups stay: %s", error)
            for partition in (*self.store.partitions(), self.coordinator.partition):
                await self._sweep(partition)

    async def _sweep(self, partition: Partition) -> None:
        if partition.closed:
            return
        try:
            partition.expire(now_ms())
            job = compaction.plan(partition, now_ms())
            if job is not None:
                compaction.install(job, await asyncio.to_thread(compaction.clean, job))
        except (OSError, ValueError) as error:
            # Nothing was replaced; the topic may also have been deleted under the cleaner.
            if not partition.closed:
                log.error("%s cannot be swept: %s", partition, error)

    def close(self) -> None:
        """Close every file."""
        self.coordinator.close()
        self.store.close()
