"""Where the gateway is put together."""

from collections.abc import Iterable, Sequence
from functools import partial

import aiohttp

from gateway.authentication.flows.check_access import check_access
from gateway.contract.flows import Contract
from gateway.metering.adapters.metrics_port import metrics_port
from gateway.metering.api import MeteredApp, metered_connection
from gateway.metering.flows import UsageMeter
from gateway.proxy.adapters.inward_tokens import SignedUpstreamTokens
from gateway.proxy.adapters.service_probe import HttpServiceProbe
from gateway.proxy.api.dispatch import RequestDispatcher
from gateway.proxy.api.proxy import Proxy
from gateway.proxy.flows.open_streams import OpenStreams, is_still_known
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import RouteTable, Service
from gateway.routes.ports import Stage
from gateway.settings import GatewaySettings
from gateway.wiring.authentication import wire_authentication
from gateway.wiring.bus import open_house_bus
from gateway.wiring.control_app import control_app
from gateway.wiring.login import wire_login
from gateway.wiring.metering import wire_metering
from gateway.wiring.oauth import wire_oauth
from gateway.wiring.pilots import Pilots, wire_pilots
from gateway.wiring.quotas import Plans, wire_quotas
from gateway.wiring.resilience import wire_resilience
from socle.auth import read_signing_keys
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import ASGIApp, Edge, http_client
from socle.postgres import Pool, migrate, open_pool
from socle.service import Draining, RunningRole, Task, WiringContext, combine

VERSION = "0.1.0"
# Each route has its own limit, judged in the data path.
_NO_BOUND = 2**63


async def wire(given: WiringContext[GatewaySettings]) -> RunningRole:
    """The one role: the door, and a watch on what is behind it."""
    settings, clock = given.settings, given.clock
    keys = read_signing_keys(settings.keys, variable="GATEWAY_KEYS")
    tokens = SignedUpstreamTokens(keys)
    await _open_metrics(given)
    quick = await wire_resilience(given, addresses_of(TABLE.services, settings))
    neighbours = HttpServiceProbe(await _client(given), quick.upstreams, tokens)
    pool = await _open_database(given)
    # Identity providers learn nothing of our traces.
    login = wire_login(settings, pool, await _client(given, outside=True))
    smart = await wire_oauth(given, pool, keys)
    identify = wire_authentication(settings, keys, login, smart.revocations)
    bus = await open_house_bus(given)
    pilots = wire_pilots(TABLE, bus, clock)
    meter = wire_metering(given, bus, pilots)
    contract = Contract(TABLE, neighbours, clock, version=VERSION)
    plans = await wire_quotas(given, smart.clients)
    streams = _open_streams(given)
    own = control_app(contract, keys.public, (login.router, smart.router, *plans.routers))
    proxy = Proxy(
        quick.services,
        own,
        stages=(identify, login.recognise, login.guard, check_access, plans.admit, pilots.assign),
        tokens=tokens,
        meters=(pilots.exposures, plans.streams),
        shedding=quick.shedding,
        keeper=quick.keeper,
        origins=smart.clients.origins,
        streams=streams,
        clock=clock,
        proxies=settings.proxies,
        proto="https" if settings.tls else "http",
    )
    door = _door(given, proxy, own, meter)
    beside = RunningRole(tasks=quick.tasks(neighbours, clock), checks=quick.checks())
    watch = _watch(streams, (identify, login.recognise), pilots, plans, clock)
    kept = RunningRole(tasks=login.tasks | smart.tasks | {"metering": meter.run, "streams": watch})
    return combine(door, beside, kept, plans.running, pilots.running)


def _door(
    given: WiringContext[GatewaySettings], proxy: Proxy, own: ASGIApp, meter: UsageMeter
) -> RunningRole:
    clock, tls = given.clock, given.settings.tls
    door = build_app(TABLE, proxy, own, clock=clock, tls=tls, draining=given.draining)
    return RunningRole(
        app=MeteredApp(door, meter, clock),
        metrics=False,
        http=metered_connection(meter),
        authenticates_callers=True,
    )


def _open_streams(given: WiringContext[GatewaySettings]) -> OpenStreams:
    streams = OpenStreams()
    given.draining.on_end(streams.end_all)
    return streams


def _watch(
    streams: OpenStreams, who: Sequence[Stage], pilots: Pilots, plans: Plans, clock: Clock
) -> Task:
    stand = (is_still_known(who), pilots.assign.still_holds, plans.admit.still_holds)
    return partial(streams.watch, stand, clock)


async def _open_metrics(given: WiringContext[GatewaySettings]) -> None:
    if (port := given.settings.metrics_port) is not None:
        await given.stack.enter_async_context(metrics_port(given.platform.host, port))


async def _client(
    given: WiringContext[GatewaySettings], *, outside: bool = False
) -> aiohttp.ClientSession:
    return await given.stack.enter_async_context(http_client(outside=outside))


async def _open_database(given: WiringContext[GatewaySettings]) -> Pool:
    database = given.settings.postgres.get_secret_value()
    await migrate(database, "gateway")
    return await given.stack.enter_async_context(open_pool(database, application_name="gateway"))


def addresses_of(services: Iterable[Service], settings: GatewaySettings) -> dict[Service, str]:
    """The address or addresses of each service: the setting that bears its name.

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


def build_app(
    table: RouteTable,
    proxy: Proxy,
    own: ASGIApp,
    *,
    clock: Clock,
    tls: bool,
    draining: Draining,
) -> RequestDispatcher:
    """The whole HTTP face, in the house's edge. `own` also tells that an address is nowhere."""
    judged = Edge(proxy, service="gateway", clock=clock, max_body=_NO_BOUND, time_limits=False)
    nowhere = Edge(own, service="gateway", clock=clock, max_body=0, time_limits=False)
    return RequestDispatcher(table, judged=judged, nowhere=nowhere, tls=tls, draining=draining)
