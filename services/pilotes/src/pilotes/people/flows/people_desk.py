"""What the use cases of people are given."""

from dataclasses import dataclass

from pilotes.people.flows.enrol import Chance
from pilotes.people.ports import Codes, Consents, DueSurveys, OwnReports, Trials
from pilotes.record.ports import Notices
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """`public`: the platform's address as people's browsers name it, without a slash at its end."""

    codes: Codes
    trials: Trials
    consents: Consents
    notices: Notices
    reports: OwnReports
    due_surveys: DueSurveys
    clock: Clock
    chance: Chance
    public: str

    @property
    def mine(self) -> str:
        """Where somebody sees and takes back what they agreed to."""
        return f"{self.public}/participer/mes-participations"
