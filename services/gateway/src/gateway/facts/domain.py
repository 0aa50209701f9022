"""What happened behind the door, as the service that answered names it, for pilots to count.

A closed vocabulary: a word outside it goes nowhere, so that no service can tell anything about a
person, health least of all, but that a thing of ours was used.
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
    """The fact that a service's answer names under that header; None where it names none of ours,
    or several."""
    found = [value for header, value in headers if header == name]
    return _FACTS.get(found[0]) if len(found) == 1 else None
