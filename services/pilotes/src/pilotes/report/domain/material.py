"""What a report is composed from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pilotes.contributions.domain import Counts
from pilotes.record.domain.evidence import Evidence
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.record.domain.stages import Stage
from pilotes.report.domain.breaches import Breach
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import Figures
from pilotes.results.domain.history import IndicatorHistory
from pilotes.results.domain.looks import LookState
from pilotes.safety.domain.incident_reports import Severity
from pilotes.usage.domain.people_reached import PeopleReached


@dataclass(frozen=True, slots=True)
class ReportedDecision:
    """A decision as it is published."""

    kind: str
    """Its `DecisionType`."""
    at: datetime
    label: str
    """What was decided, in French."""
    reason: str
    """Empty without one."""
    to: Stage | None = None
    """Of a step, the stage that it led to."""
    verified: bool = True
    """Whether its signature is valid, and of that row."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later version of the protocol, and its reason."""

    version: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportMaterial:
    """The data that a report is composed from."""

    pilot: Pilot
    protocol: Protocol
    planned_end: datetime
    """The latest one in the trial's protocols."""
    amendments: Sequence[Amendment]
    decisions: Sequence[ReportedDecision]
    """The oldest first."""
    evidence: Sequence[Evidence]
    """The oldest first."""
    figures: Figures
    histories: Sequence[IndicatorHistory]
    """How the differences became what they are."""
    reached: Sequence[PeopleReached]
    """The days on which the number of people in the trial changed."""
    today: date
    as_of: datetime | None
    """When the figures were calculated; None: not yet."""
    planned_per_arm: int
    """Planned participants per arm, in the protocol the trial started with."""
    looks: Sequence[LookState]
    """The planned looks; empty: results are read at any time."""
    smallest: str
    """A sentence on the smallest effect of the primary indicator that the trial could detect."""
    incidents: Mapping[Severity, int]
    """Exact numbers of reported incidents; small ones are suppressed in the report."""
    cost: Cost | None
    """None: not declared."""
    opinions: Counts
    """Counts of contributions."""
    opinions_page: str
    """The address of the page where they are read and written."""
    api_address: str
    """The address of the pilot in the API, in browsers."""
    breaches: Sequence[Breach] = ()
    """The breaches of guardrails that paused the trial, the oldest first."""

    @property
    def unverified_pause(self) -> bool:
        """Whether a pause cannot be verified: it is perhaps a breach that `breaches` lacks."""
        return any(each.kind == "pause" and not each.verified for each in self.decisions)
