"""Prints a new key once, with the table that registers it."""

from collections.abc import Sequence

from regionlab.credentials.desk_keys import new_key
from regionlab.credentials.secrets import new_house_key


def show_key(name: str, feeds: Sequence[str] | None) -> int:
    """Of the desk, for those feeds; or of a service of ours, where there are none."""
    key, table = new_house_key(name) if feeds is None else new_key(name, tuple(feeds))
    print(f"{table}\n# {key}")  # noqa: T201
    return 0
