"""How simulated people behave: who comes when, what they use on which day, when they leave.

Everything follows from the seed. A person's draws have the same names on every arm, so that two
arms with the same habits have the same people.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, log1p
from random import Random
from typing import Final

from pilotes.rehearsal.flows.seeded_random import generator, uniform

_EARLIEST, _LATEST = 6 * 3600, 22 * 3600  # seconds of the day between which people are active
_DAYS_A_WEEK: Final = 7
_NEVER: Final = 10**6


@dataclass(frozen=True, slots=True)
class Habit:
    """One thing people use."""

    fact: str
    route: str
    adoption: float
    """Share of people who ever use it."""
    per_week: float
    """Average uses a week, of those people."""
    bytes: int
    """Sent by one exchange."""
    seconds: float
    """The gateway's time for one exchange."""
    cpu_seconds: float
    """Processor time of one exchange."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The habits of people on one arm."""

    uses: tuple[Habit, ...]
    """The first one is used by everybody on their first day."""
    weekly_churn: float
    """Share of people who leave each week."""
    satisfaction: float
    """Mean of their System Usability Scale, 0 to 100."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many people take part."""

    newcomers_per_day: float
    """On average."""
    days: int
    """How long newcomers come."""
    withdrawal_rate: float
    """Share of people who withdraw their consent on some day."""
    response_rate: float
    """Share of people who answer the questionnaire."""


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """One person. Days count from the first day of the trial, which is 0."""

    number: int
    day: int
    """The day on which they enrol."""
    second: int
    """The second of that day."""
    withdrawal_day: int | None
    answers_survey: bool


@dataclass(frozen=True, slots=True)
class Use:
    """One thing used `count` times, from a second of the day on."""

    habit: Habit
    second: int
    count: int


def draw_people(crowd: Crowd, *names: object) -> tuple[SimulatedPerson, ...]:
    """Everybody who would take part, in the order they come. `names`: the seed and the pilot."""
    found: list[SimulatedPerson] = []
    for day in range(crowd.days):
        random = generator(*names, "newcomers", day)
        for _ in range(_poisson(random, crowd.newcomers_per_day)):
            found.append(_draw_person(crowd, len(found), day, names))
    return tuple(found)


def _draw_person(crowd: Crowd, number: int, day: int, names: tuple[object, ...]) -> SimulatedPerson:
    random = generator(*names, "somebody", number)
    second = random.randrange(_EARLIEST, 11 * 3600)
    later = day + 1 + int(random.expovariate(1 / 20))
    withdrawal_day = later if random.random() < crowd.withdrawal_rate else None
    answers_survey = random.random() < crowd.response_rate
    return SimulatedPerson(number, day, second, withdrawal_day, answers_survey)


def last_day(habits: Habits, person: SimulatedPerson, *names: object) -> int:
    """The last day of the trial on which the person uses anything."""
    if habits.weekly_churn <= 0:
        return _NEVER
    per_day = log1p(-habits.weekly_churn) / _DAYS_A_WEEK
    return person.day + int(log1p(-uniform(*names, "leaves", person.number)) / per_day)


def uses_on(day: int, habits: Habits, person: SimulatedPerson, *names: object) -> Iterator[Use]:
    """What the person uses on a day of the trial, in no order. On their first day, after they
    enrolled, they use at least the first habit."""
    if not person.day <= day <= last_day(habits, person, *names):
        return
    random = generator(*names, "day", person.number, day)
    earliest = person.second + 60 if day == person.day else _EARLIEST
    for place, habit in enumerate(habits.uses):
        times = _poisson(random, habit.per_week / _DAYS_A_WEEK)
        if place == 0 and day == person.day:
            times = max(times, 1)
        elif uniform(*names, "takes up", person.number, habit.fact) >= habit.adoption:
            times = 0
        if times:
            yield Use(habit, random.randrange(earliest, _LATEST), times)


def sus_answers(satisfaction: float, person: SimulatedPerson, *names: object) -> tuple[int, ...]:
    """The person's ten answers to the System Usability Scale, around a mean of `satisfaction`."""
    random = generator(*names, "ease", person.number)
    liking = min(1.0, max(0.0, random.gauss(satisfaction / 100, 0.17)))
    positive = [_sus_answer(liking, random) for _ in range(10)]
    return tuple(each if place % 2 == 0 else 6 - each for place, each in enumerate(positive))


def nps_answer(satisfaction: float, person: SimulatedPerson, *names: object) -> int:
    """Whether the person would recommend it, 0 to 10."""
    random = generator(*names, "recommends", person.number)
    return min(10, max(0, round(random.gauss(satisfaction / 10 + 0.5, 1.8))))


def _sus_answer(liking: float, random: Random) -> int:
    return min(5, max(1, round(1 + 4 * liking + random.gauss(0, 0.6))))


def _poisson(random: Random, mean: float) -> int:
    """D. E. Knuth, The Art of Computer Programming 2, 3.4.1: small means only."""
    floor, product, times = exp(-mean), random.random(), 0
    while product > floor:
        product *= random.random()
        times += 1
    return times
