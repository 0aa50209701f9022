"""A liaison notebook shared at home. Few families, a small effect: nobody can tell."""

from datetime import datetime, timedelta
from typing import Final

from pilotes.record.domain.notice import Wording
from pilotes.record.domain.pilot import Description, PilotId
from pilotes.record.domain.protocol import Arm, EligibilityRules, Indicator, Protocol
from pilotes.record.flows.create_pilot import Told
from pilotes.rehearsal.flows.behaviour import Crowd, Habit, Habits
from pilotes.rehearsal.flows.scenario import (
    OWNER,
    PSEUDONYMS,
    SURVEY,
    Contributed,
    Happening,
    Scenario,
    processing,
)
from pilotes.results.domain.cost import Cost

_CARE: Final = "/fhir/{rest...}"
_INDICATORS: Final = (
    Indicator(
        "ecriture",
        "A écrit dans le cahier dans le mois",
        "proportion",
        "use:notebook-written",
        "up",
        "primary",
        baseline=0.5,
        target=0.65,
        window_days=28,
    ),
    Indicator(
        "facilite",
        "Facilité d'usage (SUS)",
        "score",
        f"survey:{SURVEY}:sus",
        "up",
        "secondary",
        window_days=28,
    ),
    Indicator(
        "lecture",
        "Lectures du cahier dans le mois",
        "mean",
        "use:notebook-opened",
        "up",
        "guardrail",
        bound=-6.0,
        window_days=28,
    ),
)


def _protocol(opening: datetime) -> Protocol:
    return Protocol(
        version=1,
        arms=(
            Arm("individuel", "Le cahier de chaque intervenant, comme aujourd'hui", 5000),
            Arm("partage", "Un seul cahier, partagé avec la famille et les intervenants", 5000),
        ),
        control="individuel",
        routes=(_CARE,),
        eligibility="Les aidants de personnes suivies à domicile par deux intervenants ou plus.",
        planned_per_arm=50,
        indicators=_INDICATORS,
        stopping_rule="Un incident grave, ou des lectures qui s'effondrent.",
        starts_at=opening,
        ends_at=opening + timedelta(days=84),
        rules=EligibilityRules(
            minimum_age=18,
            account_required=True,
            declarations=("J'aide une personne suivie à domicile.",),
        ),
    )


def _habits(*, writing: float, ease: float) -> Habits:
    return Habits(
        uses=(
            Habit("notebook-opened", _CARE, 1.0, 2.0, 5_200, 0.021, 0.0031),
            Habit("notebook-written", _CARE, writing, 1.0, 1_400, 0.034, 0.0052),
        ),
        leaving=0.25,
        ease=ease,
    )


NOTEBOOK: Final = Scenario(
    id=PilotId("cahier-de-liaison"),
    told=Told(
        title="Le cahier de liaison partagé à domicile",
        field="esante",
        description=Description(
            summary="La famille, l'aide à domicile et l'infirmière écrivent dans un même cahier.",
            owner=OWNER,
            problem="Chacun tient son cahier : une information importante se perd entre deux "
            "passages.",
            hypothesis="Avec un cahier partagé, davantage d'aidants écrivent ce qu'ils ont vu.",
            audience="Des aidants et leurs proches suivis à domicile, dans l'Indre et le Cher.",
            taking_part="Par un code remis par l'infirmière ou le service d'aide à domicile.",
            ethics="On compte qu'un cahier est ouvert ou écrit, jamais ce qu'il contient.",
        ),
        processing=processing(
            purpose="mesurer si un cahier partagé est davantage tenu",
            people="aidants volontaires",
            data=("ouvertures et écritures du cahier, sous pseudonyme, sans leur contenu",),
            security=PSEUDONYMS + " ; hébergement de données de santé certifié",
        ),
    ),
    wording=Wording(
        version="1",
        asked="Tenir le cahier comme vous l'entendez, et répondre à un questionnaire.",
        benefits="Peut-être moins d'appels entre intervenants. Votre avis pèse sur la suite.",
        risks="D'autres intervenants lisent ce que vous écrivez dans le cahier partagé.",
        storage="en France, chez un hébergeur certifié de données de santé",
    ),
    holder="Hélène Roux, service d'aide à domicile du Berry",
    opinion="Favorable, à condition que le contenu du cahier ne soit jamais compté.",
    trial=100,
    evaluated=12,
    protocol=_protocol,
    crowd=Crowd(a_day=2.0, days=48, withdrawing=0.05, answering=0.6),
    habits={
        "individuel": _habits(writing=0.62, ease=64),
        "partage": _habits(writing=0.66, ease=66),
    },
    account=True,
    cost=Cost(
        euros=14_500,
        working_days=38,
        watts_per_core=9,
        note="Chiffres inventés, pour la démonstration.",
    ),
    contributions=(
        Contributed(
            20,
            "Ma mère ne veut pas que tout le monde lise son cahier.",
            "Chacun choisit qui le lit, et peut refuser sans rien perdre : la notice le dit.",
        ),
    ),
    happenings=(
        Happening(30, "accessibility", None, "Le texte du cahier ne s'agrandit pas assez."),
        Happening(52, "incident", "minor", "Une entrée est apparue deux fois, sans perte."),
    ),
)
