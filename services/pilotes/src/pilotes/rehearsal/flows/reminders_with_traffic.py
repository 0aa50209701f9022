"""Appointment reminders that know the traffic. They tire people, who read them less: paused."""

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
    Happening,
    Scenario,
    processing,
)

_CARE: Final = "/fhir/{rest...}"
_TRAVEL: Final = "/mobilite/v1/{rest...}"
_INDICATORS: Final = (
    Indicator(
        "trajet",
        "A préparé son trajet dans les deux semaines",
        "proportion",
        "use:journey-planned",
        "up",
        "primary",
        baseline=0.4,
        target=0.62,
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
        "rappel-lu",
        "A lu un rappel dans la semaine",
        "proportion",
        "use:reminder-read",
        "up",
        "guardrail",
        bound=-0.1,
        window_days=7,
    ),
)


def _protocol(opening: datetime) -> Protocol:
    return Protocol(
        version=1,
        arms=(
            Arm("simple", "Un rappel la veille, comme aujourd'hui", 5000),
            Arm("trafic", "Des rappels qui suivent le trafic jusqu'au départ", 5000),
        ),
        control="simple",
        routes=(_CARE, _TRAVEL),
        eligibility="Les patients qui vont à leurs rendez-vous en transport en commun.",
        planned_per_arm=150,
        indicators=_INDICATORS,
        stopping_rule="Un incident grave, ou des rappels qu'on ne lit plus.",
        starts_at=opening,
        ends_at=opening + timedelta(days=150),
        rules=EligibilityRules(
            minimum_age=18,
            account_required=True,
            declarations=("Je vais à mes rendez-vous en transport en commun.",),
        ),
    )


def _habits(*, reading: float, planning: float, ease: float, leaving: float) -> Habits:
    return Habits(
        uses=(
            Habit("appointment-shared", _CARE, 1.0, 0.3, 900, 0.018, 0.0034),
            Habit("reminder-read", _CARE, reading, 3.0, 700, 0.011, 0.0019),
            Habit("journey-planned", _TRAVEL, planning, 1.5, 6_800, 0.027, 0.0088),
        ),
        leaving=leaving,
        ease=ease,
    )


REMINDERS: Final = Scenario(
    id=PilotId("rappels-trafic"),
    told=Told(
        title="Des rappels de rendez-vous qui connaissent le trafic",
        field="both",
        description=Description(
            summary="Le rappel d'un rendez-vous dit aussi quand partir, et change si le trafic "
            "change.",
            owner=OWNER,
            problem="Des rendez-vous sont manqués parce qu'un train l'est.",
            hypothesis="Avec un rappel qui suit le trafic, davantage de patients préparent leur "
            "trajet.",
            audience="Des patients des hôpitaux d'Orléans, de Tours et de Bourges.",
            taking_part="Par un code remis à la prise de rendez-vous.",
            ethics="Le rappel sait le lieu et l'heure, jamais le motif ; le patient choisit de les "
            "partager.",
        ),
        processing=processing(
            purpose="mesurer si un rappel qui suit le trafic aide à venir",
            people="patients volontaires",
            data=("rappels lus et trajets préparés, sous pseudonyme", "réponses au questionnaire"),
            security=PSEUDONYMS + " ; hébergement de données de santé certifié",
        ),
    ),
    wording=Wording(
        version="1",
        asked="Partager le lieu et l'heure de vos rendez-vous, et répondre à un questionnaire.",
        benefits="Peut-être moins de rendez-vous manqués. Votre avis pèse sur la suite.",
        risks="Plusieurs rappels le même jour quand le trafic change.",
        storage="en France, chez un hébergeur certifié de données de santé",
    ),
    holder="Paul Lemaire, CHU de Tours",
    opinion="Favorable avec un garde-fou : trop de rappels, et plus personne ne les lit.",
    trial=90,
    evaluated=None,
    protocol=_protocol,
    crowd=Crowd(a_day=3.4, days=90, withdrawing=0.05, answering=0.45),
    habits={
        "simple": _habits(reading=0.92, planning=0.45, ease=68, leaving=0.25),
        "trafic": _habits(reading=0.5, planning=0.52, ease=55, leaving=0.3),
    },
    account=True,
    happenings=(
        Happening(18, "comment", None, "Quatre rappels en une heure : je ne les ouvre plus."),
        Happening(27, "incident", "minor", "Un rappel est parti après l'heure du rendez-vous."),
    ),
)
