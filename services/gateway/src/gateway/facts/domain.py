"""What a service may report in a response header: facts, for pilots to count, and units, for plans.

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

_MAX_DIGITS: Final = 6


def fact_in(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> Fact | None:
    """The fact in the header `name`; None for an unknown word, or not exactly one value."""
    found = [value for header, value in headers if header == name]
    return _FACTS.get(found[0]) if len(found) == 1 else None


def units_in(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> int:
    """The number of requests in the header `name`; 1 without exactly one number from 1."""
    found = [value for header, value in headers if header == name]
    known = len(found) == 1 and found[0].isdigit() and len(found[0]) <= _MAX_DIGITS
    return max(1, int(found[0])) if known else 1
