"""Computes the supply of timetables in separate processes with limits."""

import logging
from pathlib import Path

from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.fork_server import ForkServer
from mobilite.machine.adapters.worker_process import ProcessLimits
from socle.errors import Refusal

log = logging.getLogger(__name__)

LIMITS = ProcessLimits(memory_bytes=2 << 30, cpu_seconds=300, seconds=600.0, file_bytes=1 << 30)


class SupplyProcess:
    """Computes timetables, each in its own process. Implements `ComputeSupply`."""

    def __init__(self, folder: Path, limits: ProcessLimits = LIMITS) -> None:
        """`folder`: for the results; created if it is missing."""
        self._folder = folder
        self._limits = limits
        self._server = ForkServer("mobilite.supply.adapters.supply_worker")

    async def close(self) -> None:
        """End the fork server."""
        await self._server.close()

    async def compute(self, feed_id: FeedId, sha256: str, packed: Path) -> None:
        """Compute and write the supply of a packed file. Raises Refusal if a limit is exceeded or
        the process fails; the category `unavailable` is temporary."""
        job = {"packed": str(packed), "folder": str(self._folder), "sha256": sha256}
        result = await self._server.run(job, self._limits)
        answer = result.answer
        if "route_days" in answer:
            log.info(
                "supply of %s: %d route days, peak %d MiB",
                feed_id,
                answer["route_days"],
                answer["peak_bytes"] >> 20,
            )
            return
        if "refused" in answer:
            refused = answer["refused"]
            raise Refusal(refused["category"], refused["message"], **refused["details"])
        if result.out_of_time or result.out_of_memory or result.over_cpu_or_file_limit:
            raise Refusal("too_large", "L'horaire est trop grand pour que son offre soit calculée.")
        log.error("supply of %s ended with %s: %s", feed_id, result.code, result.stderr_text)
        raise Refusal("invalid", "Le calcul de l'offre a échoué pour cet horaire.")
