"""The key that identifies the platform to push services (VAPID, RFC 8292)."""

import base64
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from socle.clock import Clock
from socle.errors import Refusal
from socle.web_push.services import decode_base64url
from socle.web_push.settings import WebPushSettings

_KEY_BYTES: Final = 32
_VALID: Final = timedelta(hours=12)
"""Of a signature: a day at most, less what clocks can differ by (RFC 8292 §2)."""


class VapidKey:
    """A private key, and whom push services can write to."""

    def __init__(self, private: str, contact: str) -> None:
        """`private`: 32 bytes, base64url. `contact`: whom a push service writes to (`mailto:…` or
        `https://…`). Raises ValueError if it is no private key."""
        raw = decode_base64url(private)
        # Zero is no private key.
        number = int.from_bytes(raw) if len(raw) == _KEY_BYTES else 0
        self._key = Vapid02(ec.derive_private_key(number, ec.SECP256R1()))
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


def read_vapid_key(settings: WebPushSettings) -> VapidKey:
    """The key of settings that have one. Raises Refusal if it is no private key, or without a
    contact."""
    prefix = settings.model_config.get("env_prefix", "")
    private = settings.push_key.get_secret_value() if settings.push_key else ""
    if settings.push_contact is None:
        sentence = f"{prefix}PUSH_CONTACT : {prefix}PUSH_KEY demande cette variable."
        raise Refusal("invalid", sentence)
    try:
        return VapidKey(private, settings.push_contact)
    except ValueError:
        raise Refusal(
            "invalid", f"{prefix}PUSH_KEY : 32 octets au hasard en base64url sont attendus."
        ) from None
