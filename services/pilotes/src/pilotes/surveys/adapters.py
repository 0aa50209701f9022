"""Questionnaires and answers in PostgreSQL. Answers are facts, and are erased together with the
other facts of a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from pilotes.record.adapters.advisory_locks import lock_exclusively
from pilotes.surveys.domain.questionnaire import (
    PendingSurvey,
    Question,
    ScoredAnswers,
    Survey,
    already_answered,
    survey_in_use,
)
from pilotes.surveys.ports import StoredSurvey
from pilotes.usage.adapters.fact_locks import SHARED_FACT_LOCK
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable, transaction

_WRITE: Final = """
INSERT INTO survey (pilot_id, survey_id, content, written_at, written_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (pilot_id, survey_id) DO UPDATE
    SET content = excluded.content, written_at = excluded.written_at,
        written_by = excluded.written_by, revision = survey.revision + 1
"""
# FOR SHARE waits for a change of the pilot that is being decided, and the next one waits for it.
_PILOT: Final = "SELECT revision FROM pilot WHERE pilot_id = $1 FOR SHARE"
_FIND: Final = """
SELECT content, revision, EXISTS (SELECT FROM survey_answer WHERE survey_answer.pilot_id = $1
    AND survey_answer.survey_id = $2) AS answered
FROM survey WHERE pilot_id = $1 AND survey_id = $2
"""
_TAKES_PART: Final = """
SELECT pseudonym, given_at FROM consent
WHERE pilot_id = $1 AND pseudonym = ANY($2) AND withdrawn_at IS NULL AND lapsed_at IS NULL
ORDER BY array_position($2, pseudonym) LIMIT 1
"""
_PENDING: Final = """
SELECT content, occasion
FROM survey, jsonb_array_elements_text(content -> 'occasions') WITH ORDINALITY AS o (occasion, nth)
WHERE pilot_id = $1 AND NOT EXISTS (
    SELECT FROM survey_answer JOIN cohort USING (participant)
    WHERE cohort.pilot_id = $1 AND cohort.pseudonym = $2
        AND survey_answer.survey_id = survey.survey_id AND survey_answer.occasion = o.occasion)
ORDER BY survey_id, nth
"""
_ADD_PARTICIPANT: Final = """
INSERT INTO cohort (pilot_id, pseudonym) VALUES ($1, $2) ON CONFLICT DO NOTHING
"""
_ANSWER: Final = """
INSERT INTO survey_answer (participant, pilot_id, survey_id, occasion, answered_at, scores, texts)
SELECT participant, $1, $3, $4, $5, $6, $7 FROM cohort WHERE pilot_id = $1 AND pseudonym = $2
ON CONFLICT DO NOTHING RETURNING true
"""
# The order depends on the texts alone, so that it does not reveal their authors.
_TEXTS: Final = """
SELECT question, said FROM survey_answer, jsonb_each_text(texts) AS answer (question, said)
WHERE pilot_id = $1 AND survey_id = $2 ORDER BY question, md5(said)
"""


class PostgresSurveys:
    """Implements `Surveys`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(
        self,
        pilot_id: str,
        survey: Survey,
        *,
        at: datetime,
        by: str,
        revision: int | None,
        pilot_revision: int | None,
    ) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                # Before the other lock: whoever changes a pilot can wait for those who answer.
                current = await connection.fetchval(_PILOT, pilot_id)
                if pilot_revision not in (None, current):
                    raise _pilot_changed()
                await lock_exclusively(connection, f"survey {pilot_id}:{survey.id}")
                stored = await connection.fetchrow(_FIND, pilot_id, survey.id)
                if stored is not None and stored["answered"]:
                    raise survey_in_use()
                if revision is not None and revision != (stored["revision"] if stored else 0):
                    raise _written_meanwhile(survey, revision)
                await connection.execute(_WRITE, pilot_id, survey.id, asdict(survey), at, by)

    async def find(self, pilot_id: str, survey_id: str) -> StoredSurvey | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND, pilot_id, survey_id)
        if row is None:
            return None
        return StoredSurvey(_survey(row["content"]), row["revision"], row["answered"])

    async def list_of(self, pilot_id: str) -> Sequence[Survey]:
        with reachable():
            rows = await self._pool.fetch(
                "SELECT content FROM survey WHERE pilot_id = $1 ORDER BY survey_id", pilot_id
            )
        return [_survey(row["content"]) for row in rows]

    async def pending(self, pilot_id: str, pseudonyms: Sequence[bytes]) -> Sequence[PendingSurvey]:
        with reachable():
            async with self._pool.acquire() as connection:
                pseudonym, consent = await _who_answers(connection, pilot_id, pseudonyms)
                rows = await connection.fetch(_PENDING, pilot_id, pseudonym)
        found = [(_survey(row["content"]), row["occasion"]) for row in rows]
        return [
            PendingSurvey(survey, occasion, survey.offered_on(occasion, consent))
            for survey, occasion in found
        ]

    async def answer(
        self,
        pilot_id: str,
        pseudonyms: Sequence[bytes],
        survey_id: str,
        occasion: str,
        answered: ScoredAnswers,
        at: datetime,
    ) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(SHARED_FACT_LOCK)
                await lock_exclusively(connection, f"survey {pilot_id}:{survey_id}")
                await _save_answer(
                    connection, pilot_id, pseudonyms, survey_id, occasion, answered, at
                )

    async def texts(self, pilot_id: str, survey_id: str) -> Sequence[tuple[str, str]]:
        with reachable():
            rows = await self._pool.fetch(_TEXTS, pilot_id, survey_id)
        return [(row["question"], row["said"]) for row in rows]


