"""The next action of the simulated participants: a few a minute, drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

MAX_PARTICIPANTS: Final = 60
"""Participants; once there are so many, nobody enrols any more."""
PAUSES: Final = (3.0, 9.0)
"""Seconds between two requests, at least and at most."""
_NEWCOMER: Final = 0.25
"""Share of actions that enrol a new participant."""


@dataclass(frozen=True, slots=True)
class Join:
    """A new participant enrols."""

    code: str
    """The enrolment code."""


@dataclass(frozen=True, slots=True)
class ViewBoard:
    """A participant requests the board of their stop."""

    person: int
    """Their index, from 0."""
    stop_id: str


def next_action(
    chance: Random, *, people: int, codes: Sequence[str], stops: Sequence[str]
) -> Join | ViewBoard | None:
    """The next action; None if none is possible.

    `people`: participants so far. `codes`: valid enrolment codes. `stops`: ids of stops, of which
    each person has one.
    """
    newcomer = chance.random() < _NEWCOMER
    if codes and people < MAX_PARTICIPANTS and (newcomer or not people):
        return Join(chance.choice(codes))
    if not people or not stops:
        return None
    person = chance.randrange(people)
    return ViewBoard(person, stops[person * 7 % len(stops)])
