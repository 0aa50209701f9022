"""Connections to servers that are not ours, which must not lead us inside.

A stranger's redirect, list of addresses or name of a host may point at what only we can reach: our
own services, a machine's metadata, a router. What counts is where a connection really ends, looked
at once it stands and before anything is sent: a name may lead elsewhere than a moment ago.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

Origin = tuple[str, str, int]

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_INSIDE_NAMES: Final = (".localhost", ".internal", ".local")
_trusted: ContextVar[Origin | None] = ContextVar("trusted", default=None)


class InternalAddressError(aiohttp.ClientError):
    """The address that was to be asked lies inside, and nobody of ours named it."""


@contextmanager
def trusting_origin(address: str) -> Iterator[None]:
    """Ask on the word of `address`, which one of ours wrote: its very origin (scheme, host, port)
    may stand anywhere; whatever else its server leads to must be out in the world.

    Without it, an `OutsideConnector` asks whatever it is told to.
    """
    token = _trusted.set(origin_of(address))
    try:
        yield
    finally:
        _trusted.reset(token)


class PublicOnlyConnector(aiohttp.TCPConnector):
    """Raises LedInside for a request of `asking` that would leave the world."""

    async def connect(
        self, req: Any, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        trusted = _trusted.get()
        free = trusted is None or origin_of(str(req.url)) == trusted
        # Through a proxy the other end is the proxy's, which is ours: the name must do.
        if not free and not is_public_name(req.url.host or ""):
            raise InternalAddressError(req.url.host)
        connection = await super().connect(req, traces, timeout)
        if not free and req.proxy is None and not _is_outside(_peer(connection)):
            connection.close()
            raise InternalAddressError(req.url.host)
        return connection


def origin_of(address: str) -> Origin:
    """Scheme, host and port of an http(s) address; empty where it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", "", 0
    usual = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname or "", usual if port is None else port


def is_public_name(host: str) -> bool:
    """Whether a host may be out in the world, by its name or address alone."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(_INSIDE_NAMES):
        return False
    try:
        return _is_outside(name)
    except ValueError:
        # "127.1" and "0x7f.1" are addresses to a resolver: no name ends in a number.
        last = name.rpartition(".")[2]
        return "." in name and not last[:1].isdecimal()


def _is_outside(address: str) -> bool:
    """Raises ValueError where it is no IP address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is not None:
            return _is_outside(str(carried))
    return ip.is_global and not ip.is_multicast


def _peer(connection: aiohttp.connector.Connection) -> str:
    transport = connection.transport
    peer = None if transport is None else transport.get_extra_info("peername")
    # A connection that is gone already has no other end: it is nobody's.
    return str(peer[0]) if peer else "0.0.0.0"
