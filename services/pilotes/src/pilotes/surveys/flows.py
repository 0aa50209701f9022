"""Write, read and answer questionnaires. Only participants answer, once on each occasion."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pilotes.french.domain import local_day
from pilotes.identity.domain.person import Person, pseudonym_of
from pilotes.people.ports import PendingSurveySummary, Trials
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.desk import Desk, find_protocol_in_force
from pilotes.surveys.domain.questionnaire import (
    PendingSurvey,
    Survey,
    already_answered,
    no_such_occasion,
    not_offered_yet,
    score_answers,
)
from pilotes.surveys.ports import Surveys
from socle.auth import Caller
from socle.clock import Clock
from socle.errors import Refusal

ANSWERING_STAGES: Final = ("trial", "evaluation")
"""The stages of a pilot at which people can answer."""


def require_before_the_end(pilot: Pilot) -> None:
    """Raises Refusal once the trial is over: nobody answers any more, and what its results were
    read from stays."""
    if pilot.stage not in (*BEFORE_TRIAL, *ANSWERING_STAGES):
        raise Refusal(
            "conflict",
            "L'essai est fini : plus personne n'y répond à un questionnaire.",
            rule="not_now",
        )


async def write_survey(
    pilot_id: PilotId,
    caller: Caller,
    survey: Survey,
    *,
    desk: Desk,
    surveys: Surveys,
    revision: int | None = None,
) -> None:
    """Store a questionnaire, in place of the one with its id. `revision`: as in `Surveys.write`.

    Raises Refusal if the caller is not permitted, the trial is over, it has a mistake, somebody has
    answered it, a question that an indicator of a trial reads, or when it is offered, would change,
    or the pilot changes meanwhile."""
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    signatory = actor.require("write_survey")
    require_before_the_end(pilot)
    survey.check()
    if pilot.stage in ANSWERING_STAGES:
        await _require_same_measure(pilot, survey, desk=desk, surveys=surveys)
    by = signatory.subject
    await surveys.write(
        pilot_id,
        survey,
        at=desk.clock.now(),
        by=by,
        revision=revision,
        pilot_revision=pilot.revision,
    )


async def _require_same_measure(
    pilot: Pilot, survey: Survey, *, desk: Desk, surveys: Surveys
) -> None:
    """Raises Refusal if an indicator of the protocol in force would measure something else."""
    written = find_protocol_in_force(pilot, await desk.records.list_protocols(pilot.id))
    former = await surveys.find(pilot.id, survey.id)
    if written is None or former is None:
        return
    source = f"survey:{survey.id}:"
    read = [each for each in written.protocol.indicators if each.source.startswith(source)]
    # An indicator reads the first answer within its window: other days are another measure.
    moved = survey.days_by_occasion != former.survey.days_by_occasion
    changed = [
        each.label
        for each in read
        if (question := former.survey.find_question(each.source.removeprefix(source)))
        and (moved or question != survey.find_question(each.source.removeprefix(source)))
    ]
    if changed:
        raise Refusal(
            "conflict",
            "Le protocole en vigueur lit ce questionnaire : changer cette question, ou les moments"
            " où il est proposé, est un amendement : "
            f"{', '.join(f'« {label} »' for label in changed)}. Écrivez un autre questionnaire,"
            " et amendez le protocole.",
            rule="survey_measured",
            indicators=changed,
        )


async def get_survey(pilot_id: str, survey_id: str, *, trials: Trials, surveys: Surveys) -> Survey:
    """The questionnaire. Raises Refusal if there is none of that id, or the pilot is not
    published."""
    trial = await trials.find(pilot_id)
    known = trial is not None and trial.pilot.published
    for each in await surveys.list_of(pilot_id) if known else ():
        if each.id == survey_id:
            return each
    raise Refusal("not_found", "Ce pilote n'a pas ce questionnaire.", rule="survey_unknown")


async def list_pending(
    pilot_id: str, person: Person, *, trials: Trials, surveys: Surveys
) -> Sequence[PendingSurvey]:
    """The questionnaires that the person has not answered yet, offered or not. Raises Refusal if
    they do not take part, or the pilot expects no answers."""
    pseudonyms = await _pseudonyms_of(pilot_id, person, trials)
    return await surveys.pending(pilot_id, pseudonyms)


async def pending_surveys(
    pilot: Pilot, person: Person, *, trials: Trials, surveys: Surveys, clock: Clock
) -> Sequence[PendingSurveySummary]:
    """Implements `PendingSurveys`. The first that is offered comes first."""
    if pilot.stage not in ANSWERING_STAGES:
        return ()
    today = local_day(clock.now())
    found = await list_pending(pilot.id, person, trials=trials, surveys=surveys)
    return [
        PendingSurveySummary(
            each.survey.id,
            each.survey.title,
            each.occasion,
            repeated=len(each.survey.occasions) > 1,
            offered_on=each.offered_on if each.offered_on > today else None,
        )
        for each in sorted(found, key=lambda each: each.offered_on)
    ]


async def open_survey(
    pilot_id: str,
    survey_id: str,
    occasion: str,
    person: Person,
    *,
    trials: Trials,
    surveys: Surveys,
    clock: Clock,
) -> tuple[Survey, str]:
    """A questionnaire to answer, and its occasion. `occasion`: empty for the first one that the
    person can answer now.

    Raises Refusal if the person could not send their answers: they do not take part or have
    answered, it is not offered to them yet, the pilot expects no answers, or there is no such
    questionnaire or occasion.
    """
    survey = await get_survey(pilot_id, survey_id, trials=trials, surveys=surveys)
    pending = await list_pending(pilot_id, person, trials=trials, surveys=surveys)
    if occasion and occasion not in survey.occasions:
        raise no_such_occasion(survey)
    left = [
        each for each in pending if each.survey.id == survey_id and occasion in ("", each.occasion)
    ]
    if not left:
        raise already_answered()
    today = local_day(clock.now())
    offered = [each.occasion for each in left if each.offered_on <= today]
    if not offered:
        raise not_offered_yet()
    return survey, offered[0]


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
    """Store a person's answers. `answers`: as for `score_answers`.

    Raises Refusal, with nothing stored, if they do not take part or have answered, it is not
    offered to them yet, the pilot expects no answers, there is no such questionnaire or occasion,
    or an answer is invalid.
    """
    survey, _ = await open_survey(
        pilot_id, survey_id, occasion, person, trials=trials, surveys=surveys, clock=clock
    )
    found = score_answers(survey, occasion, answers)
    pseudonyms = await _pseudonyms_of(pilot_id, person, trials)
    await surveys.answer(pilot_id, pseudonyms, survey_id, occasion, found, clock.now())


async def _pseudonyms_of(pilot_id: str, person: Person, trials: Trials) -> Sequence[bytes]:
    """The person's pseudonyms, 32 bytes each. Raises Refusal if the pilot expects no answers."""
    trial = await trials.find(pilot_id)
    if trial is None or trial.salt is None or trial.pilot.stage not in ANSWERING_STAGES:
        raise Refusal(
            "gone",
            "Ce pilote n'attend pas de réponse : il n'est pas en cours.",
            rule="survey_closed",
        )
    return [bytes.fromhex(pseudonym_of(trial.salt, each)) for each in person.subjects]
