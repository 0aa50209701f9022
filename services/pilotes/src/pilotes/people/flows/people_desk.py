"""The dependencies of the use cases of participants, gathered for their routes and pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from pilotes.identity.domain.person import Person
from pilotes.people.domain.receipt import SignedReceipt
from pilotes.people.flows.enrol import RandomBytes
from pilotes.people.flows.participations import Participation, list_participations
from pilotes.people.flows.receipts import SignReceipt, has_copy, issue_receipts
from pilotes.people.ports import (
    Codes,
    Consents,
    JointConsents,
    OwnReports,
    PendingSurveys,
    Receipts,
    RemindedPilots,
    Trials,
)
from pilotes.record.domain.decisions import ReadStatement
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
    receipts: Receipts
    sign_receipt: SignReceipt
    read_signed: ReadStatement
    reports: OwnReports
    pending_surveys: PendingSurveys
    reminded_pilots: RemindedPilots
    clock: Clock
    random_bytes: RandomBytes
    public: str
    """The platform's address in browsers, without a final slash."""

    async def issue_receipts(
        self, participation: Participation, person: Person
    ) -> Sequence[SignedReceipt]:
        """Receipts of a participation, of which a sealed copy is retained."""
        return await issue_receipts(
            participation,
            person,
            receipts=self.receipts,
            notices=self.notices,
            sign=self.sign_receipt,
            clock=self.clock,
            random_bytes=self.random_bytes,
            withdrawal=self.my_participations_url,
        )

    async def renew_receipts(self, pilot_id: str, person: Person) -> None:
        """Bring the sealed copies of a person's receipts in a pilot up to date, after their
        withdrawal or restriction: none of them says that what ended stands."""
        found = await list_participations(person, trials=self.trials, consents=self.consents)
        for each in found:
            if each.trial.pilot.id == pilot_id and await has_copy(each, person, self.receipts):
                await self.issue_receipts(each, person)

    @property
    def my_participations_url(self) -> str:
        """The page on which a person reads and withdraws their consents."""
        return f"{self.public}/participer/mes-participations"
