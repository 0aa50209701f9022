"""Encrypts what the browser stores for the record pages, so that no process stores it."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}


class CookieSeal:
    """Implements `Seal` with a JWE (RFC 7516). `secret`: of the registration, which every process
    has; the key is derived from it."""

    def __init__(self, secret: str) -> None:
        key = hmac.digest(secret.encode(), b"portail: record access", hashlib.sha256)
        self._key = OctKey.import_key(key)

    def seal(self, content: Mapping[str, Any]) -> str:
        return jwe.encrypt_compact(_HEADER, json.dumps(content).encode(), self._key)

    def unseal(self, sealed: str) -> dict[str, Any] | None:
        try:
            plaintext = jwe.decrypt_compact(sealed, self._key).plaintext
            content = json.loads(plaintext or b"null")
        except (JoseError, ValueError):
            return None
        return content if isinstance(content, dict) else None
