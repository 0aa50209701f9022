"""The HTTP client against servers that are not ours."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from socle.http import InternalAddressError, http_client, is_public_name, trusting_origin
from socle.http.ssrf_guard import PublicOnlyConnector


async def test_hanging_servers_do_not_block_other_requests() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"/hangs" not in head:
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        else:
            await reader.read()
        writer.close()

    async with AsyncExitStack() as stack:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        await stack.enter_async_context(server)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = await stack.enter_async_context(http_client(outside=True, time_limit=5))
        hanging = [asyncio.create_task(client.get(f"{address}/hangs")) for _ in range(150)]
        await asyncio.sleep(0)
        try:
            async with client.get(f"{address}/answers") as response:
                assert response.status == 204
        finally:
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)


@asynccontextmanager
async def redirecting(requests: list[bytes], location: str) -> AsyncIterator[int]:
    """A server whose /away leads to `location`, "{port}" being its own; what it was asked for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
        requests.append(path)
        port = writer.get_extra_info("sockname")[1]
        head = f"HTTP/1.1 302 Found\r\nLocation: {location.format(port=port)}"
        if path != b"/away":
            head = "HTTP/1.1 200 OK"
        writer.write(f"{head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:{port}/secret",
        "http://127.0.0.2:{port}/secret",
        "http://127.1:{port}/secret",
        "http://2130706433:{port}/secret",
        "http://[::ffff:127.0.0.1]:{port}/secret",
        "http://169.254.169.254/latest",
    ],
)
async def test_a_stranger_leads_us_to_no_inside_address(location: str) -> None:
    requests: list[bytes] = []
    async with redirecting(requests, location) as port, http_client(outside=True) as client:
        address = f"http://127.0.0.1:{port}/away"
        with trusting_origin(address), pytest.raises(InternalAddressError):
            await client.get(address)
    assert requests == [b"/away"]


async def test_the_configured_server_can_redirect_to_itself() -> None:
    requests: list[bytes] = []
    async with redirecting(requests, "/there") as port, http_client(outside=True) as client:
        address = f"http://127.0.0.1:{port}/away"
        with trusting_origin(address):
            assert (await client.get(address)).status == 200
    assert requests == [b"/away", b"/there"]


class Lying(AbstractResolver):
    """Names of the world that have come to mean this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        here = ResolveResult(
            hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
        )
        return [here]

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "host", ["feeds.example.org", "FEEDS.example.org", "xn--rseau-bsa.org", "feeds..example.org"]
)
async def test_where_a_name_leads_counts_not_how_it_looks(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name of the world that resolves to an address of ours, whatever its record said before."""
    requests: list[bytes] = []
    connections: list[object] = []

    async def connect(*of: object, **_: object) -> object:
        connections.append(of)
        raise OSError

    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", connect)
    connector = PublicOnlyConnector(resolver=Lying())
    async with (
        redirecting(requests, "") as port,
        aiohttp.ClientSession(connector=connector) as client,
    ):
        with (
            trusting_origin("https://operator.example.org/gbfs.json"),
            pytest.raises(InternalAddressError),
        ):
            await client.get(URL(f"http://{host}:{port}/secret", encoded=True))
    assert (requests, connections) == ([], [])


@pytest.mark.parametrize(
    ("host", "outside"),
    [
        ("data.example.org", True),
        ("1.1.1.1", True),
        ("2606:4700::1111", True),
        ("10.0.0.7", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::7f00:1", False),
        ("::ffff:0:7f00:1", False),
        ("fec0::1", False),
        ("kafka", False),
        ("localhost.", False),
        ("vault.internal", False),
        ("kubernetes.default.svc", False),
        ("esante.region.SVC.", False),
        ("svc.example.org", True),
        ("routeur.lan", False),
        ("imprimante.home.arpa", False),
        ("0x7f.1", False),
        ("", False),
    ],
)
def test_which_hosts_are_out_in_the_world(host: str, outside: bool) -> None:
    assert is_public_name(host) is outside
