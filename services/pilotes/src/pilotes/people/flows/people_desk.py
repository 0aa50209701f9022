"""The dependencies of the use cases of participants, gathered for their routes and pages."""

from dataclasses import dataclass

from pilotes.people.flows.enrol import RandomBytes
from pilotes.people.ports import (
    Codes,
    Consents,
    JointConsents,
    OwnReports,
    PendingSurveys,
    Trials,
)
from pilotes.record.ports import Notices
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """The dependencies of the use cases of participants."""

    codes: Codes
    trials: Trials
    consents: Consents
    joints: JointConsents
    notices: Notices
    reports: OwnReports
    pending_surveys: PendingSurveys
    clock: Clock
    random_bytes: RandomBytes
    public: str
    """The platform's address in browsers, without a final slash."""

    @property
    def my_participations_url(self) -> str:
        """The page on which a person reads and withdraws their consents."""
        return f"{self.public}/participer/mes-participations"
