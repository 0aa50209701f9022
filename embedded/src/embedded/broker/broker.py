"""The broker: its state, and the sweep that deletes old records and groups, and compacts."""

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
    """The state that handlers share."""

    store: Store
    coordinator: Coordinator
    port: int = 0
    """The one it listens on."""

    @classmethod
    def open(cls, data: Path) -> "Broker":
        """Open the data folder, or create it. Raises StartError."""
        store = Store(data)
        return cls(store, Coordinator(data / "groups" / "0"))

    async def sweep(self) -> None:
        """Expire and compact, once a second, until cancelled. Without work this costs little."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                self.coordinator.expire(now_ms())
            except BrokerError as error:
                log.error("old groups cannot be deleted: %s", error)
            for partition in (*self.store.partitions(), self.coordinator.partition):
                await self._sweep_partition(partition)

    async def _sweep_partition(self, partition: Partition) -> None:
        if partition.closed:
            return
        try:
            partition.expire(now_ms())
            job = compaction.plan(partition, now_ms())
            if job is not None:
                compaction.install(job, await asyncio.to_thread(compaction.clean, job))
        except (OSError, ValueError) as error:
            # Nothing was replaced. The topic may have been deleted during the pass.
            if not partition.closed:
                log.error("%s cannot be swept: %s", partition, error)

    def close(self) -> None:
        """Close every file."""
        self.coordinator.close()
        self.store.close()
