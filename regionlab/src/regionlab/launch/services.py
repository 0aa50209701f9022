"""The platform's services, as data: a new service is one entry here.

Each role of a service is one program on its own port, which is ready when `/readyz` answers 200.
Every program receives `<NAME>_PORT`; the roles that use the database also `<NAME>_POSTGRES`.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from embedded.kafka.server import ARCHIVE_SECONDS
from regionlab.credentials.desk_keys import DEMO_KEY, write_demo_keys
from regionlab.credentials.secrets import (
    PORTAIL_KEY,
    demo_plans,
    new_signing_keys,
    read_or_create_secret,
    write_secret,
)
from regionlab.launch.applications import demo_applications, portal_secret
from regionlab.launch.identity import issuer_port, provider_settings, write_issuer_clients
from regionlab.launch.installation import Installation
from regionlab.launch.supervisor import Program

GATEWAY_METRICS: Final = "gateway-metrics"
"""The name of the port that has the gateway's metrics: its own port is public."""


@dataclass(frozen=True, slots=True)
class Service:
    """How one service is started."""

    name: str
    """The name of its Python module."""
    label: str
    """In French, for the terminal."""
    wave: int
    """Services of a lower wave are ready before those of a higher one start."""
    roles: Mapping[str, str]
    """The French label of each role; empty: that of the service."""
    database: frozenset[str] = frozenset()
    """The roles that receive the URL of its database, which has the password."""
    public: bool = False
    """Whether it listens on the port of the installation."""
    settings: Callable[[Installation], dict[str, str]] = lambda _: {}
    """Returns its environment variables; can create files in the data folder."""

    def program_name(self, role: str) -> str:
        """The name of one role's program, port and log."""
        return f"{self.name}-{role}" if len(self.roles) > 1 else self.name


def _mobilite(installation: Installation) -> dict[str, str]:
    data = installation.data / "mobilite"
    data.mkdir(exist_ok=True)
    keys = data / "desk.toml"
    if not keys.exists():
        write_demo_keys(keys, installation.data / DEMO_KEY)
    # Poll every 5 s of the platform's clock, so that changes are visible quickly; but no more than
    # four times per real second, which machines would not sustain. The caller's variable prevails.
    seconds = os.environ.get(
        "MOBILITE_POLL_SECONDS", f"{max(0.25, 5 / installation.clock_speed):g}"
    )
    # The demo region writes these beside its feeds; others can do the same.
    names = {
        "MOBILITE_COMMUNES": "communes.csv",
        "MOBILITE_STREETS": "streets.osm.pbf",
        "MOBILITE_ADDRESSES": "addresses.csv",
        "MOBILITE_CAR_PARKS": "car_parks.csv",
    }
    files = {name: installation.feeds.parent / file for name, file in names.items()}
    return {name: str(file) for name, file in files.items() if file.is_file()} | {
        "MOBILITE_FEEDS": str(installation.feeds),
        "MOBILITE_DATA": str(data),
        "MOBILITE_POLL_SECONDS": seconds,
        "MOBILITE_DESK": installation.address("mobilite-desk"),
        "MOBILITE_ESTIMATES": installation.address("mobilite-indicators"),
        "MOBILITE_DESK_KEYS": str(keys),
        "MOBILITE_PUSH_KEY": read_or_create_secret(data / "push.key"),
        "MOBILITE_PUSH_CONTACT": "https://regionlab.example.org",
    }


def _esante(installation: Installation) -> dict[str, str]:
    return {
        "ESANTE_BASE": f"http://localhost:{installation.port}/fhir",
        "ESANTE_TRACES": str(installation.data / "esante"),
    }


def _pilotes(installation: Installation) -> dict[str, str]:
    data = installation.data / "pilotes"
    data.mkdir(exist_ok=True)
    keys = data / "keys.json"
    if not keys.exists():
        write_secret(keys, new_signing_keys())
    return {
        "PILOTES_KEY": read_or_create_secret(data / "salts.key"),
        "PILOTES_SIGNING_KEYS": str(keys),
        "PILOTES_PUBLIC": f"http://localhost:{installation.port}",
        "PILOTES_API": f"http://127.0.0.1:{installation.port}",
        "PILOTES_PUSH_KEY": read_or_create_secret(data / "push.key"),
        "PILOTES_PUSH_CONTACT": "https://regionlab.example.org",
    }


