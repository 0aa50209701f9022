"""A push service, and the browser that it delivers to: it checks who sends (VAPID), and the browser
decrypts the messages (RFC 8291)."""

import base64
import json
import time
from dataclasses import dataclass
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from socle.http import Receive, Scope, Send

AUTH = bytes(range(16))


@dataclass(frozen=True, slots=True)
class Message:
    """A delivered message."""

    path: str
    headers: dict[str, str]
    content: Any


class PushService:
    """An ASGI application; `messages` are those that its browser has decrypted, but for those that
    confirm a subscription. `confirmations`: how the text of these begins."""

    def __init__(self, confirmations: tuple[str, ...] = ()) -> None:
        self.address = ""
        self.key = ""
        """The public key that messages have to be signed with."""
        self.status, self.answer_headers = 201, dict[str, str]()
        self.attempts = 0
        self.messages: list[Message] = []
        self.confirmations: list[Message] = []
        self._confirmations = confirmations
        self._browser = ec.generate_private_key(ec.SECP256R1())

    def target(self, name: str = "browser") -> Any:
        """What the browser's `PushSubscription.toJSON()` gives."""
        point = self._browser.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encoded(point), "auth": encoded(AUTH)}
        return {"endpoint": f"{self.address}/push/{name}", "expirationTime": None, "keys": keys}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            body, more = body + event.get("body", b""), event.get("more_body", False)
        status = self.status
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        content = None
        try:
            self._check(headers)
            content = json.loads(
                http_ece.decrypt(
                    body, private_key=self._browser, auth_secret=AUTH, version="aes128gcm"
                )
            )
        except (AssertionError, http_ece.ECEException):
            status = 400
        first = str((content or {}).get("body")).startswith(self._confirmations)
        self.attempts += not first
        if status == 201:
            message = Message(scope["path"], headers, content)
            (self.confirmations if first else self.messages).append(message)
        given = [(name.encode(), value.encode()) for name, value in self.answer_headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": given})
        await send({"type": "http.response.body", "body": b""})

    def _check(self, headers: dict[str, str]) -> None:
        """As RFC 8292 §4 and RFC 8030 §5."""
        authorization = headers["authorization"]
        assert Vapid02.verify(authorization)
        parts = dict(part.split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
        assert parts["k"].rstrip("=") == self.key
        claims = json.loads(base64.urlsafe_b64decode(parts["t"].split(".")[1] + "=="))
        assert claims["aud"] == self.address
        assert claims["sub"].startswith("mailto:")
        assert time.time() < claims["exp"] <= time.time() + 24 * 3600
        assert headers["content-encoding"] == "aes128gcm"
        assert int(headers["ttl"]) >= 0
        assert len(headers["topic"]) <= 32


def encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()
