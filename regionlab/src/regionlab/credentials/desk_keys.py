"""Keys of mobilité's desk, for operators without software: printed once, stored as a digest.

`docs/decisions/0017`. A key is 256 random bits, so that a fast digest is no weakness.
"""

import hashlib
import json
import secrets
from pathlib import Path

DEMO_KEY = "guichet.key"
"""The file with the demo's own key, readable only by its owner."""


def new_key(name: str, feeds: tuple[str, ...]) -> tuple[str, str]:
    """A random key, and the `[[key]]` table that grants it those feeds."""
    key = "guichet_" + secrets.token_urlsafe(32)
    digest = hashlib.sha256(key.encode()).hexdigest()
    # Strings and arrays of strings are written in TOML as in JSON.
    lines = (
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f"feeds = {json.dumps(feeds, ensure_ascii=False)}",
        f'sha256 = "{digest}"',
    )
    return key, "[[key]]\n" + "\n".join(lines) + "\n"


def write_demo_keys(keys: Path, secret: Path) -> None:
    """Make the demo's own key: the table in `keys`, the key itself in `secret`."""
    key, table = new_key("Démonstration", ("*",))
    secret.touch(mode=0o600)
    secret.write_text(key + "\n", encoding="ascii")
    keys.write_text(table, encoding="utf-8")
