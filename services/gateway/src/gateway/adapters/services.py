"""The services behind, over HTTP/1.1 connections that are kept: the data path's aiohttp.

Bytes are forwarded as they are: nothing is decoded, followed, remembered or re-quoted. aiohttp
itself repeats a request once, and only an idempotent one whose body was not begun, when a kept
connection turns out to be dead (RFC 9112 §9.3.1); what else is repeated, `flows/steady.py` decides.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from gateway.domain.failures import Garbled, TooSlow, Unreachable
from gateway.domain.headers import Header
from gateway.ports import Answer

_MAX_FIELD = 16_384
# What aiohttp would add on its own: a service sees the caller's headers and the door's, no others.
_NOT_ADDED = ("accept", "accept-encoding", "content-type", "user-agent")


class _HttpAnswer:
    """An aiohttp response, seen as the flows want it."""

    __slots__ = ("_response", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Sequence[Header] = response.raw_headers

    async def read(self) -> bytes:
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Garbled(f"cut in the middle: {error}") from error

    def at_end(self) -> bool:
        return self._response.content.at_eof()

    def close(self) -> None:
        # At the end of the body the connection is already back in the pool and this does nothing.
        self._response.close()


class HttpAddresses:
    """Implements `Addresses`. An address is a base address, without a path."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(
        self,
        address: str,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: AsyncIterator[bytes] | None,
    ) -> Answer:
        try:
            response = await self._session.request(
                method,
                URL(address + target, encoded=True),
                headers=[(name.decode(), _text(value)) for name, value in headers],
                data=body,
                allow_redirects=False,
            )
        except aiohttp.ConnectionTimeoutError as error:
            raise TooSlow("connect") from error
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(str(error)) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Garbled(f"no answer: {error!r}") from error
        return _HttpAnswer(response)


@asynccontextmanager
async def open_addresses(
    *, connect_limit: float, keep_alive: float
) -> AsyncIterator[HttpAddresses]:
    """The pool of connections. Seconds; `keep_alive` must be shorter than the services' own."""
    session = aiohttp.ClientSession(
        # Streams hold their connection, so the pool has no bound of its own.
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=keep_alive),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_limit),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NOT_ADDED,
        max_field_size=_MAX_FIELD,
        trust_env=False,
    )
    async with session:
        yield HttpAddresses(session)


def _text(value: bytes) -> str:
    # aiohttp writes headers as UTF-8; what is not UTF-8 is taken for Latin-1 (RFC 9110 §5.5).
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
