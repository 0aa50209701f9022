"""The questionnaires of a pilot: written, and changed until somebody has answered them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from fastapi import Response

from pilotes.lab.api.access import pilot_page
from pilotes.lab.api.action_forms import (
    Action,
    ActionTarget,
    LabPages,
    LongForm,
    Prepare,
    Review,
)
from pilotes.lab.api.form_fields import ActionForm
from pilotes.lab.api.form_values import name_for
from pilotes.lab.api.survey_form import (
    NEW_SURVEY,
    NamedSurveyDraft,
    survey_content,
    survey_fields,
    survey_values,
    with_new_question,
)
from pilotes.lab.domain.blocks import Values
from pilotes.lab.flows.lab_desk import LabDesk
from pilotes.surveys.domain.questionnaire import Survey, survey_in_use
from pilotes.surveys.flows import require_before_the_end, write_survey
from socle.errors import Refusal


async def _prepare_new(target: ActionTarget, lab: LabDesk) -> ActionForm:
    require_before_the_end(target.pilot)
    own = f"{pilot_page(target.pilot.id)}/questionnaire"
    form = ActionForm(
        (),
        0,
        expand=lambda values: survey_fields(values, new=True),
        listed=[
            (f"{each.title} ({each.id})", f"{own}/{each.id}")
            for each in await lab.surveys.list_of(target.pilot.id)
        ],
    )
    return form.filled(NEW_SURVEY)


async def _prepare(target: ActionTarget, lab: LabDesk) -> ActionForm:
    require_before_the_end(target.pilot)
    known = [each.id for each in await lab.surveys.list_of(target.pilot.id)]
    found = (
        await lab.surveys.find(target.pilot.id, target.detail) if target.detail in known else None
    )
    if found is None:
        raise Refusal("not_found", "Ce questionnaire n'existe pas.", rule="lab_page_unknown")
    if found.answered:
        raise survey_in_use()
    form = ActionForm(
        (),
        found.revision,
        expand=lambda values: survey_fields(values, new=False),
        lines=(f"{found.survey.title} ({found.survey.id})",),
    )
    return form.filled(survey_values(found.survey))


async def _new_survey(target: ActionTarget, fields: Values, lab: LabDesk) -> Survey:
    """What was typed. Without a name, it has one made of its title."""
    title = fields.get("title", "")
    name = fields.get("id", "").strip() or name_for(title, start="questionnaire", taken=())
    draft = NamedSurveyDraft.model_validate({**survey_content(fields), "id": name})
    return draft.survey(draft.id)


async def _changed_survey(target: ActionTarget, fields: Values, lab: LabDesk) -> Survey:
    draft = NamedSurveyDraft.model_validate({**survey_content(fields), "id": target.detail})
    return draft.survey(draft.id)


_Read = Callable[[ActionTarget, Values, LabDesk], Awaitable[Survey]]


def _action(prepare: Prepare, read: _Read) -> Action:
    """The action that stores what `read` finds in the fields."""

    async def run(
        target: ActionTarget, fields: Values, revision: int, given: LabPages
    ) -> Response | None:
        await write_survey(
            target.pilot.id,
            target.caller,
            await read(target, fields, given.lab),
            desk=given.lab.record,
            surveys=given.lab.surveys,
            revision=revision,
        )
        return None

    async def review(target: ActionTarget, fields: Values, given: LabPages) -> Sequence[Review]:
        survey = await read(target, fields, given.lab)
        survey.check()
        in_trial = [Review("survey_in_trial")] if target.pilot.published else []
        return [*in_trial, Review("survey", survey=survey)]

    return Action(prepare, run, LongForm({"add_question": with_new_question}, review))


SURVEY_ACTIONS: Final[Mapping[str, Action]] = {
    "questionnaires": _action(_prepare_new, _new_survey),
    "questionnaire": _action(_prepare, _changed_survey),
}
"""By their names in addresses."""
