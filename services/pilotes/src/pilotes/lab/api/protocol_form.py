"""The fields of a protocol: who, the groups, what is measured, how many, what is drawn, looks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, get_args, get_origin

from pilotes.lab.api.form_fields import FormField
from pilotes.lab.api.form_values import number_text, read_lines
from pilotes.lab.api.protocol_values import DESIGN, LISTS, NUMBERS, design_values
from pilotes.lab.domain.blocks import Values, blocks_of, numbered, with_blocks, with_one_more
from pilotes.lab.domain.route_names import ROUTE_NAMES
from pilotes.record.api.design_models import DesignBody
from pilotes.record.api.protocol_models import ProtocolBody
from pilotes.record.domain.coverable_routes import COVERABLE
from pilotes.record.domain.protocol import MOST_REMINDERS, Direction, IndicatorRole, IndicatorType
from pilotes.record.domain.survey_sources import SurveyScores
from pilotes.record.domain.usage_facts import FACTS, UNSENT

NEW_ARM: Final = {"weight": "50"}
NEW_INDICATOR: Final = {"kind": "proportion", "direction": "up", "window_days": "28"}
_WHO: Final = (
    FormField("starts_at", "date", group="who"),
    FormField("ends_at", "date", group="who"),
    FormField("eligibility", required=False, most=4_000, group="who"),
    *(
        FormField(
            name,
            required=False,
            group="who",
            french_label=ProtocolBody.model_fields[name].description or name,
        )
        for name in LISTS
    ),
    FormField("minimum_age", "number", required=False, least=0, most=120, group="who"),
    FormField("account_required", "checks", required=False, choices=("yes",), group="who"),
    FormField(
        "reminders_at_most", "number", required=False, least=0, most=MOST_REMINDERS, group="who"
    ),
    FormField("declarations", required=False, group="who", detail=True),
)
_HOW_MANY: Final = (
    FormField("planned_per_arm", "number", least=2, most=1_000_000, group="size"),
    FormField("looks", "line", required=False, group="size", detail=True),
    *(
        FormField(
            name,
            "decimal",
            required=False,
            group="size",
            detail=True,
            french_label=ProtocolBody.model_fields[name].description or name,
        )
        for name in NUMBERS
        if name not in {each.name for each in _WHO}
    ),
)
_END: Final = (FormField("stopping_rule", most=4_000, group="end"),)


def protocol_fields(values: Values, surveys: SurveyScores) -> Sequence[FormField]:
    """The fields of the form with those values. `surveys`: the scores that can be measured."""
    arms, indicators = blocks_of(values, "arm"), blocks_of(values, "indicator")
    numbers = range(1, max(1, numbered(values, "arm")) + 1)
    measured = range(1, max(1, numbered(values, "indicator")) + 1)
    facts = _facts(surveys, indicators)
    fields = [
        *_WHO,
        *(field for number in numbers for field in _arm(number)),
        FormField(
            "control",
            "choice",
            choices=[str(number) for number in numbers],
            labels={
                str(number): f"{number} : {arm.get('label') or '…'}"
                for number, arm in enumerate(arms, start=1)
            },
            group="control",
        ),
        _routes(values),
        *(field for number in measured for field in _indicator(number, facts)),
        *_HOW_MANY,
        *_drawing(),
        *_END,
    ]
    return [
        each if each.value else replace(each, value=values.get(each.name, "")) for each in fields
    ]


def new_protocol() -> dict[str, str]:
    """The values of a form in which nothing is written yet."""
    return with_blocks(
        {"control": "1"}
        | {name: number_text(ProtocolBody.model_fields[name].default) for name in NUMBERS}
        | design_values(DesignBody()),
        {
            "arm": [{"label": "Le service habituel"} | NEW_ARM, NEW_ARM],
            "indicator": [NEW_INDICATOR | {"role": "primary"}],
        },
    )


def with_new_arm(values: Values) -> dict[str, str]:
    """The values with one group more, if there can be."""
    return with_one_more(values, "arm", NEW_ARM)


def with_new_indicator(values: Values) -> dict[str, str]:
    """The values with one indicator more, if there can be."""
    return with_one_more(values, "indicator", NEW_INDICATOR | {"role": "secondary"})


def _facts(surveys: SurveyScores, indicators: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    """What an indicator can measure, with its name in French: facts, and the scores of
    questionnaires, also of one that is not written yet."""
    found = {
        fact: label + (" (pas encore mesuré)" if fact in UNSENT else "")
        for fact, label in FACTS.items()
    }
    scores = [f"survey:{survey}:{score}" for survey, each in surveys.items() for score in each]
    typed = [each.get("fact", "") for each in indicators]
    for source in dict.fromkeys((*scores, *typed)):
        if source and source not in found:
            _, _, name = source.partition(":")
            found[source] = f"questionnaire {name.replace(':', ', ')}"
    return found


def _routes(values: Values) -> FormField:
    """The pages and services that a pilot can cover, in one order, and others that were typed."""
    typed = read_lines(values.get("routes", ""))
    choices = list(dict.fromkeys((*COVERABLE, *typed)))
    return FormField(
        "routes",
        "checks",
        choices=choices,
        labels={each: ROUTE_NAMES.get(each, "") for each in choices},
        value="\n".join(sorted(typed, key=choices.index)),
        group="routes",
    )


def _arm(number: int) -> Sequence[FormField]:
    group = f"arm_{number}"
    return (
        FormField(f"{group}_label", "line", most=200, group=group),
        FormField(f"{group}_weight", "decimal", group=group),
        FormField(f"{group}_name", "hidden", required=False, group=group),
        FormField(f"{group}_remove", "checks", required=False, choices=("yes",), group=group),
    )


def _indicator(number: int, facts: Mapping[str, str]) -> Sequence[FormField]:
    group = f"indicator_{number}"

    def field(name: str, field_type: Any, **given: Any) -> FormField:
        return FormField(f"{group}_{name}", field_type, group=group, **given)

    def number_field(name: str, **given: Any) -> FormField:
        return field(name, "decimal", required=False, **given)

    return (
        field("label", "line", most=200),
        field("fact", "choice", choices=["", *facts], labels=facts),
        field("kind", "choice", choices=get_args(IndicatorType)),
        field("direction", "choice", choices=get_args(Direction)),
        field("role", "choice", choices=get_args(IndicatorRole)),
        number_field("baseline"),
        number_field("target"),
        number_field("bound"),
        field("window_days", "number", most=365),
        field("before_days", "number", required=False, least=0, most=365, detail=True),
        number_field("cap", detail=True),
        number_field("at_least", detail=True),
        field("denominator", "choice", required=False, choices=FACTS, labels=FACTS, detail=True),
        number_field("expected_response", detail=True),
        field("id", "hidden", required=False),
        field("remove", "checks", required=False, choices=("yes",)),
    )


def _drawing() -> Sequence[FormField]:
    """The fields of what is drawn, from the model: a new one is displayed without further work."""
    found = []
    for name, default in DesignBody().model_dump().items():
        model = DesignBody.model_fields[name]
        known: dict[str, Any] = {
            "group": "drawing",
            "required": False,
            "french_label": model.description or name,
        }
        if get_origin(model.annotation) is Literal:
            known |= {"required": True, "choices": get_args(model.annotation)}
            found.append(FormField(DESIGN + name, "choice", **known))
        elif isinstance(default, tuple):
            found.append(FormField(DESIGN + name, most=100_000, **known))
        elif isinstance(default, str):
            found.append(FormField(DESIGN + name, "line", most=200, **known))
        elif isinstance(default, int | float):
            found.append(FormField(DESIGN + name, "decimal", **known))
    return found
