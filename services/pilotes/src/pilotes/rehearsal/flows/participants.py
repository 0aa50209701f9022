"""The participants of one rehearsed trial: who enrols on which day, and what they use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pilotes.events import PilotExposedV1, ServedInPilot
from pilotes.identity.domain.person import Person
from pilotes.people.domain.eligibility import list_declarations
from pilotes.people.domain.invitations import MAX_CODES, InvitationOrder
from pilotes.people.flows.enrol import EnrolmentRequest, enrol
from pilotes.people.flows.invite import create_invitation
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.withdraw import withdraw
from pilotes.rehearsal.flows.behaviour import (
    SimulatedPerson,
    Use,
    draw_people,
    nps_answer,
    sus_answers,
    uses_on,
)
from pilotes.rehearsal.flows.gateway_events import assign_arm, exposure_event, served_lines
from pilotes.rehearsal.flows.record_script import Step
from pilotes.rehearsal.flows.scenario import POSTER_USES, SURVEY, SURVEY_DAY, Scenario
from pilotes.rehearsal.flows.seeded_random import number
from pilotes.surveys.domain.questionnaire import NPS, ONCE, SUS
from pilotes.surveys.flows import answer_survey
from pilotes.surveys.ports import Surveys

DAY: Final = timedelta(days=1)
_CODES_VALID_DAYS: Final = 200
"""Longer than any rehearsed trial."""


@dataclass(slots=True)
class Participant:
    """A simulated person who enrolled."""

    simulated: SimulatedPerson
    person: Person
    """Their identity for the service."""
    pseudonym: str
    """In this pilot, in hexadecimal."""
    arm: str
    withdrew: bool = False
    """Whether they have withdrawn by now."""


class Participants:
    """The participants of one pilot.

    `midnight`: the start of the day on which its trial opened. `invited_by`: the subject of the
    person who makes the codes.
    """

    def __init__(
        self,
        scenario: Scenario,
        midnight: datetime,
        *,
        people: PeopleDesk,
        surveys: Surveys,
        invited_by: str,
        seed: int,
    ) -> None:
        self._scenario, self._midnight, self._invited_by = scenario, midnight, invited_by
        self._people, self._surveys, self._names = people, surveys, (seed, scenario.id)
        self._codes: tuple[str, ...] = ()
        self._newcomers = draw_people(scenario.crowd, *self._names)
        self.enrolled: dict[int, Participant] = {}
        """By `SimulatedPerson.number`; those who withdrew stay in it."""

    async def send_letters(self) -> None:
        """Make a single-use code for each person who will enrol."""
        for start in range(0, len(self._newcomers), MAX_CODES):
            count = min(MAX_CODES, len(self._newcomers) - start)
            self._codes += await self._invite(count, 1, "Lettres d'invitation")

    async def put_up_poster(self) -> str:
        """Make a code that many people can use. Returns it."""
        return (await self._invite(1, POSTER_USES, "Affiche"))[0]

    def steps(self, day: int, *, running: bool) -> Iterator[Step]:
        """The enrolments, answers and withdrawals of a day of the trial, in no order. `running`:
        false while it is paused, when nobody enrols."""
        midnight = self._midnight + day * DAY
        for person in self._newcomers:
            if person.day == day and running:
                at = midnight + timedelta(seconds=person.second)
                yield Step(at, partial(self._enrol, person))
        for each in self.enrolled.values():
            if each.simulated.answers_survey and each.simulated.day + SURVEY_DAY == day:
                yield Step(midnight + timedelta(hours=18), partial(self._answer, each))
            if each.simulated.withdrawal_day == day:
                yield Step(midnight + timedelta(hours=20), partial(self._withdraw, each))

    def gateway_events(
        self, day: int, now: datetime, *, running: bool
    ) -> tuple[Sequence[PilotExposedV1], Sequence[ServedInPilot]]:
        """The exposures and served requests of a day, up to `now`. `running`: false during a pause,
        when everybody is on the control arm and nobody is exposed."""
        midnight = self._midnight + day * DAY
        exposures: list[PilotExposedV1] = []
        lines: list[ServedInPilot] = []
        for each in self.enrolled.values():
            arm = each.arm if running else self._control
            uses = self._uses(each, arm, day, (now - midnight).total_seconds())
            if not uses:
                continue
            name = (self._scenario.id, each.pseudonym)
            if running:
                at = midnight + timedelta(seconds=uses[0].second)
                exposures.append(exposure_event(*name, arm, at))
            lines += served_lines(uses, *name, arm, midnight)
        return exposures, lines

    @property
    def _control(self) -> str:
        return self._scenario.protocol.control

    def _uses(self, each: Participant, arm: str, day: int, until: float) -> list[Use]:
        if each.withdrew:
            return []
        habits = self._scenario.habits[arm]
        uses = uses_on(day, habits, each.simulated, *self._names)
        return sorted((use for use in uses if use.second < until), key=lambda use: use.second)

    async def _invite(self, count: int, uses: int, label: str) -> tuple[str, ...]:
        desk = self._people
        made = await create_invitation(
            self._scenario.id,
            InvitationOrder(count, uses, _CODES_VALID_DAYS, label),
            design=None,
            by=self._invited_by,
            codes=desk.codes,
            clock=desk.clock,
            random_bytes=desk.random_bytes,
        )
        return made.codes

    async def _enrol(self, simulated: SimulatedPerson) -> None:
        desk, scenario = self._people, self._scenario
        account = f"{number(*self._names, 'account', simulated.number):016x}"
        person = Person(account=account if scenario.account else None)
        rules = scenario.protocol.rules
        declared = frozenset(each.name for each in list_declarations(rules))
        code = self._codes[simulated.number]
        enrolled = await enrol(
            EnrolmentRequest(code, scenario.id, scenario.wording.version, declared),
            person,
            "patient" if scenario.account else "anonymous",
            codes=desk.codes,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            clock=desk.clock,
            random_bytes=desk.random_bytes,
        )
        person = Person(account=person.account, personal_code=enrolled.personal_code)
        assert person.subject is not None, "an enrolled person has a subject"
        arm = assign_arm(enrolled.trial.salt, person.subject, enrolled.trial.protocol.arms)
        assert enrolled.consent is not None, "simulated people decide alone"
        pseudonym = enrolled.consent.pseudonym
        self.enrolled[simulated.number] = Participant(simulated, person, pseudonym, arm)

    async def _answer(self, each: Participant) -> None:
        if each.withdrew:
            return
        satisfaction, names = self._scenario.habits[each.arm].satisfaction, self._names
        await answer_survey(
            self._scenario.id,
            SURVEY,
            ONCE,
            {
                SUS: sus_answers(satisfaction, each.simulated, *names),
                NPS: nps_answer(satisfaction, each.simulated, *names),
            },
            each.person,
            trials=self._people.trials,
            surveys=self._surveys,
            clock=self._people.clock,
        )

    async def _withdraw(self, each: Participant) -> None:
        desk = self._people
        await withdraw(
            self._scenario.id,
            each.person,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            clock=desk.clock,
        )
        each.withdrew = True
