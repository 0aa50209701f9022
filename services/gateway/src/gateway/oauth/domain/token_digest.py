"""OAuth's own words: how it refuses, what proves possession, and what is kept of a secret.

https://www.rfc-editor.org/rfc/rfc6749, https://www.rfc-editor.org/rfc/rfc7636
"""

import hashlib


def digest(secret: str) -> bytes:
    """What is kept of a code or a token: 256 bits of chance need no slower function."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
