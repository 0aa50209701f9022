"""The digest under which codes, tokens and the passwords of applications are stored."""

import hashlib


def digest(secret: str) -> bytes:
    """The stored digest of a code, token or password. They are random, of 256 bits if made here: a
    fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
