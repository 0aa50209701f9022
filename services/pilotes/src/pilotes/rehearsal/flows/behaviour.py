"""How simulated people behave: who comes when, what they use on which day, when they leave.

Everything follows from the seed. A person's draws have the same names on every arm, so that two
arms with the same habits would see the same people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log1p
from random import Random
from typing import Final

from pilotes.rehearsal.flows.seeded_random import dice, share

_EARLIEST, _LATEST = 6 * 3600, 22 * 3600  # seconds of the day at which people are about
_DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Habit:
    """One thing people use. `taken_up`: the share of them who ever do; `a_week`: how often those
    do; `bytes`, `seconds`, `cpu_seconds`: what one exchange takes of the door's, and of the
    processor's."""

    fact: str
    route: str
    taken_up: float
    a_week: float
    bytes: int
    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Habits:
    """Of the people of one arm. `uses`: the first is what brought them there, on their first day;
    `leaving`: the share of them that stops each week; `ease`: what they think of it, 0…100."""

    uses: tuple[Habit, ...]
    leaving: float
    ease: float


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who comes. `a_day`: newcomers, on average, for `days` days; `withdrawing`: the share who take
    their consent back some day; `answering`: the share of those who are asked."""

    a_day: float
    days: int
    withdrawing: float
    answering: float


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person. Days are those of the trial: 0 is its first; `second`: of the day."""

    number: int
    day: int
    second: int
    withdraws: int | None
    answers: bool


@dataclass(frozen=True, slots=True)
class Act:
    """One thing used `count` times, from a second of the day on."""

    habit: Habit
    second: int
    count: int


def people_of(crowd: Crowd, *names: object) -> tuple[Somebody, ...]:
    """All who would come, the first one first. `names`: the seed and the pilot."""
    found: list[Somebody] = []
    for day in range(crowd.days):
        for _ in range(_poisson(dice(*names, "newcomers", day), crowd.a_day)):
            found.append(_somebody(crowd, len(found), day, names))
    return tuple(found)


def _somebody(crowd: Crowd, number: int, day: int, names: tuple[object, ...]) -> Somebody:
    mind = dice(*names, "somebody", number)
    second = mind.randrange(_EARLIEST, 11 * 3600)
    later = day + 1 + int(mind.expovariate(1 / 20))
    withdraws = later if mind.random() < crowd.withdrawing else None
    return Somebody(number, day, second, withdraws, mind.random() < crowd.answering)


def last_day(habits: Habits, who: Somebody, *names: object) -> int:
    """The last day of the trial on which they come at all."""
    if habits.leaving <= 0:
        return 10**6
    a_day = log1p(-habits.leaving) / _DAYS_A_WEEK
    return who.day + int(log1p(-share(*names, "leaves", who.number)) / a_day)


def acts_on(day: int, habits: Habits, who: Somebody, *names: object) -> Iterator[Act]:
    """What they use on a day of the trial, in no order; on their first, at least what brought them,
    after they agreed."""
    if not who.day <= day <= last_day(habits, who, *names):
        return
    chance = dice(*names, "day", who.number, day)
    earliest = who.second + 60 if day == who.day else _EARLIEST
    for at, habit in enumerate(habits.uses):
        times = _poisson(chance, habit.a_week / _DAYS_A_WEEK)
        if at == 0 and day == who.day:
            times = max(times, 1)
        elif share(*names, "takes up", who.number, habit.fact) >= habit.taken_up:
            times = 0
        if times:
            yield Act(habit, chance.randrange(earliest, _LATEST), times)


def statements(ease: float, who: Somebody, *names: object) -> tuple[int, ...]:
    """Their ten answers to the System Usability Scale, around a mean of `ease`."""
    mind = dice(*names, "ease", who.number)
    liking = min(1.0, max(0.0, mind.gauss(ease / 100, 0.17)))
    good = [_answer(liking, mind) for _ in range(10)]
    return tuple(one if at % 2 == 0 else 6 - one for at, one in enumerate(good))


def recommends(ease: float, who: Somebody, *names: object) -> int:
    """Whether they would recommend it, 0…10."""
    mind = dice(*names, "recommends", who.number)
    return min(10, max(0, round(mind.gauss(ease / 10 + 0.5, 1.8))))


def _answer(liking: float, mind: Random) -> int:
    return min(5, max(1, round(1 + 4 * liking + mind.gauss(0, 0.6))))


def _poisson(chance: Random, mean: float) -> int:
    """D. E. Knuth, The Art of Computer Programming 2, 3.4.1: small means only."""
    floor, product, times = exp(-mean), chance.random(), 0
    while product > floor:
        product *= chance.random()
        times += 1
    return times
