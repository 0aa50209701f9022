"""Where the gateway is put together."""

from collections.abc import Iterable
from functools import partial

from gateway.adapters.metrics_port import metrics_port
from gateway.adapters.neighbours import HttpNeighbours
from gateway.adapters.services import open_services
from gateway.api.control import control_app
from gateway.api.door import Door
from gateway.api.protocol import DoorProtocol
from gateway.api.proxy import Proxy
from gateway.domain.routes import RouteTable, Service
from gateway.domain.table import TABLE
from gateway.flows.publish_contract import Contract
from gateway.flows.watch_neighbours import Readiness
from gateway.settings import GatewaySettings
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Edge, http_client
from socle.service import Given, Running

VERSION = "0.1.0"
# Each route has its own limit, judged in the data path.
_NO_BOUND = 2**63


async def wire(given: Given[GatewaySettings]) -> Running:
    """The one role: the door, and a watch on what is behind it."""
    settings, clock = given.settings, given.clock
    addresses = addresses_of(TABLE.services, settings)
    services = await given.stack.enter_async_context(
        open_services(
            addresses,
            connect_limit=settings.connect_seconds,
            keep_alive=settings.keep_alive_seconds,
        )
    )
    session = await given.stack.enter_async_context(http_client())
    if settings.metrics_port is not None:
        await given.stack.enter_async_context(
            metrics_port(given.platform.host, settings.metrics_port)
        )
    neighbours = HttpNeighbours(session, addresses)
    readiness = Readiness(TABLE.services)
    proxy = Proxy(services, proxies=settings.proxies, proto="https" if settings.tls else "http")
    given.draining.on_end(proxy.end_streams)
    contract = Contract(TABLE, neighbours, clock, version=VERSION)
    return Running(
        app=build_door(TABLE, proxy, contract, clock=clock, tls=settings.tls),
        tasks={"neighbours": partial(readiness.watch, neighbours, clock)},
        checks={each: partial(readiness.why_not, each) for each in TABLE.services},
        metrics=False,
        http=DoorProtocol,
    )


def addresses_of(services: Iterable[Service], settings: GatewaySettings) -> dict[Service, str]:
    """The base address of each service: the setting that bears its name.

    Raises Refusal naming every service that has none: the gateway does not start.
    """
    found = {service: getattr(settings, service, None) for service in services}
    missing = [service for service, address in found.items() if not isinstance(address, str)]
    if missing:
        raise Refusal(
            "invalid",
            "La table des routes mène à un service dont GatewaySettings (gateway/settings.py) "
            f"n'a pas l'adresse : {', '.join(missing)}.",
            missing=[f"GATEWAY_{service.upper()}" for service in missing],
        )
    return {service: str(address) for service, address in found.items()}


def build_door(
    table: RouteTable, proxy: Proxy, contract: Contract, *, clock: Clock, tls: bool
) -> Door:
    """The whole HTTP face: the data path and the control plane behind one door."""
    edge = Edge(proxy, service="gateway", clock=clock, max_body=_NO_BOUND)
    return Door(table, proxied=edge, control=control_app(contract, clock), tls=tls)
