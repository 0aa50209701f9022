"""Free TCP ports of this machine, never given to two callers at the same time."""

import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_FIRST: Final = 20_000
_EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES: Final = 200

_claims: list[int] = []
"""Descriptors of socket names that this process owns until it ends, one for each of its ports."""


def free_port(host: str = "127.0.0.1") -> int:
    """A free port that no other caller gets while this process runs.

    If possible it is below the ports that the kernel uses for outgoing connections: one of those
    could use it between a server's end and its restart.

    Raises OSError if none is found.
    """
    end = _ephemeral_start()
    for _ in range(_TRIES):
        with suppress(OSError):
            port = _bound(host, random.randrange(_FIRST, end) if end > _FIRST else 0)  # noqa: S311
            _claim(port)
            return port
    raise OSError(f"No free port on {host}")


def _ephemeral_start() -> int:
    """The first port the kernel uses for outgoing connections; 0 if unknown."""
    try:
        return int(_EPHEMERAL.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _bound(host: str, port: int) -> int:
    """The port if it can be bound; for 0, one that can. Raises OSError if it is in use."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _claim(port: int) -> None:
    """Reserve a port for this process. Raises OSError if another process has reserved it.

    Linux only: abstract socket names disappear with their process (unix(7)).
    """
    if _EPHEMERAL.exists():
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0regionlab-port-{port}")
        except OSError:
            claim.close()
            raise
        _claims.append(claim.detach())
