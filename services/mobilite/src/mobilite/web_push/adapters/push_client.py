"""Messages to push services: encrypted for one browser (RFC 8291), signed by the platform (VAPID,
RFC 8292), sent by HTTP (RFC 8030)."""

import asyncio
import base64
import socket
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from pywebpush import WebPusher, WebPushException
from yarl import URL

from mobilite.web_push.domain.push_subscription import PushTarget
from mobilite.web_push.flows.push_services import PushServices, decode_base64url
from mobilite.web_push.ports import Delivery
from socle.clock import Clock, SystemClock
from socle.errors import Refusal
from socle.http import trusting_origin

_GONE: Final = Delivery("gone")
_REFUSED: Final = Delivery("refused")
_AT_ONCE: Final = 20
"""Messages that are sent to one push service at once."""
_KEY_BYTES: Final = 32
_VALID: Final = timedelta(hours=12)
"""Of a signature: a day at most, less what clocks can differ by (RFC 8292 §2)."""
_MACHINE: Final = SystemClock()
"""Push services check signatures by the real time, whatever the platform's clock."""


class VapidKey:
    """The key that identifies the platform to push services."""

    def __init__(self, private: str, contact: str) -> None:
        """`private`: 32 bytes, base64url. `contact`: whom a push service writes to (`mailto:…` or
        `https://…`). Raises Refusal("invalid")."""
        raw = decode_base64url(private)
        try:
            # Zero is no private key.
            number = int.from_bytes(raw) if len(raw) == _KEY_BYTES else 0
            self._key = Vapid02(ec.derive_private_key(number, ec.SECP256R1()))
        except ValueError:
            raise Refusal(
                "invalid", "MOBILITE_PUSH_KEY : 32 octets au hasard en base64url sont attendus."
            ) from None
        self._contact = contact
        point = self._key.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public: Final = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
        """What browsers subscribe with (`applicationServerKey`)."""

    def headers(self, origin: str, machine: Clock) -> dict[str, str]:
        """The headers of a message to a push service."""
        expires = int((machine.now() + _VALID).timestamp())
        signed: dict[str, str] = self._key.sign(
            {"aud": origin, "sub": self._contact, "exp": expires}
        )
        return signed


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
        self._sending = {each: asyncio.Semaphore(_AT_ONCE) for each in services.origins}
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
            unknown = error.os_error.errno == socket.EAI_NONAME
            return _REFUSED if unknown else Delivery("later")
        except (aiohttp.ClientError, TimeoutError):
            return Delivery("later")


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
    after = answer.headers.get("retry-after", "")
    return Delivery("later", float(after) if after.isdecimal() else None)
