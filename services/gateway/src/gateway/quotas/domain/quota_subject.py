"""Whose account a request is counted to, and the key that says so."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.routes.domain.plan_names import PlanName

# Accounts of people begin so: what they are never leaves the gateway.
ADDRESS: Final = "ip:"
SUBJECT: Final = "sub:"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever a request is counted to."""

    plan: PlanName
    account: str


@lru_cache(maxsize=20_000)
def address_account(address: str) -> str:
    """The account of a caller known by its address alone: an IPv4 address, an IPv6 /64, which is
    what one subscriber has (RFC 6177)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"{ADDRESS}?"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return f"{ADDRESS}{ipaddress.IPv6Network((ip, 64), strict=False).network_address}/64"
        ip = ip.ipv4_mapped
    return f"{ADDRESS}{ip}"


def told_account(account: str) -> str | None:
    """The account as others may know it: None for whoever is a person or an address."""
    return None if account.startswith((ADDRESS, SUBJECT)) or not account else account
