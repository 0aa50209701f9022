"""Prints a new key once, with the table that registers it."""

from collections.abc import Sequence

from regionlab.credentials.desk_keys import new_desk_key
from regionlab.credentials.secrets import new_house_key


def print_key(name: str, feeds: Sequence[str] | None) -> int:
    """Print a new key and its table; returns the exit code.

    `name`: its owner. `feeds`: the feeds that a key of the desk allows; None for an API key of a
    service of the platform.
    """
    key, table = new_house_key(name) if feeds is None else new_desk_key(name, tuple(feeds))
    print(f"{table}\n# {key}")  # noqa: T201
    return 0