def _portail(installation: Installation) -> dict[str, str]:
    plans = demo_plans(_gateway_data(installation))
    return {
        "PORTAIL_API": f"http://127.0.0.1:{installation.port}",
        "PORTAIL_API_KEY": plans.with_name(PORTAIL_KEY).read_text("ascii").strip(),
        "PORTAIL_DEMONSTRATION": "true",
        "PORTAIL_PUBLIC": f"http://localhost:{installation.port}",
        "PORTAIL_CLIENT_SECRET": portal_secret(installation),
    }


def _gateway_data(installation: Installation) -> Path:
    data = installation.data / "gateway"
    data.mkdir(exist_ok=True)
    return data


def _gateway(installation: Installation) -> dict[str, str]:
    data = _gateway_data(installation)
    keys = data / "keys.json"
    if not keys.exists():
        write_secret(keys, new_signing_keys())
    return provider_settings(installation) | {
        "GATEWAY_CLIENTS": str(demo_applications(installation)),
        "GATEWAY_KEYS": str(keys),
        "GATEWAY_METRICS_PORT": str(installation.port_of(GATEWAY_METRICS)),
        "GATEWAY_PLANS": str(demo_plans(data)),
        "GATEWAY_PUBLIC": f"http://localhost:{installation.port}",
        "GATEWAY_MOBILITE": installation.address("mobilite-api"),
        "GATEWAY_MOBILITE_JOURNEYS": installation.address("mobilite-journeys"),
        "GATEWAY_MOBILITE_INDICATORS": installation.address("mobilite-indicators"),
        "GATEWAY_MOBILITE_DESK": installation.address("mobilite-desk"),
        "GATEWAY_ESANTE": installation.address("esante"),
        "GATEWAY_PILOTES": installation.address("pilotes-api"),
        "GATEWAY_PORTAIL": installation.address("portail"),
    }


SERVICES: tuple[Service, ...] = (
    Service(
        "mobilite",
        label="mobilité",
        wave=1,
        roles={
            "import": "horaires",
            "poll": "temps réel",
            "desk": "guichet",
            "api": "réponses",
            "journeys": "itinéraires",
            "indicators": "indicateurs",
        },
        database=frozenset({"import", "desk", "journeys"}),
        settings=_mobilite,
    ),
    # Its pages call the public API at the gateway, which starts later.
    Service(
        "portail",
        label="portail",
        wave=1,
        roles={"pages": ""},
        settings=_portail,
    ),
    Service(
        "esante",
        label="e-santé",
        wave=1,
        roles={"all": ""},
        database=frozenset({"all"}),
        settings=_esante,
    ),
    Service(
        "pilotes",
        label="pilotes",
        wave=1,
        roles={"api": "", "fold": "usages"},
        database=frozenset({"api", "fold"}),
        settings=_pilotes,
    ),
    Service(
        "gateway",
        label="passerelle",
        wave=9,
        roles={"gateway": ""},
        database=frozenset({"gateway"}),
        public=True,
        settings=_gateway,
    ),
)


def program_of(service: Service, role: str, installation: Installation) -> Program:
    """The program of one role of a service, with its command and environment.

    Its settings can create files in the data folder. `installation`: with the addresses and ports
    that they contain; raises KeyError if a port is missing."""
    prefix, name = service.name.upper(), service.program_name(role)
    port = installation.port if service.public else installation.ports[name]
    env = (
        installation.environment() | service.settings(installation) | {f"{prefix}_PORT": str(port)}
    )
    if role in service.database:
        env[f"{prefix}_POSTGRES"] = installation.database(service.name)
    label = f"{service.label} ({service.roles[role]})" if service.roles[role] else service.label
    return Program(
        name,
        label,
        (sys.executable, "-m", service.name, role),
        env,
        ready_url=f"http://127.0.0.1:{port}/readyz",
    )


def embedded_server(server: str, label: str, installation: Installation) -> Program:
    """The program of an embedded server. `server`: `postgres`, `broker`, `kafka` or `issuer`."""
    argv = (
        *(sys.executable, "-m", "embedded", server),
        *("--data", str(installation.data / server)),
        *("--port", str(installation.port_of(server))),
    )
    env = os.environ | {"REGIONLAB_ENV": "development", "PYTHONUNBUFFERED": "1"}
    # Kafka downloads its jars at the first start, and its first stop writes an archive of classes.
    program = Program(server, label, argv, env, start_seconds=600.0)
    return replace(program, stop_seconds=ARCHIVE_SECONDS + 30.0) if server == "kafka" else program


def issuer(installation: Installation) -> Program:
    """The program of the demo's OpenID provider; writes the file of its clients."""
    installation.ports["issuer"] = issuer_port(installation)
    server = embedded_server("issuer", "fournisseur d'identité", installation)
    return replace(
        server, argv=(*server.argv, "--clients", str(write_issuer_clients(installation)))
    )
