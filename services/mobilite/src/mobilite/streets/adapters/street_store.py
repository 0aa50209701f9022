"""The street graphs of a role: packed once per extract, in a separate process, then mapped."""

from pathlib import Path

from mobilite.machine.adapters.packed_store import PackedStore, Packing
from mobilite.machine.adapters.worker_process import ProcessLimits
from mobilite.streets.adapters.street_file import open_streets
from mobilite.streets.domain.graph import StreetGraph

_PACKING = Packing(
    module="mobilite.streets.adapters.street_worker",
    suffix=".streets",
    open_packed=open_streets,
    name="Les rues",
    # An operator has chosen the extract: a country fits.
    limits=ProcessLimits(
        memory_bytes=12 << 30, cpu_seconds=3600, seconds=3600.0, file_bytes=8 << 30
    ),
)


def street_store(folder: Path) -> PackedStore[StreetGraph]:
    """The store of packed street graphs in a folder."""
    return PackedStore(folder, _PACKING)