async def _who_answers(
    connection: Connection, pilot_id: str, pseudonyms: Sequence[bytes]
) -> tuple[bytes, datetime]:
    """The first of the person's pseudonyms with an active consent, and when it was given. Raises
    Refusal without one."""
    found = await connection.fetchrow(_TAKES_PART, pilot_id, pseudonyms)
    if found is None:
        raise Refusal(
            "forbidden",
            "Seules les personnes qui participent à ce pilote peuvent y répondre.",
            rule="survey_of_participants",
        )
    return found["pseudonym"], found["given_at"]


async def _save_answer(
    connection: Connection,
    pilot_id: str,
    pseudonyms: Sequence[bytes],
    survey_id: str,
    occasion: str,
    answered: ScoredAnswers,
    at: datetime,
) -> None:
    pseudonym, _ = await _who_answers(connection, pilot_id, pseudonyms)
    await connection.execute(_ADD_PARTICIPANT, pilot_id, pseudonym)
    inserted = await connection.fetchval(
        _ANSWER,
        pilot_id,
        pseudonym,
        survey_id,
        occasion,
        at,
        dict(answered.scores),
        dict(answered.texts),
    )
    if not inserted:
        raise already_answered()


def _pilot_changed() -> Refusal:
    return Refusal(
        "conflict",
        "Ce pilote vient de changer pendant que vous écriviez : rien n'a été enregistré."
        " Relisez-le, puis recommencez.",
        rule="pilot_changed",
    )


def _written_meanwhile(survey: Survey, revision: int) -> Refusal:
    """The refusal of a questionnaire that somebody else has written since it was read."""
    if revision == 0:
        return Refusal(
            "conflict",
            f"Un questionnaire de ce pilote s'appelle déjà {survey.id} : choisissez un autre nom.",
            rule="survey_taken",
        )
    return Refusal(
        "conflict",
        "Quelqu'un d'autre a modifié ce questionnaire : rien n'a été écrasé. Relisez-le, puis"
        " recommencez.",
        rule="stale",
    )


def _survey(content: Any) -> Survey:
    questions = tuple(Question(**each) for each in content["questions"])
    # A questionnaire that was written before the delays has none.
    days = tuple(content.get("after_days", ()))
    occasions = tuple(content["occasions"])
    return Survey(**content | {"questions": questions, "occasions": occasions, "after_days": days})
