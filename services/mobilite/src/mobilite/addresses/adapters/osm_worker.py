"""The program that packs the addresses of an OpenStreetMap extract:
`python -m mobilite.addresses.adapters.osm_worker`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mobilite.addresses.adapters.communes_file import read_communes
from mobilite.addresses.adapters.osm_addresses import read_osm_addresses
from mobilite.addresses.adapters.pack_addresses import pack_addresses
from mobilite.addresses.domain.address import AddressLine, Rejection
from mobilite.machine.adapters.fork_server import serve_jobs


def _read(sources: Sequence[Path], _: Counter[Rejection]) -> Iterator[AddressLine]:
    extract, *communes = sources
    return read_osm_addresses(extract, [row for path in communes for row in read_communes(path)])


def pack(job: dict[str, Any]) -> dict[str, Any]:
    """Pack the extract of a job, with the file of communes if there is one."""
    return pack_addresses(job, _read)


if __name__ == "__main__":
    serve_jobs(pack)
