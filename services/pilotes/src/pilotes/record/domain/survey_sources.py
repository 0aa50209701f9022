"""Whether the questionnaires of a pilot give the scores that its indicators read."""

from collections.abc import Mapping

from pilotes.record.domain.protocol import Indicator, Protocol

SurveyScores = Mapping[str, Mapping[str, int]]
"""By questionnaire, the scores that it gives, each with its lowest value."""


def survey_mistakes(protocol: Protocol, surveys: SurveyScores) -> tuple[str, ...]:
    """Why answers cannot be measured, in French: one sentence for each indicator concerned."""
    checked = ((each.label, _mistake(each, surveys)) for each in protocol.indicators)
    return tuple(f"« {label} » : {mistake}" for label, mistake in checked if mistake)


def _mistake(each: Indicator, surveys: SurveyScores) -> str | None:
    source, _, name = each.source.partition(":")
    survey, _, score = name.partition(":")
    if source != "survey":
        return None
    if survey not in surveys:
        return f"le questionnaire {survey} n'est pas écrit"
    if score not in surveys[survey]:
        return f"le questionnaire {survey} ne donne pas la note {score}"
    lowest = surveys[survey][score]
    if each.kind == "proportion" and each.at_least is None and lowest > 0:
        return f"toute réponse à {score} compterait, son échelle commence au-dessus de 0"
    if each.at_least is not None and each.at_least <= lowest:
        return f"toute réponse à {score} compterait, son échelle commence à {lowest}"
    return None
