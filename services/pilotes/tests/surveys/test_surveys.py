"""Questionnaires: valid questions, valid answers, once for each occasion, by participants alone."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import pytest_asyncio
from pilot_lab import HOLDER, Lab
from pilot_lab import SURVEY as WRITTEN
from usage_world import (
    DAY,
    PILOT,
    START,
    UsageWorld,
    exposed,
    indicator,
    open_usage,
    outcome_rows,
    secret,
)

from pilotes.surveys.adapters import PostgresSurveys
from pilotes.surveys.domain.questionnaire import Question, Survey, score_answers
from pilotes.usage.adapters.fact_store import list_facts
from socle.errors import Refusal
from socle.postgres import transaction
from socle.testing import until

SURVEY = Survey(
    "sortie",
    "À la fin",
    sus=True,
    nps=True,
    questions=(
        Question("attente", "Attendez-vous moins ?", "scale", 0, 3),
        Question("idees", "Une idée ?", "text"),
    ),
    occasions=("fin", "apres"),
)
_WAITS = """
SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock')
"""
RESERVED = Question("nps", "Un nom pris ?", "text")
GOOD: Mapping[str, Any] = {"sus": [5, 1] * 5, "nps": 9, "attente": 2, "idees": " Plus tôt ! "}


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[UsageWorld]:
    async with AsyncExitStack() as stack:
        yield await open_usage(postgres_url, stack)


async def write(surveys: PostgresSurveys) -> None:
    """Store the questionnaire, in place of the one that there is."""
    await surveys.write(PILOT, SURVEY, at=START, by="qui", revision=None, pilot_revision=None)


async def answer(world: UsageWorld, *names: str, days: float = 1, **changes: Any) -> None:
    """Those people answer, that many days after the start."""
    occasion = changes.pop("occasion", "fin")
    found = score_answers(SURVEY, occasion, GOOD | changes)
    surveys = PostgresSurveys(world.pool)
    people = [secret(name) for name in names]
    await surveys.answer(PILOT, people, SURVEY.id, occasion, found, START + days * DAY)


def test_answers_come_to_scores() -> None:
    found = score_answers(SURVEY, "fin", GOOD)
    assert found.scores == {"sus": 100.0, "nps": 100, "attente": 2}
    assert found.texts == {"idees": "Plus tôt !"}
    neutral = score_answers(SURVEY, "fin", {"sus": [3] * 10, "nps": 6, "attente": 0})
    assert (neutral.scores, neutral.texts) == ({"sus": 50.0, "nps": -100, "attente": 0}, {})
    hidden = score_answers(SURVEY, "fin", GOOD | {"idees": "a\x00\u202eb\nc"})
    assert hidden.texts == {"idees": "ab\nc"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"sus": [5] * 9}, "dix affirmations"),
        ({"sus": None}, "dix affirmations"),
        ({"sus": [5] * 9 + [6]}, "un nombre de 1 à 5"),
        ({"sus": [True] * 10}, "un nombre de 1 à 5"),
        ({"nps": 11}, "un nombre de 0 à 10"),
        ({"nps": "9"}, "un nombre de 0 à 10"),
        ({"attente": None}, "Attendez-vous moins"),
        ({"attente": 1.5}, "un nombre de 0 à 3"),
        ({"idees": "a" * 1_001}, "1000 caractères"),
        ({"idees": 3}, "1000 caractères"),
        ({"autre": 1}, "ne demande pas : autre"),
        ({"occasion": "hier"}, "Il y a : fin, apres"),
    ],
)
def test_what_is_no_answer_is_refused_in_words(changes: dict[str, Any], sentence: str) -> None:
    occasion = changes.pop("occasion", "fin")
    with pytest.raises(Refusal, match=sentence) as refused:
        score_answers(SURVEY, occasion, GOOD | changes)
    assert refused.value.category == "invalid"


@pytest.mark.parametrize(
    ("survey", "sentence"),
    [
        (Survey("s", "t", sus=False, nps=False, questions=()), "ne demande rien"),
        (
            Survey("s", "t", sus=True, nps=False, questions=(Question("nps", "?", "text"),)),
            "réserv",
        ),
        (Survey("s", "t", sus=True, nps=False, questions=(), occasions=()), "une occasion"),
        (
            Survey("s", "t", sus=True, nps=False, questions=(), after_days=(7, 14)),
            "un délai par occasion",
        ),
        (
            Survey("s", "t", sus=False, nps=True, questions=(Question("q", "?", "scale", 3, 3),)),
            "doit monter",
        ),
        (
            Survey("s", "t", sus=False, nps=True, questions=(Question("q", "?", "text"),) * 2),
            "même nom",
        ),
    ],
)
def test_what_is_no_questionnaire_is_refused_in_words(survey: Survey, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        survey.check()


def test_a_questionnaire_is_offered_from_a_day_in_local_time() -> None:
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # 2 March in Paris
    assert SURVEY.offered_on("apres", late) == date(2026, 3, 2)
    delayed = replace(SURVEY, after_days=(0, 14))
    assert [delayed.offered_on(each, late) for each in SURVEY.occasions] == [
        date(2026, 3, 2),
        date(2026, 3, 16),
    ]


async def test_a_questionnaire_is_judged_on_the_pilot_as_it_is(pilots: Lab) -> None:
    await pilots.create_pilot()
    path = "/pilots/alertes/surveys/sortie"

    async def waits() -> bool:
        return bool(await pilots.pool.fetchval(_WAITS)) or writing.done()

    async with transaction(pilots.pool) as connection:
        # As the opening of a trial does, after which some questions are measured.
        await connection.execute("UPDATE pilot SET revision = revision + 1")
        writing = asyncio.create_task(pilots.request("PUT", path, WRITTEN, who=HOLDER))
        await until(waits)
    refused = await writing
    assert (refused.status, "vient de changer" in refused.detail) == (409, True)
    again = await pilots.request("PUT", path, WRITTEN, who=HOLDER)
    assert again.status < 300
    for step in ({"to": "stop", "reason": "Autre priorité."}, {"to": "closed"}):
        await pilots.change("POST", "/stage", step)
        over = await pilots.request("PUT", path, WRITTEN, who=HOLDER)
        assert (over.status, "essai est fini" in over.detail) == (409, True)


async def test_ten_thousand_answers_are_one(world: UsageWorld) -> None:
    surveys = PostgresSurveys(world.pool)
    await write(surveys)
    await world.consent("ada")
    await world.fold(exposed("ada", START))
    many = [answer(world, "ada", nps=number % 11) for number in range(200)]
    ended = await asyncio.gather(*many, return_exceptions=True)
    refused = [each for each in ended if isinstance(each, Refusal)]
    assert (len(refused), {each.category for each in refused}) == (199, {"conflict"})
    assert "déjà répondu" in refused[0].message
    await answer(world, "ada", occasion="apres")
    assert await world.rows("survey_answer") == 2


async def test_only_participants_answer_and_a_withdrawal_erases_the_answer(
    world: UsageWorld,
) -> None:
    surveys = PostgresSurveys(world.pool)
    await write(surveys)
    for names in ((), ("personne",)):
        with pytest.raises(Refusal, match="qui participent"):
            await answer(world, *names)
    await world.consent("appareil")
    await answer(world, "compte", "appareil")  # their account has not agreed, their device has
    assert await surveys.texts(PILOT, "sortie") == [("idees", "Plus tôt !")]
    with pytest.raises(Refusal, match="ne change plus"):
        await write(surveys)
    async with world.pool.acquire() as connection:
        (fact,) = await list_facts(connection, PILOT, secret("appareil"))
    assert (fact["kind"], fact["scores"]["sus"]) == ("answers", 100)
    await world.withdraw("appareil", START + 2 * DAY)
    assert [await world.rows(each) for each in ("survey_answer", "cohort")] == [0, 0]
    with pytest.raises(Refusal, match="qui participent"):
        await answer(world, "appareil")


async def test_an_indicator_takes_the_first_answer_within_its_window(world: UsageWorld) -> None:
    await write(PostgresSurveys(world.pool))
    for name in ("ada", "bob", "tard", "muet", "jamais"):
        await world.consent(name)
        if name != "jamais":
            await world.fold(exposed(name, START, "habituel" if name == "bob" else "prevenu"))
    await answer(world, "ada", days=2, sus=[3] * 10)
    await answer(world, "ada", days=3, occasion="apres")
    await answer(world, "bob", days=6.9)
    await answer(world, "tard", days=7.1)
    await answer(world, "jamais", days=2)
    found = await world.outcomes(
        indicator("survey:sortie:sus", kind="score"),
        indicator("survey:sortie:attente", id="attente", kind="score"),
        indicator("survey:autre:sus", id="autre", kind="score"),
        indicator(id="compte"),
    )
    assert [each[::2] for each in outcome_rows(found["usage"])] == [
        ("prevenu", 50.0),
        ("habituel", 100.0),
    ]
    assert [each[::2] for each in outcome_rows(found["attente"])] == [
        ("prevenu", 2.0),
        ("habituel", 2.0),
    ]
    assert outcome_rows(found["autre"]) == []
    assert len(outcome_rows(found["compte"])) == 4


async def test_a_proportion_of_a_survey_is_the_share_of_positive_scores(world: UsageWorld) -> None:
    await write(PostgresSurveys(world.pool))
    for name, recommends in (("ada", 10), ("bob", 8), ("eve", 0)):
        await world.consent(name)
        await world.fold(exposed(name, START))
        await answer(world, name, nps=recommends)
    found = await world.outcomes(indicator("survey:sortie:nps", kind="proportion"))
    assert [each[2] for each in outcome_rows(found["usage"])] == [1.0, 0.0, 0.0]
