"""One installation of the platform: its folders, ports, addresses and programs' environment.

Filled as the waves come up: infrastructure gives addresses that services need.
"""

import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from embedded.ports import free_port
from regionlab.launch.databases import database_url
from socle.settings import PlatformSettings, variables

GATEWAY_KEYS: Final = "REGIONLAB_GATEWAY_KEYS"


@dataclass(slots=True)
class House:
    """One installation on this machine."""

    data: Path
    port: int  # the public one
    clock_offset: float = 0.0  # seconds
    clock_speed: float = 1.0  # platform seconds per second
    clock_anchor: float = 0.0  # POSIX instant of the machine from which the speed counts
    kafka: str = ""  # bootstrap servers
    postgres: str = ""  # URL of the server
    issuer: str = ""  # base address of the identity issuer
    feeds: Path = Path()
    ports: dict[str, int] = field(default_factory=dict)  # of each program, by its name

    def choose_ports(self, names: Iterable[str]) -> None:
        """Give each named program a free port of its own."""
        for name in names:
            port = free_port()
            while port in self.ports.values() or port == self.port:
                port = free_port()
            self.ports[name] = port

    def address(self, program: str) -> str:
        """The internal HTTP address of a program."""
        return f"http://127.0.0.1:{self.ports[program]}"

    def database(self, service: str) -> str:
        """The URL of a service's own database."""
        return database_url(self.postgres, service)

    def environment(self) -> dict[str, str]:
        """The environment of every program: the platform's settings over the caller's environment.

        Variables REGIONLAB_* that are not the services' (the cache's, the tests') stay out: a
        service refuses a variable it does not know.
        """
        known = variables(PlatformSettings)
        # A caller that requests services directly sets it empty: no token is required then.
        keys = os.environ.get(GATEWAY_KEYS, f"http://127.0.0.1:{self.port}/auth/jwks")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if name in known or not name.startswith("REGIONLAB_")
        }
        return inherited | {
            "PYTHONUNBUFFERED": "1",
            "REGIONLAB_ENV": "development",
            "REGIONLAB_KAFKA": self.kafka,
            GATEWAY_KEYS: keys,
            "REGIONLAB_CLOCK_OFFSET": repr(self.clock_offset),
            "REGIONLAB_CLOCK_SPEED": repr(self.clock_speed),
            "REGIONLAB_CLOCK_ANCHOR": repr(self.clock_anchor),
        }


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
