"""Encryption of a session's ID token with a key derived from the cookie, which is not stored."""

import hashlib
from typing import Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

_HEADER: Final = {"alg": "dir", "enc": "A256GCM"}


def seal(text: str, cookie: str) -> str:
    """A JWE (RFC 7516) of that text."""
    return jwe.encrypt_compact(_HEADER, text.encode(), _key(cookie))


def unseal(sealed: str, cookie: str) -> str | None:
    """The sealed text; None if it cannot be decrypted with that cookie."""
    try:
        plaintext = jwe.decrypt_compact(sealed, _key(cookie)).plaintext
    except (JoseError, ValueError):
        return None
    return plaintext.decode() if plaintext is not None else None


def _key(cookie: str) -> OctKey:
    return OctKey.import_key(hashlib.sha256(b"sealed\n" + cookie.encode()).digest())
