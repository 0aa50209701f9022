"""The addresses of a role: packed once per source, in a separate process, then opened."""

from pathlib import Path

from mobilite.addresses.adapters.address_index import PackedAddressIndex
from mobilite.machine.adapters.packed_store import PackedStore, Packing
from mobilite.machine.adapters.worker_process import ProcessLimits

_SUFFIX = ".addresses"
# An operator has chosen the source: a country fits.
_LIMITS = ProcessLimits(
    memory_bytes=12 << 30, cpu_seconds=3600, seconds=7200.0, file_bytes=32 << 30
)


def address_store(folder: Path, *, of_extract: bool) -> PackedStore[PackedAddressIndex]:
    """The store of packed addresses in a folder. `of_extract`: whether the source is an extract of
    OpenStreetMap instead of a file of the Base adresse nationale."""
    worker = "osm_worker" if of_extract else "ban_worker"
    packing = Packing(
        module=f"mobilite.addresses.adapters.{worker}",
        suffix=_SUFFIX,
        open_packed=PackedAddressIndex,
        name="Les adresses",
        limits=_LIMITS,
    )
    return PackedStore(folder, packing)
