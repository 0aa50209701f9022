"""The push services that messages are sent to.

A browser names its endpoint, which the platform then requests: only those of known push services
are accepted, so that nobody can direct requests elsewhere (SSRF).
"""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from socle.errors import Refusal
from socle.http import origin_of
from socle.web_push.settings import WebPushSettings
from socle.web_push.target import PushTarget

KNOWN_SERVICES: Final = (
    "https://fcm.googleapis.com",  # Chrome, Edge on Android, Opera, Samsung Internet
    "https://updates.push.services.mozilla.com",  # Firefox
    "https://*.push.apple.com",  # Safari
    "https://*.notify.windows.com",  # Edge
)
_LONGEST: Final = 1000
_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_ENDPOINT: Final = re.compile(rf"https?://{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?/[!-\x22$-~]+")
"""Without user and password, in lower case as browsers write it, so that every reader finds the
same host in it; its labels have the form and length of RFC 1123 §2.1. Without a fragment, which is
not sent: one browser would have as many endpoints as it likes."""
_KEY_BYTES: Final = {"p256dh": 65, "auth": 16}
"""https://www.rfc-editor.org/rfc/rfc8291#section-2.1"""
_UNCOMPRESSED: Final = 4


class PushServices:
    """The origins that are allowed: `https://name`, or `https://*.name` for those below a name."""

    def __init__(self, origins: Sequence[str] = KNOWN_SERVICES) -> None:
        self.origins = tuple(origins)
        self._exact = {origin_of(each): each for each in origins}
        self._below = [origin_of(each) for each in origins if "//*." in each]

    def check(self, target: PushTarget) -> None:
        """Raises Refusal("invalid") unless the endpoint is of a push service and the keys have
        their form; `parameter` names what is wrong. The message does not contain them."""
        if self.origin(target.endpoint) is None:
            raise Refusal(
                "invalid",
                "Ce service de notifications n'est pas connu ici : votre navigateur ne peut pas "
                "être prévenu.",
                parameter="endpoint",
            )
        for name, length in _KEY_BYTES.items():
            key = decode_base64url(getattr(target, name))
            if len(key) != length or (name == "p256dh" and key[0] != _UNCOMPRESSED):
                raise Refusal(
                    "invalid",
                    f"La clé {name} manque, ou n'est pas celle d'un navigateur.",
                    parameter=name,
                )

    def origin(self, endpoint: str) -> str | None:
        """The declared origin that an endpoint is of, as it was declared; None if there is none."""
        if len(endpoint) > _LONGEST or not _ENDPOINT.fullmatch(endpoint):
            return None
        scheme, host, port = origin_of(endpoint)
        if (scheme, host, port) in self._exact:
            return self._exact[scheme, host, port]
        for origin in self._below:
            if (scheme, port) == (origin[0], origin[2]) and host.endswith(origin[1][1:]):
                return self._exact[origin]
        return None


def decode_base64url(key: str) -> bytes:
    """The bytes of base64url; empty if it is not."""
    try:
        return base64.b64decode(key.rstrip("=") + "=" * (-len(key.rstrip("=")) % 4), b"-_", True)
    except (binascii.Error, ValueError):
        return b""


def push_services(settings: WebPushSettings) -> PushServices:
    """The push services of the settings."""
    declared = settings.push_services
    return PushServices(declared.replace(",", " ").split() if declared else KNOWN_SERVICES)
