"""Alerts before departure: travellers told of trouble before they leave. People act on it."""

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

_BOARDS: Final = "/mobilite/v1/stops/{stop_id}/departures"
_OTHERS: Final = "/mobilite/v1/{rest...}"
_INDICATORS: Final = (
    Indicator(
        "alerte-lue",
        "A lu une alerte sur son trajet dans les deux semaines",
        "proportion",
        "use:alert-read",
        "up",
        "primary",
        baseline=0.35,
        target=0.6,
        window_days=14,
    ),
    Indicator(
        "facilite",
        "Facilité d'usage (SUS)",
        "score",
        f"survey:{SURVEY}:sus",
        "up",
        "secondary",
        window_days=14,
    ),
    Indicator(
        "fidelite",
        "Est revenu consulter un tableau dans les deux semaines",
        "retention",
        "return:board-watched",
        "up",
        "secondary",
        window_days=14,
    ),
    Indicator(
        "tableaux",
        "Tableaux consultés en deux semaines",
        "mean",
        "use:board-watched",
        "up",
        "guardrail",
        bound=-3.0,
        window_days=14,
    ),
)


def _protocol(opening: datetime) -> Protocol:
    return Protocol(
        version=1,
        arms=(
            Arm("habituel", "Les tableaux et les alertes, comme aujourd'hui", 5000),
            Arm("prevenu", "Une alerte avant le départ quand le trajet est perturbé", 5000),
        ),
        control="habituel",
        routes=(_BOARDS, _OTHERS),
        eligibility="Toute personne majeure qui prend un transport de la région chaque semaine.",
        planned_per_arm=100,
        indicators=_INDICATORS,
        stopping_rule="Un incident grave, ou la consultation des tableaux qui s'effondre.",
        starts_at=opening,
        ends_at=opening + timedelta(days=180),
        rules=EligibilityRules(
            minimum_age=18, declarations=("Je prends un transport de la région chaque semaine.",)
        ),
    )


def _habits(*, alerts: float, ease: float) -> Habits:
    return Habits(
        uses=(
            Habit("board-watched", _BOARDS, 1.0, 2.0, 9_400, 0.012, 0.0009),
            Habit("alert-read", _OTHERS, alerts, 2.0, 3_100, 0.009, 0.0006),
        ),
        leaving=0.28,
        ease=ease,
    )


ALERTS: Final = Scenario(
    id=PilotId("alertes-avant-depart"),
    told=Told(
        title="Être prévenu avant de partir",
        field="mobilite",
        description=Description(
            summary="Quand un train, un car ou un tram est perturbé, les voyageurs le savent avant "
            "de quitter la maison.",
            owner=OWNER,
            problem="Beaucoup apprennent le retard ou la suppression une fois à l'arrêt.",
            hypothesis="Prévenus avant de partir, davantage de voyageurs lisent l'alerte qui les "
            "concerne.",
            audience="Des voyageurs réguliers de toute la région.",
            taking_part="Avec le code d'une affiche, en gare ou en mairie.",
            ethics="Aucune position n'est suivie ; l'alerte ne dit rien de la personne.",
        ),
        processing=processing(
            purpose="mesurer si une alerte avant le départ est lue et utile",
            people="voyageurs volontaires",
            data=("tableaux et alertes consultés, sous pseudonyme", "réponses au questionnaire"),
            security=PSEUDONYMS,
        ),
    ),
    wording=Wording(
        version="1",
        asked="Utiliser les tableaux de départs comme d'habitude, et répondre à un questionnaire "
        "de douze questions après deux semaines.",
        benefits="Peut-être moins d'attente à l'arrêt. Votre avis pèse sur la suite.",
        risks="Une alerte peut arriver trop tard ou se tromper : le tableau fait foi.",
        storage="en France, chez l'hébergeur de la Région",
    ),
    holder="Nadia Benali, direction des mobilités",
    opinion="Utile, sobre et réversible. Le Cr'Num demande que les résultats nuls soient publiés.",
    trial=98,
    evaluated=None,
    protocol=_protocol,
    crowd=Crowd(a_day=2.3, days=98, withdrawing=0.04, answering=0.5),
    habits={
        "habituel": _habits(alerts=0.38, ease=66),
        "prevenu": _habits(alerts=0.78, ease=73),
    },
    account=False,
    contributions=(
        Contributed(
            12,
            "Très utile pour le car de 7 h. Pourquoi pas les trains de nuit ?",
            "Merci. Leur horaire n'arrive pas encore jusqu'à nous : nous l'avons demandé.",
        ),
        Contributed(
            34,
            "Sans téléphone, comment être prévenu ?",
            "L'essai ne répond pas encore à cela. Il est noté pour la suite : un appel vocal.",
        ),
        Contributed(50, "Et les pistes cyclables, c'est pour quand ?", reason="off_topic"),
        Contributed(96, "Une alerte par trajet suffit, pas une par arrêt."),
    ),
    happenings=(
        Happening(23, "incident", "minor", "Une alerte est arrivée après le départ du car."),
        Happening(41, "accessibility", None, "Le lecteur d'écran lit deux fois le nom de l'arrêt."),
        Happening(67, "incident", "minor", "Des alertes en double un matin, corrigé le jour même."),
    ),
)
