"""Messages to push services: encrypted for one browser (RFC 8291), signed by the platform (VAPID,
RFC 8292), sent by HTTP (RFC 8030)."""

import asyncio
import socket
from http import HTTPStatus
from typing import Final

import aiohttp
from pywebpush import WebPusher, WebPushException
from yarl import URL

from socle.clock import Clock, SystemClock
from socle.http import InternalAddressError, trusting_origin
from socle.web_push.services import PushServices
from socle.web_push.target import AT_ONCE, Delivery, PushTarget
from socle.web_push.vapid import VapidKey

_GONE: Final = Delivery("gone")
_REFUSED: Final = Delivery("refused")
_LATER: Final = Delivery("later")
_MACHINE: Final = SystemClock()
"""Push services check signatures by the real time, whatever the platform's clock."""


class WebPushClient:
    """Sends messages to push services. Implements `PushSender`."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        key: VapidKey,
        services: PushServices,
        machine: Clock = _MACHINE,
    ) -> None:
        """`session`: `http_client(outside=True)`. `machine`: the real time."""
        self._session, self._key, self._services = session, key, services
        self._machine = machine
        self._sending = {each: asyncio.Semaphore(AT_ONCE) for each in services.origins}
        """A push service that hangs delays no other."""

    async def send(
        self, target: PushTarget, message: bytes, *, topic: str, seconds: int
    ) -> Delivery:
        trusted = self._services.origin(target.endpoint)
        body = _encrypted(target, message)
        if trusted is None or body is None:
            return _GONE  # a service that is no longer allowed, a key that is not on the curve
        url = URL(target.endpoint, encoded=True)
        headers = {
            "content-type": "application/octet-stream",
            "content-encoding": "aes128gcm",
            "ttl": str(seconds),
            "urgency": "high",
            "topic": topic,
            **self._key.headers(str(url.origin()), self._machine),
        }
        try:
            async with self._sending[trusted]:
                with trusting_origin(trusted):
                    # A redirect leads to another server: none is followed.
                    async with self._session.post(
                        url, data=body, headers=headers, allow_redirects=False
                    ) as answer:
                        return _delivery(answer)
        except aiohttp.ClientConnectorDNSError as error:
            return _REFUSED if error.os_error.errno == socket.EAI_NONAME else _LATER
        except (aiohttp.ClientConnectorError, InternalAddressError):
            return _LATER  # nothing was sent
        except aiohttp.ConnectionTimeoutError:
            return Delivery("later", unavailable=True)  # nothing was sent
        except (aiohttp.ClientError, TimeoutError):
            return Delivery("later", uncertain=True, unavailable=True)


def _encrypted(target: PushTarget, message: bytes) -> bytes | None:
    """The body; None if the browser's keys are not valid."""
    keys = {"p256dh": target.p256dh, "auth": target.auth}
    try:
        pusher = WebPusher({"endpoint": target.endpoint, "keys": keys})
        body: bytes = pusher.encode(message)["body"]
    except (WebPushException, ValueError):
        return None
    return body


def _delivery(answer: aiohttp.ClientResponse) -> Delivery:
    if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return _GONE
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivery("delivered")
    if answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN):
        return _REFUSED
    stated = answer.headers.get("retry-after", "")
    after = float(stated) if stated.isdecimal() else None
    overloaded = answer.status == HTTPStatus.SERVICE_UNAVAILABLE
    # An error of a server in between (502, 504) says nothing of the one behind it; an overloaded
    # one (503) has not taken the message.
    uncertain = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not overloaded
    return Delivery("later", after, uncertain, unavailable=overloaded and after is not None)
