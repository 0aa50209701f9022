"""A scenario: the record of one pilot as its team writes it, its participants, its incidents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pilotes.contributions.domain import Reason
from pilotes.record.domain.notice import NoticeWording
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Arm, EligibilityRules, Indicator, Protocol
from pilotes.record.flows.create_pilot import PilotContent
from pilotes.rehearsal.flows.behaviour import Crowd, Habits
from pilotes.results.domain.cost import Cost
from pilotes.safety.domain.incident_reports import ReportType, Severity
from pilotes.surveys.domain.questionnaire import Question, Survey

SURVEY: Final = "fin-de-quinzaine"
SURVEY_DAY: Final = 15
"""Days from the enrolment of a person to their answers."""
QUESTIONNAIRE: Final = Survey(
    SURVEY,
    "Votre avis sur l'essai",
    sus=True,
    nps=True,
    questions=(Question("avis", "Une remarque ?", "text"),),
    # After two weeks. A day less: the simulated days need not begin at midnight in Paris.
    after_days=(SURVEY_DAY - 1,),
)
"""The questionnaire of every scenario."""
POSTER_USES: Final = 200
"""Uses of the code that remains open after the rehearsal: visitors of the demonstration enrol."""


@dataclass(frozen=True, slots=True)
class ScriptedReport:
    """A report of the project holder."""

    day: int
    """Day of the trial, from 0."""
    kind: ReportType
    text: str
    severity: Severity | None = None
    """Only of an incident."""


@dataclass(frozen=True, slots=True)
class ScriptedContribution:
    """A contribution and its moderation, two days later. It is not moderated if it has neither
    answer nor reason."""

    day: int
    """Day of the trial, from 0."""
    text: str
    answer: str = ""
    """The answer with which it is published."""
    reason: Reason | None = None
    """Why it is set aside."""


@dataclass(frozen=True, slots=True)
class ProtocolScript:
    """A protocol without its dates, which depend on the day of the rehearsal. Fields as in
    `Protocol`."""

    days: int
    """From the opening of the trial to its planned end."""
    arms: tuple[Arm, ...]
    control: str
    routes: tuple[str, ...]
    eligibility: str
    planned_per_arm: int
    stopping_rule: str
    indicators: tuple[Indicator, ...]
    rules: EligibilityRules
    territories: tuple[str, ...] = ()
    reminders_at_most: int = 0

    def opened_at(self, opening: datetime) -> Protocol:
        """The protocol of a trial that opens at that instant."""
        return Protocol(
            version=1,
            arms=self.arms,
            control=self.control,
            routes=self.routes,
            eligibility=self.eligibility,
            planned_per_arm=self.planned_per_arm,
            indicators=self.indicators,
            stopping_rule=self.stopping_rule,
            starts_at=opening,
            ends_at=opening + timedelta(days=self.days),
            rules=self.rules,
            territories=self.territories,
            reminders_at_most=self.reminders_at_most,
        )


@dataclass(frozen=True, slots=True)
class Scenario:
    """One rehearsed pilot."""

    id: PilotId
    holder: str
    """Name of the project holder."""
    crnum_opinion: str
    """Motives of the Cr'Num's favourable opinion."""
    opened_days_ago: int
    """Days from the opening of its trial to the day of the rehearsal."""
    account: bool
    """Whether people take part with an account; otherwise with a personal code."""
    pilot: PilotContent
    wording: NoticeWording
    protocol: ProtocolScript
    crowd: Crowd
    habits: Mapping[str, Habits]
    """By arm."""
    surveys: tuple[Survey, ...] = ()
    """In addition to `QUESTIONNAIRE`. Nobody of the rehearsal answers them."""
    ended_days_ago: int | None = None
    """Days from the end of its trial to the day of the rehearsal; None: it still runs."""
    reports: tuple[ScriptedReport, ...] = ()
    contributions: tuple[ScriptedContribution, ...] = ()
    cost: Cost | None = None
    """Declared by the holder once the trial is over."""

    def mistakes(self) -> Iterator[str]:
        """The contradictions in the scenario. Mistakes of its protocol or notice are not among
        them: the rehearsal itself fails on those."""
        arms = {arm.name for arm in self.protocol.arms}
        for arm in sorted(arms - self.habits.keys()):
            yield f"habits: arm {arm} of the protocol has none"
        for arm in sorted(self.habits.keys() - arms):
            yield f"habits.{arm}: the protocol has no such arm"
        for arm, habits in self.habits.items():
            if not habits.uses:
                yield f"habits.{arm}.uses: at least one is needed"
            if not 0 <= habits.weekly_churn < 1:
                yield f"habits.{arm}.weekly_churn: from 0 to less than 1"
        if self.ended_days_ago is not None and self.ended_days_ago >= self.opened_days_ago:
            yield "ended_days_ago: the trial ends before it opens"
        for place, report in enumerate(self.reports):
            if (report.kind == "incident") != (report.severity is not None):
                yield f"reports.{place}.severity: an incident has one, other reports have none"
        for place, each in enumerate(self.contributions):
            if each.answer and each.reason:
                yield f"contributions.{place}: answer or reason, not both"
