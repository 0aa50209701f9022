"""The platform's services, as data: a new service is one entry here.

Each role of a service is one program, on a port of its own, ready when `/readyz` says so. It gets
`<NAME>_PORT` by itself, and `<NAME>_POSTGRES` when it is one of those that use the database.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from regionlab.credentials.desk_keys import DEMO_KEY, write_demo_keys
from regionlab.credentials.secrets import (
    PORTAIL_KEY,
    house_keys,
    new_signing_keys,
    stored_secret,
    write_secret,
)
from regionlab.launch.applications import demo_applications
from regionlab.launch.house import House
from regionlab.launch.identity import gateway_identity, issuer_port, write_clients
from regionlab.launch.supervisor import Program


@dataclass(frozen=True, slots=True)
class Service:
    """How one service is started. Services of a lower wave are ready before the next starts."""

    name: str
    label: str
    wave: int
    roles: Mapping[str, str]  # role → its label
    database: frozenset[str] = frozenset()  # the roles that are given its URL, and so its password
    public: bool = False  # on the port people use
    settings: Callable[[House], dict[str, str]] = lambda _: {}

    def program_name(self, role: str) -> str:
        """The name of one role's program, port and log."""
        return f"{self.name}-{role}" if len(self.roles) > 1 else self.name


def _mobilite(house: House) -> dict[str, str]:
    data = house.data / "mobilite"
    data.mkdir(exist_ok=True)
    keys = data / "desk.toml"
    if not keys.exists():
        write_demo_keys(keys, house.data / DEMO_KEY)
    # Polled often: a demo is watched, and its operators are on the same machine. More often still
    # where time is hastened, as far as machines follow; or as the caller says.
    seconds = os.environ.get("MOBILITE_POLL_SECONDS", f"{max(0.25, 5 / house.clock_speed):g}")
    return {
        "MOBILITE_FEEDS": str(house.feeds),
        "MOBILITE_DATA": str(data),
        "MOBILITE_POLL_SECONDS": seconds,
        "MOBILITE_DESK": house.address("mobilite-desk"),
        "MOBILITE_DESK_KEYS": str(keys),
    }


def _esante(house: House) -> dict[str, str]:
    return {"ESANTE_BASE": f"http://localhost:{house.port}/fhir"}


def _pilotes(house: House) -> dict[str, str]:
    data = house.data / "pilotes"
    data.mkdir(exist_ok=True)
    keys = data / "keys.json"
    if not keys.exists():
        write_secret(keys, new_signing_keys())
    return {
        "PILOTES_KEY": stored_secret(data / "salts.key"),
        "PILOTES_SIGNING_KEYS": str(keys),
        "PILOTES_PUBLIC": f"http://localhost:{house.port}",
    }


def _portail(house: House) -> dict[str, str]:
    plans = house_keys(_gateway_data(house))
    return {
        "PORTAIL_API": f"http://127.0.0.1:{house.port}",
        "PORTAIL_API_KEY": plans.with_name(PORTAIL_KEY).read_text("ascii").strip(),
    }


def _gateway_data(house: House) -> Path:
    data = house.data / "gateway"
    data.mkdir(exist_ok=True)
    return data


def _gateway(house: House) -> dict[str, str]:
    data = _gateway_data(house)
    keys = data / "keys.json"
    if not keys.exists():
        write_secret(keys, new_signing_keys())
    return gateway_identity(house) | {
        "GATEWAY_CLIENTS": str(demo_applications(house)),
        "GATEWAY_KEYS": str(keys),
        "GATEWAY_PLANS": str(house_keys(data)),
        "GATEWAY_PUBLIC": f"http://localhost:{house.port}",
        "GATEWAY_MOBILITE": house.address("mobilite-api"),
        "GATEWAY_MOBILITE_DESK": house.address("mobilite-desk"),
        "GATEWAY_ESANTE": house.address("esante"),
        "GATEWAY_PILOTES": house.address("pilotes-api"),
        "GATEWAY_PORTAIL": house.address("portail"),
    }


SERVICES: tuple[Service, ...] = (
    Service(
        "mobilite",
        label="mobilité",
        wave=1,
        roles={"import": "horaires", "poll": "temps réel", "desk": "guichet", "api": "réponses"},
        database=frozenset({"import", "desk"}),
        settings=_mobilite,
    ),
    # The pages read the public API where everybody does: at the gateway, which comes later.
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
        roles={"api": ""},
        database=frozenset({"api"}),
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


def program_of(service: Service, role: str, house: House) -> Program:
    """The program of one role, with its environment."""
    prefix, name = service.name.upper(), service.program_name(role)
    port = house.port if service.public else house.ports[name]
    env = house.environment() | service.settings(house) | {f"{prefix}_PORT": str(port)}
    if role in service.database:
        env[f"{prefix}_POSTGRES"] = house.database(service.name)
    label = f"{service.label} ({service.roles[role]})" if service.roles[role] else service.label
    return Program(
        name,
        label,
        (sys.executable, "-m", service.name, role),
        env,
        ready_url=f"http://127.0.0.1:{port}/readyz",
    )


def embedded_server(server: str, label: str, house: House) -> Program:
    """One of the embedded servers. Kafka downloads its jars at the first start."""
    argv = (sys.executable, "-m", "embedded", server, "--data", str(house.data / server))
    env = os.environ | {"REGIONLAB_ENV": "development", "PYTHONUNBUFFERED": "1"}
    return Program(server, label, argv, env, start_seconds=600.0)


def issuer(house: House) -> Program:
    """The demo's OpenID provider, with its registered clients."""
    server = embedded_server("issuer", "fournisseur d'identité", house)
    words = ("--clients", str(write_clients(house)), "--port", str(issuer_port(house)))
    return replace(server, argv=(*server.argv, *words))
