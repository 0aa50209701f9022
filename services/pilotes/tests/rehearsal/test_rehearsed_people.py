"""The simulated people of the rehearsal: drawn from a seed, and as their habits say."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from pilotes.rehearsal.flows.alerts_before_departure import ALERTS
from pilotes.rehearsal.flows.behaviour import (
    Act,
    Crowd,
    Habit,
    Habits,
    Somebody,
    acts_on,
    last_day,
    people_of,
    recommends,
    statements,
)
from pilotes.rehearsal.flows.scenario import Scenario
from pilotes.surveys.domain.scores import sus

SEED = (1, "essai")
BOARD = Habit("board-watched", "/tableaux", 1.0, 3.0, 9000, 0.01, 0.001)
ALERT = Habit("alert-read", "/alertes", 0.4, 3.0, 3000, 0.01, 0.001)
HABITS = Habits((BOARD, ALERT), leaving=0.1, ease=70)
CROWD = Crowd(a_day=5, days=200, withdrawing=0.1, answering=0.5)
PEOPLE = people_of(CROWD, *SEED)


def lived(habits: Habits, who: Somebody, days: int) -> list[list[Act]]:
    """Day by day from their first one on."""
    return [list(acts_on(who.day + day, habits, who, *SEED)) for day in range(days)]


def share(answers: Iterable[bool]) -> float:
    told = list(answers)
    return sum(told) / len(told)


def test_the_same_seed_lives_the_same_months_and_another_one_others() -> None:
    assert people_of(CROWD, *SEED) == PEOPLE
    assert people_of(CROWD, 2, "essai") != PEOPLE
    assert lived(HABITS, PEOPLE[0], 30) == lived(HABITS, PEOPLE[0], 30)


def test_as_many_come_as_are_said_to_and_some_withdraw() -> None:
    assert len(PEOPLE) == pytest.approx(1000, rel=0.15)
    assert [who.number for who in PEOPLE] == list(range(len(PEOPLE)))
    assert share(who.withdraws is not None for who in PEOPLE) == pytest.approx(0.1, abs=0.04)
    assert share(who.answers for who in PEOPLE) == pytest.approx(0.5, abs=0.06)
    assert all(who.withdraws is None or who.withdraws > who.day for who in PEOPLE)


def test_people_do_as_their_habits_say() -> None:
    days = [lived(HABITS, who, 14) for who in PEOPLE]
    assert all(
        any(act.habit is BOARD and act.second > who.second for act in first)
        for who, (first, *_) in zip(PEOPLE, days, strict=True)
    )
    read = share(any(act.habit is ALERT for acts in each for act in acts) for each in days)
    assert read == pytest.approx(0.4 * 0.97, abs=0.05)
    watched = sum(act.count for each in days for acts in each for act in acts if act.habit is BOARD)
    assert watched / len(PEOPLE) == pytest.approx(2 * 3.0 * 0.9 + 0.6, abs=0.6)


def test_people_leave_week_by_week() -> None:
    stays = [last_day(HABITS, who, *SEED) - who.day for who in PEOPLE]
    assert share(stay >= 7 for stay in stays) == pytest.approx(0.9, abs=0.03)
    assert share(stay >= 28 for stay in stays) == pytest.approx(0.9**4, abs=0.05)
    assert last_day(replace(HABITS, leaving=0.0), PEOPLE[0], *SEED) > 10_000
    assert not list(acts_on(PEOPLE[-1].day - 1, HABITS, PEOPLE[-1], *SEED))


def test_answers_say_what_people_think() -> None:
    answers = [statements(70, who, *SEED) for who in PEOPLE]
    assert mean(sus(each) for each in answers) == pytest.approx(70, abs=3)
    assert {recommends(70, who, *SEED) for who in PEOPLE} <= set(range(11))
    better = mean(recommends(85, who, *SEED) for who in PEOPLE)
    assert better > mean(recommends(60, who, *SEED) for who in PEOPLE) + 1


def test_two_arms_with_the_same_habits_see_the_same_people() -> None:
    other = replace(ALERTS.habits["habituel"])
    who = people_of(ALERTS.crowd, *SEED)[0]
    days = range(who.day, who.day + 20)
    alike: Sequence[Scenario] = (ALERTS, replace(ALERTS, habits={"prevenu": other}))
    first, second = (
        [list(acts_on(day, next(iter(each.habits.values())), who, *SEED)) for day in days]
        for each in alike
    )
    assert first == second


def mean(values: Iterable[float]) -> float:
    told = list(values)
    return sum(told) / len(told)
