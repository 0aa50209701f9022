"""Secrets the launcher makes for one machine, and operators for production: never shown again."""

import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import ECKey


def new_signing_keys() -> str:
    """A private JWKS of one key, as GATEWAY_KEYS wants it (RFC 7517)."""
    key = ECKey.generate_key("P-256").as_dict(private=True)
    return json.dumps({"keys": [key | {"kid": secrets.token_hex(8)}]}, indent=1) + "\n"


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read. Raises FileExistsError: no secret is lost."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
