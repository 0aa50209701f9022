"""The questionnaires that participants have not answered, which reminders are about."""

from typing import Final

UNANSWERED: Final = """
SELECT consent.pilot_id, consent.pseudonym, lapsed_at, opens
FROM consent JOIN survey USING (pilot_id)
CROSS JOIN LATERAL jsonb_array_elements_text(survey.content -> 'occasions')
    WITH ORDINALITY AS o (occasion, nth)
CROSS JOIN LATERAL (SELECT (given_at AT TIME ZONE 'Europe/Paris')::date
    + coalesce((survey.content -> 'after_days' ->> (nth - 1)::integer)::integer, 0) AS opens) AS w
WHERE withdrawn_at IS NULL
    AND NOT EXISTS (SELECT FROM survey_answer JOIN cohort USING (participant)
        WHERE cohort.pilot_id = consent.pilot_id AND cohort.pseudonym = consent.pseudonym
            AND survey_answer.survey_id = survey.survey_id AND survey_answer.occasion = o.occasion)
"""
"""A query: by participant who did not withdraw, the days on which their unanswered questionnaires
open, those of `Survey.offered_on`. `lapsed_at`: of the consent that the day follows from."""
