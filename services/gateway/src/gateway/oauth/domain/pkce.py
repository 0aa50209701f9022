"""Proof Key for Code Exchange, method S256.

https://www.rfc-editor.org/rfc/rfc7636
"""

import base64
import hashlib
import hmac
import re
from typing import Final

_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def is_challenge(challenge: str) -> bool:
    """Whether a text has the form of an S256 challenge."""
    return _CHALLENGE.fullmatch(challenge) is not None


def is_verifier_of(verifier: str, challenge: str) -> bool:
    """Whether the challenge is the S256 of the verifier."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    expected = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(expected, challenge.encode())
