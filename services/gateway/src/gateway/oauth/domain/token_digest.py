"""The digest under which codes and tokens are stored."""

import hashlib


def digest(secret: str) -> bytes:
    """The stored digest of a code or token; with 256 random bits a fast hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
