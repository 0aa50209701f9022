"""Whose `X-Forwarded-For` is believed, over real sockets: that of the stated proxies alone.

Every address of 127.0.0.0/8 is this machine's, so a request can come from a proxy (127.0.0.1) or
from somebody else (127.0.0.2).
"""

import asyncio
import socket

import pytest
from gateway_program import PUBLIC, behind
from gateway_world import World, read_head

from gateway.settings import GatewaySettings
from socle.settings import SettingsError, load

PROXY, STRANGER = "127.0.0.1", "127.0.0.2"
CALLER = "203.0.113.7"
ENVIRON = behind("http://127.0.0.1:9") | PUBLIC | {"GATEWAY_POSTGRES": "x", "GATEWAY_KEYS": "x"}


async def address_seen(
    world: World,
    *lines: str,
    proxies: str = PROXY,
    source: str = PROXY,
    host: str = "127.0.0.1",
) -> str:
    """The caller's address that a service receives. `lines`: values of `X-Forwarded-For`, each in a
    header of its own. `source`: where the request comes from. `host`: where the gateway listens."""
    received: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await read_head(reader))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    gateway = await world.gateway(await world.service(talk), proxies=proxies, host=host)
    family = "::1" if ":" in source else "127.0.0.1"
    reader, writer = await asyncio.open_connection(family, gateway.port, local_addr=(source, 0))
    claims = "".join(f"X-Forwarded-For: {line}\r\n" for line in lines)
    head = f"GET /echo/x HTTP/1.1\r\nHost: x\r\n{claims}Connection: close\r\n\r\n"
    writer.write(head.encode("latin-1"))
    assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
    writer.close()
    (line,) = [each for each in received if each.lower().startswith(b"x-forwarded-for:")]
    return line.partition(b":")[2].strip().decode()


async def test_who_comes_past_the_proxy_does_not_choose_their_address(world: World) -> None:
    assert await address_seen(world, "6.6.6.6", source=STRANGER) == STRANGER
    assert await address_seen(world, f"6.6.6.6, {PROXY}", source=STRANGER) == STRANGER
    assert await address_seen(world, "6.6.6.6", proxies="") == PROXY


@pytest.mark.parametrize(
    ("lines", "proxies"),
    [
        ((CALLER,), PROXY),
        ((f"6.6.6.6, {CALLER}",), PROXY),
        # Forged entries that look like our proxies are before the caller's own address.
        ((f"6.6.6.6, 10.0.0.2, {CALLER}",), f"{PROXY} 10.0.0.0/8"),
        ((f"6.6.6.6, {CALLER}, 10.0.0.2, 10.9.9.9",), f"{PROXY} 10.0.0.0/8"),
        # In headers of their own, in the order of the connection.
        ((f"6.6.6.6, {CALLER}", "10.0.0.2"), f"{PROXY} 10.0.0.0/8"),
        (("6.6.6.6", CALLER), PROXY),
        (("", f"\t{CALLER} "), "127.0.0.0/8"),
        # With the port of the connection, as some proxies write it.
        ((f"6.6.6.6, {CALLER}:51234",), PROXY),
        ((f"6.6.6.6, ::ffff:{CALLER}",), PROXY),
    ],
)
async def test_the_last_address_that_is_no_proxy_is_the_callers(
    world: World, lines: tuple[str, ...], proxies: str
) -> None:
    assert await address_seen(world, *lines, proxies=proxies) == CALLER


@pytest.mark.parametrize(
    "entry", ["2001:db8::7", "[2001:db8::7]", "[2001:DB8::7]:443", "2001:db8:0:0::7"]
)
async def test_an_address_of_version_6(world: World, entry: str) -> None:
    lines = (f"6.6.6.6, {entry}, 2001:db8:ff::1",)
    seen = await address_seen(world, *lines, proxies=f"{PROXY} 2001:db8:ff::/48")
    assert seen == "2001:db8::7"


@pytest.mark.parametrize(
    "garbage",
    [
        "unknown",
        "",
        "unix:",
        "6.6.6.6:no",
        "6.6.6.6:443:1",
        "[6.6.6.6",
        "256.1.1.1",
        "010.1.1.1",
        "6.6.6",
        "1",
        "10.0.0.0/8",
        '"6.6.6.6"',
        "6.6.6.6 7.7.7.7",
        "\xa06.6.6.6",
        "for=6.6.6.6",
        "::1::2",
        "9" * 5000,
    ],
)
async def test_what_is_no_address_ends_the_chain(world: World, garbage: str) -> None:
    """Then the request is the proxy's own, and never an address that precedes the garbage."""
    assert await address_seen(world, f"6.6.6.6, {garbage}") == PROXY
    seen = await address_seen(world, f"6.6.6.6, {garbage}, 10.0.0.2", proxies=f"{PROXY} 10.0.0.2")
    assert seen == "10.0.0.2"


async def test_a_request_of_the_proxies_themselves_has_the_address_of_the_first(
    world: World,
) -> None:
    assert await address_seen(world) == PROXY
    assert await address_seen(world, "127.0.0.9, 127.0.0.1", proxies="127.0.0.0/8") == "127.0.0.9"


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="needs an IPv6 loopback")
async def test_a_proxy_is_known_by_either_version_of_ip(world: World) -> None:
    lines = (f"6.6.6.6, {CALLER}",)
    assert await address_seen(world, *lines, proxies="::1", source="::1", host="::") == CALLER
    assert await address_seen(world, *lines, proxies=PROXY, source="::1", host="::") == "::1"
    # A socket for both versions reports 127.0.0.1 as ::ffff:127.0.0.1.
    assert await address_seen(world, *lines, proxies=PROXY, host="::") == CALLER


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("1", "un nombre de mandataires n'est plus accepté : écrivez les adresses"),
        ("0", "un nombre de mandataires n'est plus accepté : écrivez les adresses"),
        ("10.0.0.7/8", "il faut les adresses ou les réseaux des mandataires"),
        ("proxy.example", "il faut les adresses ou les réseaux des mandataires"),
        ("0.0.0.0/0", "toute adresse serait de confiance"),
        ("10.0.0.7, ::/0", "toute adresse serait de confiance"),
    ],
)
def test_a_number_of_proxies_and_what_is_no_address_are_refused(stated: str, expected: str) -> None:
    """At the start: `tests/wiring/test_program.py` has a program that unusable settings stop."""
    with pytest.raises(SettingsError) as refused:
        load(GatewaySettings, ENVIRON | {"GATEWAY_PROXIES": stated})
    (problem,) = refused.value.problems
    assert problem.startswith(f"GATEWAY_PROXIES : {expected}")
    assert "10.0.0.7, 172.30.8.0/24" in problem


@pytest.mark.parametrize(
    ("stated", "networks"),
    [
        ("", []),
        ("10.0.0.7", ["10.0.0.7/32"]),
        (
            "10.0.0.7, 172.30.8.0/24  2001:db8::/64",
            ["10.0.0.7/32", "172.30.8.0/24", "2001:db8::/64"],
        ),
    ],
)
def test_addresses_and_networks_are_separated_by_spaces_or_commas(
    stated: str, networks: list[str]
) -> None:
    settings = load(GatewaySettings, ENVIRON | {"GATEWAY_PROXIES": stated})
    assert [str(each) for each in settings.trusted_networks] == networks
