"""Protection against server-side request forgery (SSRF) for connections to third-party servers.

A third party's redirect, list of URLs or host name can point at an address that only this network
reaches: our services, a metadata endpoint, a router. The check uses the addresses that the
connection is opened to, and the peer address of the open connection, before anything is sent,
because a name can resolve differently from one moment to the next.
"""

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_INTERNAL: Final = (
    ipaddress.ip_network("::/96"),  # IPv4-compatible addresses
    ipaddress.ip_network("::ffff:0:0:0/96"),  # IPv4-translated addresses
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64 inside a network
    ipaddress.ip_network("fec0::/10"),  # site-local addresses
)
"""Networks that lead inside, though some versions of `is_global` say otherwise."""
_INTERNAL_SUFFIXES: Final = (
    ".localhost",
    ".internal",
    ".local",
    ".svc",  # of Kubernetes, relative to the search domain of a pod
    ".home.arpa",  # RFC 8375
    ".intranet",
    ".lan",
)
"""Names that no public server has. RFC 6761, 6762, 8375; ICANN reserves `.internal`."""
_trusted: ContextVar[Origin | None] = ContextVar("trusted", default=None)
_checked: ContextVar[bool] = ContextVar("checked", default=False)
"""Whether the addresses of the connection that is being opened have to be public. Its host is not
compared: a URL writes it in several ways (capitals, IDN)."""


class InternalAddressError(aiohttp.ClientError):
    """The requested address is internal, and its origin is not trusted (`trusting_origin`)."""


@contextmanager
def trusting_origin(address: str) -> Iterator[None]:
    """Trust the origin (scheme, host, port) of `address`, which our configuration names.

    That origin may be internal; every other origin its server refers to must be public. Outside of
    this context a `PublicOnlyConnector` checks nothing.
    """
    token = _trusted.set(origin_of(address))
    try:
        yield
    finally:
        _trusted.reset(token)


class PublicOnlyConnector(aiohttp.TCPConnector):
    """Raises InternalAddressError for an internal address within `trusting_origin`."""

    async def connect(
        self, req: Any, traces: list[Any], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        trusted = _trusted.get()
        is_trusted = trusted is None or origin_of(str(req.url)) == trusted
        # Through a proxy the peer is the proxy, which is internal: only the name can be checked.
        if not is_trusted and not is_public_name(req.url.host or ""):
            raise InternalAddressError(req.url.host)
        is_checked = not is_trusted and req.proxy is None
        token = _checked.set(is_checked)
        try:
            connection = await super().connect(req, traces, timeout)
        finally:
            _checked.reset(token)
        if is_checked and not _is_public(_peer(connection)):
            connection.close()
            raise InternalAddressError(req.url.host)
        return connection

    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> Any:
        """Refuse a name with an internal address before a connection: whether a port answers
        there, and how soon, must not be learnt. That of a proxy is not checked."""
        found = await super()._resolve_host(host, port, traces)
        if _checked.get() and not all(_is_public(each["host"]) for each in found):
            raise InternalAddressError(host)
        return found


def origin_of(address: str) -> Origin:
    """Scheme, host and port of an http(s) address. Of any other text, parts may be empty; all are
    empty, and the port 0, if it cannot be parsed."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", "", 0
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, parts.hostname or "", default if port is None else port


def is_public_name(host: str) -> bool:
    """Whether a host can be public, by its name or address alone."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(_INTERNAL_SUFFIXES):
        return False
    try:
        return _is_public(name)
    except ValueError:
        # "127.1" and "0x7f.1" are addresses to a resolver: no name ends in a number.
        last = name.rpartition(".")[2]
        return "." in name and not last[:1].isdecimal()


def _is_public(address: str) -> bool:
    """Whether an IP address is public. Raises ValueError if it is no IP address."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return _is_public(str(embedded))
        if any(ip in each for each in _INTERNAL):
            return False
    return ip.is_global and not ip.is_multicast


def _peer(connection: aiohttp.connector.Connection) -> str:
    transport = connection.transport
    peer = None if transport is None else transport.get_extra_info("peername")
    # A connection that is already closed has no peer: it counts as internal.
    return str(peer[0]) if peer else "0.0.0.0"
