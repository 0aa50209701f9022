"""The simulated people of the rehearsal: drawn from a seed, with the habits of their arm."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from pilotes.rehearsal.adapters.scenario_files import load_scenarios
from pilotes.rehearsal.flows.behaviour import (
    Crowd,
    Habit,
    Habits,
    SimulatedPerson,
    Use,
    draw_people,
    last_day,
    nps_answer,
    sus_answers,
    uses_on,
)
from pilotes.rehearsal.flows.scenario import Scenario
from pilotes.surveys.domain.scores import sus

SEED = (1, "essai")
BOARD = Habit("board-watched", "/tableaux", 1.0, 3.0, 9000, 0.01, 0.001)
ALERT = Habit("alert-read", "/alertes", 0.4, 3.0, 3000, 0.01, 0.001)
HABITS = Habits((BOARD, ALERT), weekly_churn=0.1, satisfaction=70)
CROWD = Crowd(newcomers_per_day=5, days=200, withdrawal_rate=0.1, response_rate=0.5)
PEOPLE = draw_people(CROWD, *SEED)


def uses_by_day(habits: Habits, who: SimulatedPerson, days: int) -> list[list[Use]]:
    """Their uses, day by day from their first day on."""
    return [list(uses_on(who.day + day, habits, who, *SEED)) for day in range(days)]


def share_of(answers: Iterable[bool]) -> float:
    found = list(answers)
    return sum(found) / len(found)


def test_the_same_seed_draws_the_same_people_and_another_seed_others() -> None:
    assert draw_people(CROWD, *SEED) == PEOPLE
    assert draw_people(CROWD, 2, "essai") != PEOPLE
    assert uses_by_day(HABITS, PEOPLE[0], 30) == uses_by_day(HABITS, PEOPLE[0], 30)


def test_as_many_people_come_as_the_crowd_states_and_some_withdraw() -> None:
    assert len(PEOPLE) == pytest.approx(1000, rel=0.15)
    assert [who.number for who in PEOPLE] == list(range(len(PEOPLE)))
    assert share_of(who.withdrawal_day is not None for who in PEOPLE) == pytest.approx(
        0.1, abs=0.04
    )
    assert share_of(who.answers_survey for who in PEOPLE) == pytest.approx(0.5, abs=0.06)
    assert all(who.withdrawal_day is None or who.withdrawal_day > who.day for who in PEOPLE)


def test_people_use_what_their_habits_state() -> None:
    days = [uses_by_day(HABITS, who, 14) for who in PEOPLE]
    assert all(
        any(use.habit is BOARD and use.second > who.second for use in first)
        for who, (first, *_) in zip(PEOPLE, days, strict=True)
    )
    read = share_of(any(use.habit is ALERT for uses in each for use in uses) for each in days)
    assert read == pytest.approx(0.4 * 0.97, abs=0.05)
    watched = sum(use.count for each in days for uses in each for use in uses if use.habit is BOARD)
    assert watched / len(PEOPLE) == pytest.approx(2 * 3.0 * 0.9 + 0.6, abs=0.6)


def test_people_leave_week_by_week() -> None:
    stays = [last_day(HABITS, who, *SEED) - who.day for who in PEOPLE]
    assert share_of(stay >= 7 for stay in stays) == pytest.approx(0.9, abs=0.03)
    assert share_of(stay >= 28 for stay in stays) == pytest.approx(0.9**4, abs=0.05)
    assert last_day(replace(HABITS, weekly_churn=0.0), PEOPLE[0], *SEED) > 10_000
    assert not list(uses_on(PEOPLE[-1].day - 1, HABITS, PEOPLE[-1], *SEED))


def test_answers_follow_satisfaction() -> None:
    answers = [sus_answers(70, who, *SEED) for who in PEOPLE]
    assert mean(sus(each) for each in answers) == pytest.approx(70, abs=3)
    assert {nps_answer(70, who, *SEED) for who in PEOPLE} <= set(range(11))
    better = mean(nps_answer(85, who, *SEED) for who in PEOPLE)
    assert better > mean(nps_answer(60, who, *SEED) for who in PEOPLE) + 1


def test_two_arms_with_the_same_habits_have_the_same_people() -> None:
    (alerts, *_) = load_scenarios()
    other = replace(alerts.habits["habituel"])
    who = draw_people(alerts.crowd, *SEED)[0]
    days = range(who.day, who.day + 20)
    alike: Sequence[Scenario] = (alerts, replace(alerts, habits={"prevenu": other}))
    first, second = (
        [list(uses_on(day, next(iter(each.habits.values())), who, *SEED)) for day in days]
        for each in alike
    )
    assert first == second


def mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
