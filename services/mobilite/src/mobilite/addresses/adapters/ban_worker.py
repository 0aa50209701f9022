"""The program that packs a file of the Base adresse nationale:
`python -m mobilite.addresses.adapters.ban_worker`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mobilite.addresses.adapters.ban_file import read_ban
from mobilite.addresses.adapters.pack_addresses import pack_addresses
from mobilite.addresses.domain.address import AddressLine, Rejection
from mobilite.machine.adapters.fork_server import serve_jobs


def _read(sources: Sequence[Path], rejected: Counter[Rejection]) -> Iterator[AddressLine]:
    return read_ban(sources[0], rejected)


def pack(job: dict[str, Any]) -> dict[str, Any]:
    """Pack the file of a job."""
    return pack_addresses(job, _read)


if __name__ == "__main__":
    serve_jobs(pack)
