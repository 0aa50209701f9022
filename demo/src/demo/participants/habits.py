"""What the participants want next: a few requests a minute, drawn from a seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

MOST: Final = 60
"""How many take part by and by; then they only go on."""
PAUSES: Final = (3.0, 9.0)
"""Seconds between two requests, at least and at most."""
_NEWCOMER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Join:
    """A new participant enrols with that code."""

    code: str


@dataclass(frozen=True, slots=True)
class ViewBoard:
    """A participant requests the board of their stop. `person`: an index."""

    person: int
    stop_id: str


def next_action(
    chance: Random, *, people: int, codes: Sequence[str], stops: Sequence[str]
) -> Join | ViewBoard | None:
    """What happens next; None: nothing can. Each person has a stop of their own."""
    newcomer = chance.random() < _NEWCOMER
    if codes and people < MOST and (newcomer or not people):
        return Join(chance.choice(codes))
    if not people or not stops:
        return None
    person = chance.randrange(people)
    return ViewBoard(person, stops[person * 7 % len(stops)])
