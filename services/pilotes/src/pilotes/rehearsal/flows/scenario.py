"""What is rehearsed of one pilot: its record as its people wrote it, who comes, what happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pilotes.contributions.domain import Reason
from pilotes.record.domain.notice import Wording
from pilotes.record.domain.pilot import PilotId, Processing
from pilotes.record.domain.protocol import Protocol
from pilotes.record.flows.create_pilot import Told
from pilotes.rehearsal.flows.behaviour import Crowd, Habits
from pilotes.results.domain.cost import Cost
from pilotes.safety.domain.incident_reports import ReportKind, Severity
from pilotes.surveys.domain.questionnaire import Question, Survey

OWNER: Final = "Région Centre-Val de Loire, laboratoire d'innovation"
SURVEY: Final = "fin-de-quinzaine"
QUESTIONNAIRE: Final = Survey(
    SURVEY,
    "Après une quinzaine",
    sus=True,
    nps=True,
    questions=(Question("avis", "Une remarque ?", "text"),),
)
"""The one of every pilot here, once somebody has been there for `SURVEY_DAY` days."""
SURVEY_DAY: Final = 12
PLACES: Final = 200
"""On the poster that stays up once the rehearsal is over: who looks at the demonstration may take
part."""


@dataclass(frozen=True, slots=True)
class Happening:
    """What the project's holder reports on that day of the trial; `severity`: of an incident."""

    day: int
    kind: ReportKind
    severity: Severity | None
    said: str


@dataclass(frozen=True, slots=True)
class Contributed:
    """What somebody says on that day of the trial, who need not take part; the holder's `answer`
    two days later, or the `reason` why it is set aside; neither: it still waits."""

    day: int
    said: str
    answer: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One pilot. `trial`: how many days ago its trial opened; `evaluated`: how many days ago it
    ended, None while it goes on; `protocol`: for a trial that opens at that instant; `account`:
    whether people are known by the account they log in with; `cost`: as its holder states it."""

    id: PilotId
    told: Told
    wording: Wording
    holder: str
    opinion: str
    trial: int
    evaluated: int | None
    protocol: Callable[[datetime], Protocol]
    crowd: Crowd
    habits: Mapping[str, Habits]
    account: bool
    happenings: tuple[Happening, ...] = ()
    contributions: tuple[Contributed, ...] = ()
    cost: Cost | None = None


def processing(*, purpose: str, people: str, data: tuple[str, ...], security: str) -> Processing:
    """Their line in the register: much of it is the same for every pilot of the region."""
    return Processing(
        controller="Région Centre-Val de Loire",
        contact="dpo@centre-valdeloire.exemple",
        purposes=(purpose,),
        legal_basis="consentement (RGPD, art. 6 §1 a)",
        people=(people,),
        data=data,
        recipients=("l'équipe du pilote", "le Cr'Num"),
        retention_days=180,
        security=security,
    )


PSEUDONYMS: Final = "pseudonymes propres au pilote, clé détruite à sa clôture"
