"""One installation of the platform: its folders, ports, addresses and programs' environment."""

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
"""The variable with the address of the public keys that verify the gateway's tokens."""


@dataclass(slots=True)
class Installation:
    """One installation on this machine. The launcher sets addresses once their servers run."""

    data: Path
    """The data folder."""
    port: int
    """The port of the gateway."""
    clock_offset: float = 0.0
    """Seconds from the machine's clock to the platform's, at `clock_anchor`."""
    clock_speed: float = 1.0
    """Platform seconds per second."""
    clock_anchor: float = 0.0
    """The POSIX instant of the machine from which the speed applies."""
    kafka: str = ""
    """Bootstrap servers."""
    postgres: str = ""
    """URL of the server, without a database."""
    issuer: str = ""
    """Base URL of the identity issuer."""
    feeds: Path = Path()
    """The file feeds.toml."""
    ports: dict[str, int] = field(default_factory=dict)
    """The port of each program but the gateway, by its name."""

    def choose_ports(self, names: Iterable[str]) -> None:
        """Choose a free port for each of those programs."""
        for name in names:
            port = free_port()
            while port in self.ports.values() or port == self.port:
                port = free_port()
            self.ports[name] = port

    def port_of(self, name: str) -> int:
        """The port of a program, chosen now if it has none: a program that is started again has
        the same address."""
        if name not in self.ports:
            self.choose_ports((name,))
        return self.ports[name]

    def address(self, program: str) -> str:
        """The base URL of a program on this machine. Raises KeyError if it has no port."""
        return f"http://127.0.0.1:{self.ports[program]}"

    def database(self, service: str) -> str:
        """The URL of a service's database."""
        return database_url(self.postgres, service)

    def environment(self) -> dict[str, str]:
        """The environment of every program: this process's, with the platform's settings.

        Other variables REGIONLAB_* (of the cache, of the tests) are left out: a service refuses
        unknown ones.
        """
        known = variables(PlatformSettings)
        # Benchmarks that call services directly set it to "": services then require no token.
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
