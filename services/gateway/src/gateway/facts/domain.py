"""The facts that a service may report in a response header, for pilots to count.

The vocabulary is closed: any other word is dropped, so that a service can only disclose that a
feature was used, and nothing else about a person.
"""

from collections.abc import Iterable
from typing import Final, Literal, get_args

Fact = Literal[
    "alert-read",
    "appointment-shared",
    "board-watched",
    "document-opened",
    "journey-planned",
    "notebook-opened",
    "notebook-written",
    "reminder-read",
    "reminder-sent",
    "summary-opened",
]
_FACTS: Final[dict[bytes, Fact]] = {each.encode(): each for each in get_args(Fact)}


def fact_in(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> Fact | None:
    """The fact in the header `name`; None for an unknown word, or not exactly one value."""
    found = [value for header, value in headers if header == name]
    return _FACTS.get(found[0]) if len(found) == 1 else None
