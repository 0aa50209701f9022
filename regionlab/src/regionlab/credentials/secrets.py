"""Secrets that the launcher creates for one machine, and operators for production."""

import hashlib
import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import ECKey


def new_signing_keys() -> str:
    """A private JWKS of one key, as GATEWAY_KEYS wants it (RFC 7517)."""
    key = ECKey.generate_key("P-256").as_dict(private=True)
    return json.dumps({"keys": [key | {"kid": secrets.token_hex(8)}]}, indent=1) + "\n"


HOUSE_KEY = "maison.key"
"""The file of the demo's folder with a key that no plan limits: for measurements and tests."""
PORTAIL_KEY = "portail.key"
PLANS = "plans.toml"


def new_house_key(name: str) -> tuple[str, str]:
    """A key made by chance for a service of ours, and the `[[key]]` table of plans.toml that knows
    it by its digest. It has 256 bits of chance, so that a fast digest is no weakness."""
    key = "maison_" + secrets.token_urlsafe(32)
    digest = hashlib.sha256(key.encode()).hexdigest()
    lines = (f"name = {json.dumps(name)}", 'plan = "house"', f'sha256 = "{digest}"')
    return key, "[[key]]\n" + "\n".join(lines) + "\n"


def house_keys(folder: Path) -> Path:
    """The gateway's plans.toml with the demo's own keys, made where it is missing; the keys
    themselves stand beside it."""
    plans = folder / PLANS
    if not plans.exists():
        tables = []
        for file in (PORTAIL_KEY, HOUSE_KEY):
            key, table = new_house_key(file.removesuffix(".key"))
            (folder / file).unlink(missing_ok=True)
            write_secret(folder / file, key + "\n")
            tables.append(table)
        plans.write_text("\n".join(tables), encoding="utf-8")
    return plans


def stored_secret(path: Path) -> str:
    """The secret in that file, made by chance where it is missing: the same at the next start."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        write_secret(path, secrets.token_urlsafe(32) + "\n")
    return path.read_text().strip()


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read. Raises FileExistsError: no secret is lost."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
