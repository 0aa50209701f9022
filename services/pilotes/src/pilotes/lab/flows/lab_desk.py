"""The dependencies of the lab's pages, gathered."""

from dataclasses import dataclass

from pilotes.contributions.ports import Contributions
from pilotes.lab.ports import Drafts, HealthSource, RoleInvitations
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.flows.desk import Desk
from pilotes.record.ports import Ledgers
from pilotes.results.ports import FigureStore
from pilotes.safety.ports import Reports
from pilotes.surveys.ports import Surveys
from pilotes.usage.ports import RecruitmentLog


@dataclass(frozen=True, slots=True)
class LabDesk:
    """The dependencies of the lab's pages."""

    record: Desk
    people: PeopleDesk
    figures: FigureStore
    recruitment: RecruitmentLog
    reports: Reports
    contributions: Contributions
    ledgers: Ledgers
    read: ReadStatement
    """Verifies a decision."""
    health: HealthSource
    drafts: Drafts
    surveys: Surveys
    invitations: RoleInvitations
