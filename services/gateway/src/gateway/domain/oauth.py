"""OAuth's own words: how it refuses, what proves possession, and what is kept of a secret.

https://www.rfc-editor.org/rfc/rfc6749, https://www.rfc-editor.org/rfc/rfc7636
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import urlencode

ErrorCode = Literal[
    "access_denied",
    "consent_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
]
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class Denied(Exception):
    """A refusal in OAuth's form, for a program: its code, and a French sentence for its author."""

    def __init__(self, error: ErrorCode, description: str) -> None:
        super().__init__(description)
        self.error: ErrorCode = error
        self.description = description


def is_challenge(challenge: str) -> bool:
    """Whether that can be the S256 of a verifier."""
    return _CHALLENGE.fullmatch(challenge) is not None


def proves(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one the challenge was made of (S256)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode())


def digest(secret: str) -> bytes:
    """What is kept of a code or a token: 256 bits of chance need no slower function."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def claimed_issuer(assertion: str) -> str:
    """Who an assertion says it comes from, believed by nobody yet; "" where it cannot be read."""
    try:
        _, payload, _ = assertion.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        issuer = claims["iss"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return issuer if isinstance(issuer, str) else ""


def answered(redirect_uri: str, parameters: Mapping[str, str]) -> str:
    """The address an answer is carried to, any query of its own kept (RFC 6749 §3.1.2)."""
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{urlencode(parameters)}"
