"""What of a journey matters to its traveller, and what of it is news.

A fact has a name and a value. A fact that is no longer there (a ride that has left, an alert that
has ended) is no news.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

Fact = bool | int | str
POSSIBLE: Final = "possible"
"""The name of the fact whether the journey leads to its destination."""
_MISSED: Final = "missed_connection"
DELAYS: Final = ("departure", "arrival")
"""The first words of facts that are seconds after the timetable: "departure 2" of the leg 2."""


@dataclass(frozen=True, slots=True)
class JourneyFacts:
    """A journey at an instant."""

    facts: Mapping[str, Fact]
    """Of what is still ahead."""
    sentences: Mapping[str, str]
    """What to write of a fact, by its name."""
    title: str
    summary: str
    arrival: datetime
    arrived: bool
    """Whether the traveller is at the destination."""

    def is_over(self, now: datetime) -> bool:
        """Whether nothing more is to be notified: the traveller has arrived, or the arrival of a
        journey that became impossible has passed."""
        return self.arrived or (not self.facts[POSSIBLE] and now >= self.arrival)


def news(before: Mapping[str, Fact], after: Mapping[str, Fact], *, least_delay: int) -> list[str]:
    """The names of the facts that are news, in the order of `after`.

    `before`: what was notified. `least_delay`: seconds from which another delay is news.
    """
    missed = _has_left_without_them(before, after)
    return [
        name
        for name, value in after.items()
        if not (missed and name == POSSIBLE) and _is_news(name, before, value, least_delay)
    ]


def _has_left_without_them(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> bool:
    """Whether a ride that was notified as missed has left. A replica that takes over does not know
    what was reported of the past, and can take the journey for possible."""
    missed = (name.partition(" ") for name in before)
    return bool(after[POSSIBLE]) and any(
        first == _MISSED and f"{DELAYS[0]} {leg}" not in after for first, _, leg in missed
    )


def _is_news(name: str, before: Mapping[str, Fact], value: Fact, least_delay: int) -> bool:
    if name.partition(" ")[0] in DELAYS:
        return abs(int(value) - int(before.get(name, 0))) >= least_delay
    if isinstance(value, str):  # a platform: of a ride that was impossible before, none was known
        return before.get(name, value) != value
    return before.get(name, False) != value
