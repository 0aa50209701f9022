"""What the Cr'Num judges, as the fields of the forms in which it was written, and what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pilotes.lab.api.form_fields import ActionForm, FormField
from pilotes.lab.api.protocol_form import protocol_fields
from pilotes.lab.api.protocol_values import DESIGN, design_values, protocol_values
from pilotes.lab.api.record_form import RECORD, record_values
from pilotes.lab.domain.merges import Difference, merge
from pilotes.record.api.design_models import DesignBody
from pilotes.record.domain.draws.designs import BY_PERSON
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.survey_sources import SurveyScores
from pilotes.record.flows.opinion_requests import OpinionRequest

_DRAWN: Final = f"{DESIGN}kind"
_DEFAULTS: Final = design_values(DesignBody())


@dataclass(frozen=True, slots=True)
class JudgedForm:
    """The record and the protocol that are judged."""

    form: ActionForm
    """All fields, numbered as in `differences`."""
    differences: Sequence[Difference]
    """What changed since the protocol that they follow: `opened` before, `typed` now. Empty
    without one."""

    @property
    def contents(self) -> ActionForm:
        """What is read: without the settings of places where each person is drawn."""
        if self.form.values.get(_DRAWN) not in BY_PERSON:
            return self.form
        unset = {name: value for name, value in _DEFAULTS.items() if name != _DRAWN}
        fields = [e for e in self.form.fields if unset.get(e.name) != e.value]
        return ActionForm(fields, 0)


def judged_form(request: OpinionRequest, surveys: SurveyScores) -> JudgedForm:
    """What is judged. `surveys`: the scores that can be measured."""
    values = _values(request.pilot, request.protocol)
    differences: Sequence[Difference] = ()
    if request.before is not None:
        entry = request.processing_before or request.pilot.processing
        before = _values(replace(request.pilot, processing=entry), request.before)
        found = merge(before, values, before)
        # Numbered as its differences are.
        values, differences = {**found.values}, found.own
    form = ActionForm(_fields(values, surveys), 0)
    hidden = {each.name for each in form.fields if each.type == "hidden"}
    return JudgedForm(form, [each for each in differences if each.name not in hidden])


def _values(pilot: Pilot, protocol: Protocol) -> dict[str, str]:
    return record_values(pilot) | protocol_values(protocol)


def _fields(values: Mapping[str, str], surveys: SurveyScores) -> Sequence[FormField]:
    record = [replace(each, value=values.get(each.name, "")) for each in RECORD]
    return [*record, *protocol_fields(values, surveys)]
