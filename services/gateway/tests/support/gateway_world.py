"""A real gateway in front of real services, all on free ports of this machine.

Services are asyncio servers that the test writes byte by byte, or ASGI applications on uvicorn.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_network
from typing import Any

import uvicorn
from joserfc.jwk import ECKey

from gateway.authentication.flows.check_access import check_access
from gateway.callers.domain.access import OPEN, only
from gateway.contract.flows import ContractPublisher
from gateway.events import RequestServedV2
from gateway.http.api.connection import GatewayConnection
from gateway.http.domain.cors import Origins
from gateway.http.domain.trusted_proxies import TrustedProxies
from gateway.metering.api import MeteredApp
from gateway.metering.flows import UsageMeter
from gateway.proxy.adapters.service_probe import HttpServiceProbe
from gateway.proxy.adapters.upstream_client import open_upstream_client
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.proxy.api.proxy import Proxy
from gateway.proxy.domain.load_shedding import LoadShedding
from gateway.proxy.domain.upstreams import Upstreams
from gateway.proxy.flows.open_streams import OpenStreams
from gateway.proxy.flows.response_cache import ResponseCache
from gateway.proxy.flows.upstream_balancer import UpstreamBalancer
from gateway.proxy.ports import Meter
from gateway.routes.domain.routes import OWN, Limits, Route, RouteTable, Service
from gateway.routes.ports import Stage
from gateway.wiring import build_app
from gateway.wiring.control_app import control_app, own_document
from gateway.wiring.resilience import build_upstreams
from socle.auth import SigningKeys
from socle.clock import SystemClock
from socle.http import ASGIApp, Router, http_client
from socle.service import Draining

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

ECHO = Service("echo")
KEYS = SigningKeys({"test": ECKey.generate_key("P-256")})
EVERYTHING = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"})


def table(limits: Limits | None = None) -> RouteTable:
    """A plain route and a stream to one service."""
    limits = limits or Limits()
    stream = Limits(total=None, idle=limits.idle, first_byte=limits.first_byte)
    return RouteTable(
        (
            Route(
                "/echo/stream",
                ECHO,
                OPEN,
                plan_class="stream",
                streaming=True,
                compress=False,
                limits=stream,
            ),
            Route("/echo/closed/{rest...}", ECHO, only("professional"), plan_class="list"),
            Route("/echo/{rest...}", ECHO, OPEN, EVERYTHING, plan_class="list", limits=limits),
            *(
                Route(pattern, OWN, OPEN, plan_class="docs")
                for pattern in ("/openapi.json", "/docs", "/docs/{name}")
            ),
        )
    )


@cache
def _own_document() -> dict[str, Any]:
    return own_document((), KEYS.public)


class MemoryUsageLedger:
    """A meter in memory."""

    def __init__(self) -> None:
        self.records: list[RequestServedV2] = []

    async def publish(self, record: RequestServedV2) -> None:
        self.records.append(record)


@dataclass
class Gateway:
    """A running gateway: its address and its data path."""

    port: int
    proxy: Proxy
    streams: OpenStreams
    server: uvicorn.Server
    upstreams: Mapping[Service, Upstreams]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class World:
    """Starts what a test needs and stops it all at the end."""

    stack: AsyncExitStack
    connections: set[asyncio.StreamWriter] = field(default_factory=set)
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = field(default_factory=list)

    async def service(self, talk: Talk) -> str:
        """A service that speaks raw bytes. `talk` is called once a connection."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.connections.add(writer)
            try:
                await talk(reader, writer)
            except (ConnectionError, EOFError):
                pass
            finally:
                self.connections.discard(writer)
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=1024)

        def stop() -> None:
            server.close()
            for writer in self.connections:
                writer.transport.abort()

        self.stack.callback(stop)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def application(self, app: ASGIApp) -> str:
        """An ASGI application on uvicorn."""
        _, port = await self._serve(app)
        return f"http://127.0.0.1:{port}"

    async def gateway(
        self,
        address: str,
        *,
        limits: Limits | None = None,
        routes: RouteTable | None = None,
        protocol: type[GatewayConnection] = GatewayConnection,
        proxies: str = "",
        tls: bool = False,
        stages: Sequence[Stage] = (),
        then: Sequence[Stage] = (),
        meters: Sequence[Meter] = (),
        draining: Draining | None = None,
        shedding: LoadShedding | None = None,
        most: int = 512,
        routers: Sequence[Router] = (),
        host: str = "127.0.0.1",
        port: int = 0,
        meter: UsageMeter | None = None,
        cache_bytes: int = 0,
        stale: float = 60.0,
        connect_limit: float = 10.0,
        origins: Origins = frozenset,
    ) -> Gateway:
        """A gateway before one service. `stages` come before the access rules, `then` after."""
        routes = routes or table(limits)
        addresses = dict.fromkeys(routes.services, address)
        pool = await self.stack.enter_async_context(
            open_upstream_client(connect_limit=connect_limit, keep_alive=30.0)
        )
        upstreams = build_upstreams(addresses, max_in_flight=most)
        clock = SystemClock()
        tokens = SignedUpstreamTokens(KEYS)
        session = await self.stack.enter_async_context(http_client())
        probe = HttpServiceProbe(session, upstreams, tokens)
        contract = ContractPublisher(routes, probe, clock, own=_own_document(), version="1")
        control = control_app(contract, KEYS.public, routers, public="https://platform.example")
        services = UpstreamBalancer(pool, upstreams, clock)
        cache = ResponseCache(services, clock, max_bytes=cache_bytes, stale=stale)
        streams = OpenStreams()
        proxy = Proxy(
            services,
            control,
            stages=(*stages, check_access, *then),
            tokens=tokens,
            meters=meters,
            shedding=shedding or LoadShedding(max_requests=1000),
            cache=cache if cache_bytes else None,
            origins=origins,
            streams=streams,
            clock=clock,
            proxies=TrustedProxies(tuple(map(ip_network, proxies.split()))),
            proto="https" if tls else "http",
        )
        draining = draining or Draining()
        replica = build_app(routes, proxy, control, clock=clock, tls=tls, draining=draining)
        app = MeteredApp(replica, meter, clock) if meter else replica
        server, port = await self._serve(app, protocol, port, host)
        return Gateway(port, proxy, streams, server, upstreams)

    async def _serve(
        self,
        app: ASGIApp,
        protocol: type[asyncio.Protocol] | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
    ) -> tuple[uvicorn.Server, int]:
        both = host == "::"
        family = socket.AF_INET6 if both else socket.AF_INET
        listener = socket.create_server((host, port), family=family, dualstack_ipv6=both)
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            http=protocol or "httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listener]))

        if not self.running:
            self.stack.push_async_callback(self._stop)
        self.running.append((server, task))
        while not server.started:  # noqa: ASYNC110 (uvicorn has no event to wait for)
            await asyncio.sleep(0.005)
        return server, listener.getsockname()[1]

    async def _stop(self) -> None:
        # uvicorn's orderly stop takes half a second and is not tested here.
        for server, task in self.running:
            task.cancel()
            for listener in server.servers:
                listener.close()
            for connection in list(server.server_state.connections):
                connection.transport.abort()
        everything = [t for s, task in self.running for t in (task, *s.server_state.tasks)]
        await asyncio.gather(*everything, return_exceptions=True)


async def exchange(port: int, sent: bytes, *, half_close: bool = False) -> bytes:
    """Send raw bytes; return all bytes received until the gateway closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    await writer.drain()
    if half_close:
        writer.write_eof()
    try:
        async with asyncio.timeout(60):
            return await reader.read()
    finally:
        writer.close()


async def read_head(reader: asyncio.StreamReader) -> list[bytes]:
    """The request line and the header lines a service received."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head[:-4].split(b"\r\n")
