"""What the use cases of people are given."""

from dataclasses import dataclass

from pilotes.flows.enrol import Chance
from pilotes.ports.contributions import Contributions
from pilotes.ports.incidents import Reports
from pilotes.ports.people import Codes, Consents, Notices, Trials
from pilotes.ports.surveys import Surveys
from socle.clock import Clock


@dataclass(frozen=True, slots=True)
class PeopleDesk:
    """`public`: the platform's address as people's browsers name it, without a slash at its end."""

    codes: Codes
    trials: Trials
    consents: Consents
    notices: Notices
    reports: Reports
    contributions: Contributions
    surveys: Surveys
    clock: Clock
    chance: Chance
    public: str

    @property
    def mine(self) -> str:
        """Where somebody sees and takes back what they agreed to."""
        return f"{self.public}/participer/mes-participations"
