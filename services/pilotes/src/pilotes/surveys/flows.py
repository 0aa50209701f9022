"""A trial asks, people answer: once each, and only while they take part."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilotes.identity.domain.person import Person, pseudonym_of
from pilotes.people.ports import DueSurvey, Trials
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.flows.desk import Desk
from pilotes.surveys.domain.questionnaire import (
    Survey,
    answered,
    answered_already,
    no_such_occasion,
)
from pilotes.surveys.ports import Surveys
from socle.auth import Caller
from socle.clock import Clock
from socle.errors import Refusal

ASKING: Final = ("trial", "evaluation")
"""The stages at which people answer."""


async def write_survey(
    pilot_id: PilotId, caller: Caller, survey: Survey, *, desk: Desk, surveys: Surveys
) -> None:
    """Raises Refusal: not theirs to write, wrong, or answered already."""
    _, acting = await desk.look(pilot_id, caller)
    signatory = acting.require("write_survey")
    survey.check()
    await surveys.write(pilot_id, survey, at=desk.clock.now(), by=signatory.subject)


async def get_survey(pilot_id: str, survey_id: str, *, trials: Trials, surveys: Surveys) -> Survey:
    """Raises Refusal where there is none, or nobody may know of its pilot yet."""
    trial = await trials.find(pilot_id)
    known = trial is not None and trial.pilot.published
    for each in await surveys.list_of(pilot_id) if known else ():
        if each.id == survey_id:
            return each
    raise Refusal("not_found", "Ce pilote n'a pas ce questionnaire.")


async def list_due(
    pilot_id: str, person: Person, *, trials: Trials, surveys: Surveys
) -> Sequence[tuple[Survey, str]]:
    """What a pilot that somebody takes part in asks of them still, each with its occasion; nothing
    where it asks nothing any more. Raises Refusal where they do not take part."""
    pseudonyms = await _known_as(pilot_id, person, trials)
    return await surveys.due(pilot_id, pseudonyms)


async def due_surveys(
    pilot: Pilot, person: Person, *, trials: Trials, surveys: Surveys
) -> Sequence[DueSurvey]:
    """Implements `DueSurveys`."""
    if pilot.stage not in ASKING:
        return ()
    due = await list_due(pilot.id, person, trials=trials, surveys=surveys)
    return [
        DueSurvey(survey.id, survey.title, occasion, len(survey.occasions) > 1)
        for survey, occasion in due
    ]


async def ask_survey(
    pilot_id: str,
    survey_id: str,
    occasion: str,
    person: Person,
    *,
    trials: Trials,
    surveys: Surveys,
) -> tuple[Survey, str]:
    """A questionnaire, and when it is answered (`occasion` empty: the first that is due). Raises
    Refusal before anything is filled in for nothing."""
    survey = await get_survey(pilot_id, survey_id, trials=trials, surveys=surveys)
    due = await list_due(pilot_id, person, trials=trials, surveys=surveys)
    left = [when for each, when in due if each.id == survey_id]
    if occasion and occasion not in survey.occasions:
        raise no_such_occasion(survey)
    if not left or (occasion and occasion not in left):
        raise answered_already()
    return survey, occasion or left[0]


async def answer_survey(
    pilot_id: str,
    survey_id: str,
    occasion: str,
    answers: Mapping[str, Any],
    person: Person,
    *,
    trials: Trials,
    surveys: Surveys,
    clock: Clock,
) -> None:
    """Raises Refusal, and nothing is kept then."""
    survey = await get_survey(pilot_id, survey_id, trials=trials, surveys=surveys)
    found = answered(survey, occasion, answers)
    pseudonyms = await _known_as(pilot_id, person, trials)
    await surveys.answer(pilot_id, pseudonyms, survey_id, occasion, found, clock.now())


async def _known_as(pilot_id: str, person: Person, trials: Trials) -> Sequence[bytes]:
    trial = await trials.find(pilot_id)
    if trial is None or trial.salt is None or trial.pilot.stage not in ASKING:
        raise Refusal("gone", "Ce pilote n'attend pas de réponse : il n'est pas en cours.")
    return [bytes.fromhex(pseudonym_of(trial.salt, each)) for each in person.subjects]
