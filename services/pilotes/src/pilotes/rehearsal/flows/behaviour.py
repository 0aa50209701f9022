"""How simulated people behave: when they enrol, what they use on which day, when they leave.

Everything follows from the seed. The names of a person's random draws do not contain the arm: with
the same habits, they would behave alike on every arm.
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
"""A day after the end of every trial."""
_MEAN_DAYS_TO_WITHDRAWAL: Final = 20
"""Mean days from enrolment to withdrawal, about, of those who withdraw."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that people use again and again."""

    fact: str
    """The usage fact that it declares."""
    route: str
    """The route of its requests, a pattern of the gateway's route table."""
    adoption: float
    """Share of people who ever use it."""
    per_week: float
    """Average uses a week, of those people."""
    bytes: int
    """Bytes sent for one request."""
    seconds: float
    """The gateway's time for one request."""
    cpu_seconds: float
    """Processor time for one request."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The habits of people on one arm."""

    uses: tuple[Habit, ...]
    """Everybody uses the first one on their first day."""
    weekly_churn: float
    """Share of people who leave each week: from 0 to less than 1."""
    satisfaction: float
    """Mean of their System Usability Scale, 0 to 100."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """The people who take part in a trial."""

    newcomers_per_day: float
    """People who enrol on a day, on average."""
    days: int
    """Days from the opening of the trial on which people enrol."""
    withdrawal_rate: float
    """Share of people who withdraw their consent on some day."""
    response_rate: float
    """Share of people who answer the questionnaire."""


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """One person. Days count from the first day of the trial, which is 0."""

    number: int
    """Their position in the order of enrolment, from 0."""
    day: int
    """The day on which they enrol."""
    second: int
    """The second of that day."""
    withdrawal_day: int | None
    """None if they never withdraw."""
    answers_survey: bool


@dataclass(frozen=True, slots=True)
class Use:
    """The uses of one habit by one person on one day."""

    habit: Habit
    second: int
    """Second of the day of the first use."""
    count: int


def draw_people(crowd: Crowd, *names: object) -> tuple[SimulatedPerson, ...]:
    """The people who would enrol if the trial were never paused, in the order of their numbers.
    `names`: the seed and the pilot's id, here and below."""
    found: list[SimulatedPerson] = []
    for day in range(crowd.days):
        random = generator(*names, "newcomers", day)
        for _ in range(_poisson(random, crowd.newcomers_per_day)):
            found.append(_draw_person(crowd, len(found), day, names))
    return tuple(found)


def _draw_person(crowd: Crowd, number: int, day: int, names: tuple[object, ...]) -> SimulatedPerson:
    random = generator(*names, "somebody", number)
    second = random.randrange(_EARLIEST, 11 * 3600)
    later = day + 1 + int(random.expovariate(1 / _MEAN_DAYS_TO_WITHDRAWAL))
    withdrawal_day = later if random.random() < crowd.withdrawal_rate else None
    answers_survey = random.random() < crowd.response_rate
    return SimulatedPerson(number, day, second, withdrawal_day, answers_survey)


def last_day(habits: Habits, person: SimulatedPerson, *names: object) -> int:
    """The day of the trial after which the person uses nothing more; beyond the end of every trial
    if nobody leaves."""
    if habits.weekly_churn == 0:
        return _NEVER
    per_day = log1p(-habits.weekly_churn) / _DAYS_A_WEEK
    return person.day + int(log1p(-uniform(*names, "leaves", person.number)) / per_day)


def uses_on(day: int, habits: Habits, person: SimulatedPerson, *names: object) -> Iterator[Use]:
    """The uses of a person on a day of the trial, in the order of their habits. On their first day,
    after they enrolled, they use at least the first habit."""
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
    """The person's ten answers to the System Usability Scale, from 1 to 5. `satisfaction`: the mean
    score of people, 0 to 100."""
    random = generator(*names, "ease", person.number)
    liking = min(1.0, max(0.0, random.gauss(satisfaction / 100, 0.17)))
    positive = [_sus_answer(liking, random) for _ in range(10)]
    return tuple(each if place % 2 == 0 else 6 - each for place, each in enumerate(positive))


def nps_answer(satisfaction: float, person: SimulatedPerson, *names: object) -> int:
    """The person's answer to the question of the Net Promoter Score, 0 to 10. `satisfaction`: as
    for `sus_answers`."""
    random = generator(*names, "recommends", person.number)
    return min(10, max(0, round(random.gauss(satisfaction / 10 + 0.5, 1.8))))


def _sus_answer(liking: float, random: Random) -> int:
    return min(5, max(1, round(1 + 4 * liking + random.gauss(0, 0.6))))


def _poisson(random: Random, mean: float) -> int:
    """A number of the Poisson distribution, for small means (D. E. Knuth, The Art of Computer
    Programming 2, 3.4.1)."""
    floor, product, times = exp(-mean), random.random(), 0
    while product > floor:
        product *= random.random()
        times += 1
    return times
