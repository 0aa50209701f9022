"""Free TCP ports of this machine, never handed out twice while the first caller runs."""

import random
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

_FIRST: Final = 20_000
_EPHEMERAL: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES: Final = 200

_claims: list[int] = []
"""Descriptors of names held until this process ends, one for each port it was given."""


def free_port(host: str = "127.0.0.1") -> int:
    """A free port that no other caller gets while this process runs.

    It lies below the ports that the kernel gives to outgoing connections, where there is room:
    one of those could take it between a server's end and its restart. Raises OSError when none
    is found.
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
    """The port, or the one that was found for 0. Raises OSError where it is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, port))
        return int(probe.getsockname()[1])


def _claim(port: int) -> None:
    """Raise OSError where another process was given it. Linux only: its abstract socket names
    vanish with their process (unix(7))."""
    if _EPHEMERAL.exists():
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            claim.bind(f"\0regionlab-port-{port}")
        except OSError:
            claim.close()
            raise
        _claims.append(claim.detach())
