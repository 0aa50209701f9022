"""The composition of the gateway."""

from collections.abc import Iterable, Sequence
from functools import partial

import aiohttp

from gateway.authentication.flows.check_access import check_access
from gateway.contract.flows import ContractPublisher
from gateway.http.domain.trusted_proxies import TrustedProxies
from gateway.metering.adapters.metrics_port import metrics_port
from gateway.metering.api import MeteredApp, metered_connection
from gateway.metering.flows import UsageMeter
from gateway.oauth.adapters.cared_records import HttpCaredRecords
from gateway.proxy.adapters.service_probe import HttpServiceProbe
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.proxy.api.dispatch import RequestDispatcher
from gateway.proxy.api.proxy import Proxy
from gateway.proxy.flows.open_streams import OpenStreams, is_still_identified
from gateway.routes.domain.esante_routes import ESANTE
from gateway.routes.domain.route_table import TABLE
from gateway.routes.domain.routes import RouteTable, Service
from gateway.routes.ports import Stage
from gateway.settings import GatewaySettings
from gateway.wiring.authentication import wire_authentication
from gateway.wiring.bus import open_gateway_bus
from gateway.wiring.control_app import control_app, own_document
from gateway.wiring.login import wire_login
from gateway.wiring.metering import wire_metering
from gateway.wiring.oauth import wire_oauth
from gateway.wiring.pilots import Pilots, wire_pilots
from gateway.wiring.quotas import Quotas, wire_quotas
from gateway.wiring.resilience import Resilience, wire_resilience
from socle.auth import SigningKeys, read_signing_keys
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import ASGIApp, Edge, Router, http_client
from socle.postgres import Pool, migrate, open_pool, watch_postgres
from socle.service import Draining, RunningRole, Task, WiringContext, combine

VERSION = "0.1.0"
# Of the size of bodies here: each route has its own limit, checked in the data path.
_NO_LIMIT = 2**63


async def wire(given: WiringContext[GatewaySettings]) -> RunningRole:
    """The only role: the gateway and its background tasks."""
    settings, clock = given.settings, given.clock
    keys = read_signing_keys(settings.keys, variable="GATEWAY_KEYS")
    tokens = SignedUpstreamTokens(keys)
    await _open_metrics_port(given)
    resilience = await wire_resilience(given, addresses_of(TABLE.services, settings))
    probe = HttpServiceProbe(await _client(given), resilience.upstreams, tokens)
    pool = await _open_database(given)
    # A client of its own for identity providers, which must not receive trace headers.
    login = wire_login(settings, pool, await _client(given, outside=True))
    cared = _cared_records(await _client(given), resilience, tokens)
    oauth = await wire_oauth(given, pool, keys, cared)
    identify = wire_authentication(settings, keys, login, oauth.revocations)
    bus = await open_gateway_bus(given)
    pilots = wire_pilots(TABLE, bus, clock)
    meter = wire_metering(given, bus, pilots)
    quotas = await wire_quotas(given, oauth.clients)
    streams = _open_streams(given)
    control = _wire_control(given, probe, keys, *quotas.routers, login.router, oauth.router)
    proxy = Proxy(
        resilience.services,
        control,
        stages=(identify, login.recognise, login.guard, check_access, quotas.admit, pilots.assign),
        tokens=tokens,
        meters=(pilots.exposures, pilots.seen_facts, quotas.streams),
        shedding=resilience.shedding,
        cache=resilience.cache,
        origins=oauth.clients.origins,
        streams=streams,
        clock=clock,
        proxies=TrustedProxies(settings.trusted_networks),
        proto="https" if settings.tls else "http",
    )
    gateway_role = _gateway_role(given, proxy, control, meter)
    upstream_role = RunningRole(tasks=resilience.tasks(probe, clock), checks=resilience.checks())
    watch = _stream_watch(streams, (identify, login.recognise), pilots, quotas, clock)
    tasks = login.tasks | oauth.tasks | {"metering": meter.run, "streams": watch}
    background = combine(RunningRole(tasks=tasks), _watch_database(settings))
    return combine(gateway_role, upstream_role, background, quotas.running, pilots.running)


def _cared_records(
    session: aiohttp.ClientSession, resilience: Resilience, tokens: SignedUpstreamTokens
) -> HttpCaredRecords:
    esante = resilience.upstreams[ESANTE]
    return HttpCaredRecords(
        session, lambda: esante.ready_first()[0].address, partial(tokens.issue_for, ESANTE)
    )


def _wire_control(
    given: WiringContext[GatewaySettings],
    probe: HttpServiceProbe,
    keys: SigningKeys,
    *routers: Router,
) -> ASGIApp:
    """The application of the gateway's own routes, and of the contract, which they are part of."""
    own = own_document(routers, keys.public)
    contract = ContractPublisher(TABLE, probe, given.clock, own=own, version=VERSION)
    return control_app(contract, keys.public, routers, public=given.settings.public.rstrip("/"))


def _gateway_role(
    given: WiringContext[GatewaySettings], proxy: Proxy, control: ASGIApp, meter: UsageMeter
) -> RunningRole:
    clock, tls = given.clock, given.settings.tls
    app = build_app(TABLE, proxy, control, clock=clock, tls=tls, draining=given.draining)
    return RunningRole(
        app=MeteredApp(app, meter, clock),
        metrics=False,
        http=metered_connection(meter),
        authenticates_callers=True,
    )


def _open_streams(given: WiringContext[GatewaySettings]) -> OpenStreams:
    streams = OpenStreams()
    given.draining.on_end(streams.end_all)
    return streams


def _stream_watch(
    streams: OpenStreams,
    authentication: Sequence[Stage],
    pilots: Pilots,
    quotas: Quotas,
    clock: Clock,
) -> Task:
    conditions = (
        is_still_identified(authentication),
        pilots.assign.still_holds,
        quotas.admit.still_holds,
    )
    return partial(streams.watch, conditions, clock)


async def _open_metrics_port(given: WiringContext[GatewaySettings]) -> None:
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


def _watch_database(settings: GatewaySettings) -> RunningRole:
    """A note: open data, tokens and sessions seen before pass without the database."""
    database = settings.postgres.get_secret_value()
    return watch_postgres(database, application_name="gateway", optional=True)


def addresses_of(services: Iterable[Service], settings: GatewaySettings) -> dict[Service, str]:
    """The addresses of each service, from the setting of its name.

    Raises Refusal with every service that has none.
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
    control: ASGIApp,
    *,
    clock: Clock,
    tls: bool,
    draining: Draining,
) -> RequestDispatcher:
    """The complete ASGI application.

    `proxy`: for requests with a route. `control`: for the others, which it answers with 404.
    """
    matched = Edge(proxy, service="gateway", clock=clock, max_body=_NO_LIMIT, time_limits=False)
    unmatched = Edge(control, service="gateway", clock=clock, max_body=0, time_limits=False)
    return RequestDispatcher(
        table, matched=matched, unmatched=unmatched, tls=tls, draining=draining
    )
