"""How many people a trial has reached, as far as it is disclosed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class PeopleReached:
    """How many people a trial had reached at the end of a day."""

    day: date
    """UTC."""
    at_least: int
    """In all arms, each rounded down to a multiple of k."""


def reached_on(reached: Sequence[PeopleReached], day: date) -> int:
    """At least so many had come at the end of that day. `reached`: in the order of the days."""
    known = [each.at_least for each in reached if each.day <= day]
    return known[-1] if known else 0
