"""Answers whose headers no decent server sends, byte for byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from mobilite.sources.adapters.http_source import HttpSource
from mobilite.sources.ports import SourceFault
from socle.clock import SystemClock


@asynccontextmanager
async def served(header: str) -> AsyncIterator[HttpSource]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n{header}\r\n\r\nx"
        writer.write(head.encode("latin-1"))
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/rt.pb"
    async with server, aiohttp.ClientSession() as session:
        yield HttpSource(url, session=session, clock=SystemClock(), random=lambda: 0.5)


@pytest.mark.parametrize("name", ["br", "caf\xe9", "x" * 9000])
async def test_an_unknown_compression_is_reported_in_words_that_can_be_retained(name: str) -> None:
    async with served(f"Content-Encoding: {name}") as source:
        with pytest.raises(SourceFault) as raised:
            await source.read(None)
    assert raised.value.code in ("encoding", "http")
    raised.value.message.encode()


async def test_a_validator_that_cannot_be_sent_back_is_forgotten() -> None:
    async with served('ETag: "\xe9"') as source:
        first = await source.read(None)
        assert first is not None
        assert await source.read(first.tag) is not None
