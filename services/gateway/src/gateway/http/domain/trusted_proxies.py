"""Which address a request comes from, when trusted proxies are in front of the gateway.

`X-Forwarded-For` lists addresses: each proxy appends that of its own peer, so that the last entries
are written by our proxies and those before them by anybody. It is read from the end, and only if
the peer itself is a trusted proxy.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address

_WITH_PORT: Final = re.compile(r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::[0-9]{1,5})?")
"""`192.0.2.7:443`, `[2001:db8::7]:443`, and both without a port: some proxies append the port."""
_LONGEST: Final = 64
"""Characters of an entry; a longer one is no address."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies whose `X-Forwarded-For` is trusted."""

    networks: tuple[Network, ...] = ()

    def caller_address(self, peer: str, forwarded_for: Iterable[bytes]) -> str:
        """The last address of the chain that is not a trusted proxy's; the first one if all are.

        `peer`: the address of the connection. `forwarded_for`: the values of the header, in their
        order; ignored if the peer is not trusted. An entry that is no address ends the chain: what
        is before it cannot be attributed.
        """
        if not self.networks:
            return peer
        address = _parsed(peer)
        if address is None or not self._trusts(address):
            return peer
        for entry in reversed(b",".join(forwarded_for).decode("latin-1").split(",")):
            previous = _parsed(entry.strip(" \t"))
            if previous is None:
                break
            address = previous
            if not self._trusts(address):
                break
        return str(address)

    def _trusts(self, address: _Address) -> bool:
        return any(address in network for network in self.networks)


def _parsed(entry: str) -> _Address | None:
    """The address of an entry, with or without a port; None if it is none."""
    if len(entry) > _LONGEST:
        return None
    match = _WITH_PORT.fullmatch(entry)
    text = (match[1] or match[2]) if match else entry
    try:
        # The zone of a link-local address (RFC 4007) has a meaning only on the machine it is of.
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both versions of IP reports an IPv4 peer so (RFC 4291 §2.5.5.2).
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped
