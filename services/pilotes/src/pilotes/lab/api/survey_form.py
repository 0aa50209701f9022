"""A questionnaire as the values of its form, and back."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, get_args

from pilotes.http.api.text_fields import Name
from pilotes.lab.api.form_fields import FieldType, FormField
from pilotes.lab.api.form_values import name_for, read_lines, read_number
from pilotes.lab.domain.blocks import Values, blocks_of, numbered, with_blocks, with_one_more
from pilotes.surveys.api.questionnaires import SurveyDraft
from pilotes.surveys.domain.questionnaire import ONCE, QuestionType, Survey

_NEW_QUESTION: Final = {"kind": "scale", "low": "1", "high": "5"}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,47}")
# "J-28" is a day before: it is refused.
_DAY: Final = re.compile(r"(?:j[\s+]*|jour[\s+-]*)?([0-9]+)\s*(?:jours?|j)?", re.IGNORECASE)
NEW_SURVEY: Final = with_blocks({}, {"question": [_NEW_QUESTION]})
"""The values of a form in which nothing is written yet."""


class NamedSurveyDraft(SurveyDraft):
    """A questionnaire to create."""

    id: Name


def survey_fields(values: Values, *, new: bool) -> Sequence[FormField]:
    """The fields of the form with those values. `new`: whether its name is chosen too."""
    fields = [
        FormField("title", "line", most=200),
        *((FormField("id", "line", required=False, most=48),) if new else ()),
        FormField("sus", "checks", required=False, choices=("yes",)),
        FormField("nps", "checks", required=False, choices=("yes",)),
        FormField("occasions", required=False, most=1_000),
        *(
            field
            for number in range(1, max(1, numbered(values, "question")) + 1)
            for field in _question(number, values)
        ),
    ]
    return [replace(each, value=values.get(each.name, "")) for each in fields]


def _question(number: int, values: Values) -> Sequence[FormField]:
    group = f"question_{number}"
    # A questionnaire can consist of the SUS alone: the first question can be empty.
    written = number > 1 or bool(values.get(f"{group}_id"))

    def field(name: str, field_type: FieldType, *, required: bool, **given: Any) -> FormField:
        return FormField(f"{group}_{name}", field_type, required, group=group, **given)

    return (
        field("label", "line", required=written, most=200),
        field("kind", "choice", required=True, choices=get_args(QuestionType)),
        field("low", "number", required=False, least=0, most=100),
        field("high", "number", required=False, least=0, most=100),
        field("id", "hidden", required=False),
        field("remove", "checks", required=False, choices=("yes",)),
    )


def with_new_question(values: Values) -> dict[str, str]:
    """The values with one question more, if there can be."""
    return with_one_more(values, "question", _NEW_QUESTION)


def survey_values(survey: Survey) -> dict[str, str]:
    """The values of the form of a questionnaire."""
    questions = [
        {
            "id": each.id,
            "label": each.text,
            "kind": each.kind,
            "low": str(each.low),
            "high": str(each.high),
        }
        for each in survey.questions
    ]
    plain = {
        "title": survey.title,
        "sus": "yes" if survey.sus else "",
        "nps": "yes" if survey.nps else "",
        "occasions": _occasions_text(survey),
    }
    return with_blocks(plain, {"question": questions})


def survey_content(values: Values) -> dict[str, Any]:
    """What was typed, as the API takes it."""
    names, days = _occasions(values.get("occasions", ""))
    return {
        "title": values.get("title", ""),
        "sus": bool(values.get("sus")),
        "nps": bool(values.get("nps")),
        "questions": [
            {
                "id": each.get("id", ""),
                "text": each.get("label", ""),
                "kind": each.get("kind", ""),
                **_bounds(each),
            }
            for each in blocks_of(values, "question")
        ],
        "occasions": names,
        "after_days": days if any(days) else [],
    }


def _bounds(block: Values) -> dict[str, str]:
    """The bounds that were typed, by name: the others have their defaults."""
    typed = {name: read_number(block.get(name, "")) for name in ("low", "high")}
    return {name: value for name, value in typed.items() if value is not None}


def _occasions_text(survey: Survey) -> str:
    """One occasion a line, `name : days`; empty for one that is offered at once."""
    # A name such as "j28" alone would be read as a day.
    at_once = "0" if any(_DAY.fullmatch(each) for each in survey.occasions) else ""
    days = [str(each) for each in survey.after_days] or [at_once] * len(survey.occasions)
    if survey.occasions == (ONCE,):
        return days[0]
    pairs = zip(survey.occasions, days, strict=True)
    return "\n".join(f"{name} : {day}" if day else name for name, day in pairs)


def _occasions(text: str) -> tuple[list[str], list[str]]:
    """The names of the occasions and their days, for a model to validate. A line that is a day
    alone (`28`, `28 jours`, `J+28`) is an occasion after so many days. Another one with a number
    that is no name is given as a day, which the model refuses."""
    lines = read_lines(text)
    names, days = list[str](), list[str]()
    for line in lines:
        name, separator, after = (each.strip() for each in line.replace("=", ":").partition(":"))
        day = after if separator else name
        if found := _DAY.fullmatch(day):
            day = found[1]
            if not separator:
                name = ONCE if len(lines) == 1 else f"jour-{day}"
        elif not separator and (_NAME.fullmatch(name) or not re.search("[0-9]", name)):
            day = ""
        names.append(name if _NAME.fullmatch(name) else name_for(name, start="jour", taken=()))
        days.append(day)
    return names or [ONCE], days
