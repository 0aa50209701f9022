"""WebSocket connections to the services behind: the data path's aiohttp, which pings and pongs.

https://www.rfc-editor.org/rfc/rfc6455
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import aiohttp
from yarl import URL

from gateway.domain.failures import Garbled, TooSlow, Unreachable
from gateway.domain.headers import Header
from gateway.ports import Line

_HEARTBEAT: Final = 20.0
_CLOSING: Final = aiohttp.ClientWSTimeout(ws_close=2.0)
_NO_STATUS: Final = 1005
_DATA: Final = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)


class _HttpLine:
    """Implements `Line` over aiohttp's."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.subprotocol = socket.protocol

    async def receive(self) -> str | bytes | int:
        message = await self._socket.receive()
        if message.type in _DATA:
            data: str | bytes = message.data
            return data
        return self._socket.close_code or _NO_STATUS

    async def send(self, message: str | bytes) -> None:
        try:
            if isinstance(message, str):
                await self._socket.send_str(message)
            else:
                await self._socket.send_bytes(message)
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Garbled(f"no more taken: {error!r}") from error

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)


class HttpLines:
    """Implements `Lines`. `most`: bytes of one message."""

    def __init__(self, session: aiohttp.ClientSession, *, most: int) -> None:
        self._session, self._most = session, most

    async def open(
        self, address: str, target: str, headers: Sequence[Header], subprotocols: Sequence[str]
    ) -> Line:
        try:
            socket = await self._session.ws_connect(
                URL(address + target, encoded=True),
                headers=[(name.decode(), value.decode("latin-1")) for name, value in headers],
                protocols=subprotocols,
                max_msg_size=self._most,
                heartbeat=_HEARTBEAT,
                timeout=_CLOSING,
                compress=0,
            )
        except aiohttp.ConnectionTimeoutError as error:
            raise TooSlow("connect") from error
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(str(error)) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Garbled(f"no WebSocket: {error!r}") from error
        return _HttpLine(socket)


@asynccontextmanager
async def open_lines(*, connect_limit: float, most: int) -> AsyncIterator[HttpLines]:
    """What opens them; `connect_limit` in seconds."""
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=connect_limit),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("user-agent",),
        trust_env=False,
    )
    async with session:
        yield HttpLines(session, most=most)
