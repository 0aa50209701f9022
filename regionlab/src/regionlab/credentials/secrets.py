"""Secrets that the launcher creates for one machine, and operators for production."""

import hashlib
import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import ECKey


def new_signing_keys() -> str:
    """A private JWKS with one new key (RFC 7517), the content of the file of GATEWAY_KEYS."""
    key = ECKey.generate_key("P-256").as_dict(private=True)
    return json.dumps({"keys": [key | {"kid": secrets.token_hex(8)}]}, indent=1) + "\n"


HOUSE_KEY = "maison.key"
"""The file in the demo's folder `gateway` with an API key without limits, for measurements and
tests."""
PORTAIL_KEY = "portail.key"
"""The file in the demo's folder `gateway` with the API key of the portal."""
PLANS = "plans.toml"
"""The file in the demo's folder `gateway` with the plans and the digests of the keys."""


def new_house_key(name: str) -> tuple[str, str]:
    """A new random API key of a service of the platform, without limits.

    `name`: the service. Returns the key and its table `[[key]]` for plans.toml, with its digest.
    The key has 256 random bits and cannot be guessed from a fast digest.
    """
    key = "maison_" + secrets.token_urlsafe(32)
    digest = hashlib.sha256(key.encode()).hexdigest()
    lines = (f"name = {json.dumps(name)}", 'plan = "house"', f'sha256 = "{digest}"')
    return key, "[[key]]\n" + "\n".join(lines) + "\n"


def demo_plans(folder: Path) -> Path:
    """The path of the gateway's plans.toml with the API keys of the demo.

    Created if missing, with the keys in files next to it. `folder`: the demo's folder `gateway`.
    """
    plans = folder / PLANS
    if not plans.exists():
        tables = []
        for file in (PORTAIL_KEY, HOUSE_KEY):
            key, table = new_house_key(file.removesuffix(".key"))
            # It remains from a start that ended before plans.toml was written.
            (folder / file).unlink(missing_ok=True)
            write_secret(folder / file, key + "\n")
            tables.append(table)
        plans.write_text("\n".join(tables), encoding="utf-8")
    return plans


def read_or_create_secret(path: Path) -> str:
    """The secret in that file; if the file is missing, a random one is written to it first."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        write_secret(path, secrets.token_urlsafe(32) + "\n")
    return path.read_text().strip()


def write_secret(path: Path, text: str) -> None:
    """Write a new file that only its owner can read.

    Raises FileExistsError if the file exists, so that no secret is overwritten.
    """
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
