"""Keys of mobilité's desk, for operators without software: printed once, stored as a digest.

`docs/decisions/0017`. A key has 256 random bits and cannot be guessed from a fast digest.
"""

import hashlib
import json
import secrets
from pathlib import Path

DEMO_KEY = "guichet.key"
"""The file with the demo's own key, readable only by its owner."""


def new_desk_key(name: str, feeds: tuple[str, ...]) -> tuple[str, str]:
    """A new random key, and the TOML table `[[key]]` that allows it those feeds.

    `name`: its owner. `feeds`: ids of feeds; `*` allows every feed.
    """
    key = "guichet_" + secrets.token_urlsafe(32)
    digest = hashlib.sha256(key.encode()).hexdigest()
    # JSON strings and arrays of strings are valid TOML.
    lines = (
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f"feeds = {json.dumps(feeds, ensure_ascii=False)}",
        f'sha256 = "{digest}"',
    )
    return key, "[[key]]\n" + "\n".join(lines) + "\n"


def write_demo_keys(keys: Path, secret: Path) -> None:
    """Create one key that allows every feed of the demo.

    `keys`: the file for its table. `secret`: the file for the key, readable only by its owner.
    """
    key, table = new_desk_key("Démonstration", ("*",))
    secret.touch(mode=0o600)
    secret.write_text(key + "\n", encoding="ascii")
    keys.write_text(table, encoding="utf-8")
