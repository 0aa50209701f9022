"""Every service the gateway routes to is given an address wherever the gateway is started."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import OWN, Route
from regionlab.launch.house import House
from regionlab.launch.services import SERVICES
from socle.service import INTERNAL

ROOT = Path(__file__).parents[2]
CONTAINERS: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.mark.parametrize("service", TABLE.services)
def test_compose_gives_the_address_of_one_of_its_containers(service: str) -> None:
    gateway = CONTAINERS["gateway"]
    address = urlsplit(gateway["environment"][f"GATEWAY_{service.upper()}"])
    behind = CONTAINERS[str(address.hostname)]
    program = _program(service)
    assert behind["build"]["args"]["SERVICE"] == program
    assert behind["environment"][f"{program.upper()}_PORT"] == str(address.port)
    assert address.hostname in gateway["depends_on"]


@pytest.mark.parametrize("service", TABLE.services)
def test_the_launcher_gives_the_address_of_one_of_its_programs(
    service: str, tmp_path: Path
) -> None:
    house = House(tmp_path, port=8080)
    own = [each.program_name(role) for each in SERVICES for role in each.roles]
    house.ports = {name: 9000 + at for at, name in enumerate(own)}
    (gateway,) = (each for each in SERVICES if each.name == "gateway")
    (behind,) = (each for each in SERVICES if each.name == _program(service))
    given = gateway.settings(house)[f"GATEWAY_{service.upper()}"]
    assert given in {house.address(behind.program_name(role)) for role in behind.roles}


@pytest.mark.parametrize("route", TABLE.routes, ids=lambda route: route.pattern)
def test_no_route_leads_to_internal_paths(route: Route) -> None:
    # No token is required there (`socle.auth`): the route table must not contain it.
    assert not route.pattern.startswith(INTERNAL.rstrip("/"))
    tails = ("", "x", "x/y", "x/y/z", "desk/tao.pb", "timetables/" + "0" * 64)
    assert not any(route.matcher.fullmatch(INTERNAL + tail) for tail in tails)


def test_compose_gives_every_service_the_address_of_the_gateways_keys() -> None:
    gateway = CONTAINERS["gateway"]
    given = {
        container["environment"]["REGIONLAB_GATEWAY_KEYS"]
        for container in CONTAINERS.values()
        if "REGIONLAB_ENV" in container.get("environment", {})
    }
    (address,) = map(urlsplit, given)
    assert (address.hostname, str(address.port)) == (
        "gateway",
        gateway["environment"]["GATEWAY_PORT"],
    )
    route = TABLE.get(address.path)
    assert route.service == OWN
    assert route.access.open


def _program(service: str) -> str:
    """The program of a service: `mobilite_desk` is a role of mobilite reached on its own."""
    return service.partition("_")[0]
