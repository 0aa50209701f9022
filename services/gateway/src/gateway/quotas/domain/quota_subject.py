"""The subject of a quota: the account that a request is counted to."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.routes.domain.plan_names import PlanName

# Prefixes of the accounts of addresses and people, which never leave the gateway.
ADDRESS: Final = "ip:"
SUBJECT: Final = "sub:"


@dataclass(frozen=True, slots=True)
class QuotaSubject:
    """The plan and the account that a request is counted to."""

    plan: PlanName
    account: str
    """The account of an API key, or one with the prefix of an application (`client:`), a person
    (SUBJECT) or an address (ADDRESS)."""


@lru_cache(maxsize=20_000)
def address_account(address: str) -> str:
    """The account of an anonymous caller: its IPv4 address, or its IPv6 /64, the least that one
    subscriber has (RFC 6177). All unreadable addresses have the same account."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return f"{ADDRESS}?"
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return f"{ADDRESS}{ipaddress.IPv6Network((ip, 64), strict=False).network_address}/64"
        ip = ip.ipv4_mapped
    return f"{ADDRESS}{ip}"


def public_account(account: str) -> str | None:
    """The account in published usage: None for people and addresses."""
    return None if account.startswith((ADDRESS, SUBJECT)) or not account else account
