"""The participants of one rehearsed trial: who comes on which day, and what they use meanwhile."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pilotes.events import PilotExposedV1, ServedInPilot
from pilotes.identity.domain.person import Person
from pilotes.people.domain.eligibility import declarations_of
from pilotes.people.domain.invitations import MOST_AT_ONCE, Order
from pilotes.people.flows.enrol import Decision, enrol
from pilotes.people.flows.invite import invite
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.withdraw import withdraw
from pilotes.rehearsal.flows.behaviour import (
    Act,
    Somebody,
    acts_on,
    people_of,
    recommends,
    statements,
)
from pilotes.rehearsal.flows.gateway_events import arm_of, exposed, lines_of
from pilotes.rehearsal.flows.record_script import Step
from pilotes.rehearsal.flows.scenario import PLACES, SURVEY, SURVEY_DAY, Scenario
from pilotes.rehearsal.flows.seeded_random import number
from pilotes.surveys.domain.questionnaire import NPS, ONCE, SUS
from pilotes.surveys.flows import answer_survey
from pilotes.surveys.ports import Surveys

DAY: Final = timedelta(days=1)
_LETTERS_DAYS: Final = 200


@dataclass(slots=True)
class Participant:
    """Somebody who agreed. `left`: they took it back."""

    who: Somebody
    person: Person
    pseudonym: str
    arm: str
    left: bool = False


class Cast:
    """Those of one pilot. `midnight`: of the day its trial opened; `by`: who invites them."""

    def __init__(
        self,
        scenario: Scenario,
        midnight: datetime,
        *,
        people: PeopleDesk,
        surveys: Surveys,
        by: str,
        seed: int,
    ) -> None:
        self._scenario, self._midnight, self._by = scenario, midnight, by
        self._people, self._surveys, self._names = people, surveys, (seed, scenario.id)
        self._letters: tuple[str, ...] = ()
        self._to_come = people_of(scenario.crowd, *self._names)
        self.present: dict[int, Participant] = {}

    async def send_letters(self) -> None:
        """A code for each of those who will come, good for one."""
        for start in range(0, len(self._to_come), MOST_AT_ONCE):
            count = min(MOST_AT_ONCE, len(self._to_come) - start)
            self._letters += await self._invite(count, 1, "Lettres d'invitation")

    async def put_up_poster(self) -> str:
        """One code that many may use."""
        return (await self._invite(1, PLACES, "Affiche"))[0]

    def steps(self, day: int, *, running: bool) -> Iterator[Step]:
        """Who comes and who goes on that day of the trial. Nobody enters while it is paused."""
        midnight = self._midnight + day * DAY
        for who in self._to_come:
            if who.day == day and running:
                yield Step(midnight + timedelta(seconds=who.second), partial(self._enter, who))
        for each in self.present.values():
            if each.who.answers and each.who.day + SURVEY_DAY == day:
                yield Step(midnight + timedelta(hours=18), partial(self._answer, each))
            if each.who.withdraws == day:
                yield Step(midnight + timedelta(hours=20), partial(self._leave, each))

    def told(
        self, day: int, now: datetime, *, running: bool
    ) -> tuple[Sequence[PilotExposedV1], Sequence[ServedInPilot]]:
        """What the door would tell of that day, up to `now`: during a pause everybody is on the
        control arm, and nobody is told to be exposed."""
        midnight = self._midnight + day * DAY
        reached: list[PilotExposedV1] = []
        lines: list[ServedInPilot] = []
        for each in self.present.values():
            arm = each.arm if running else self._control
            acts = self._acts(each, arm, day, (now - midnight).total_seconds())
            if not acts:
                continue
            name = (self._scenario.id, each.pseudonym)
            if running:
                at = midnight + timedelta(seconds=acts[0].second)
                reached.append(exposed(*name, arm, at))
            lines += lines_of(acts, *name, arm, midnight)
        return reached, lines

    @property
    def _control(self) -> str:
        return self._scenario.protocol(self._midnight).control

    def _acts(self, each: Participant, arm: str, day: int, until: float) -> list[Act]:
        if each.left:
            return []
        acts: Iterable[Act] = acts_on(day, self._scenario.habits[arm], each.who, *self._names)
        return sorted((act for act in acts if act.second < until), key=lambda act: act.second)

    async def _invite(self, count: int, uses: int, label: str) -> tuple[str, ...]:
        desk = self._people
        made = await invite(
            self._scenario.id,
            Order(count, uses, _LETTERS_DAYS, label),
            by=self._by,
            codes=desk.codes,
            clock=desk.clock,
            chance=desk.chance,
        )
        return made.codes

    async def _enter(self, who: Somebody) -> None:
        desk, scenario = self._people, self._scenario
        account = f"{number(*self._names, 'account', who.number):016x}"
        person = Person(account=account if scenario.account else None)
        rules = scenario.protocol(self._midnight).rules
        declared = frozenset(each.name for each in declarations_of(rules))
        code = self._letters[who.number]
        enrolled = await enrol(
            Decision(code, scenario.id, scenario.wording.version, declared),
            person,
            "patient" if scenario.account else "anonymous",
            codes=desk.codes,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
            chance=desk.chance,
        )
        person = Person(account=person.account, personal=enrolled.personal)
        assert person.subject is not None, "somebody agreed"
        arm = arm_of(enrolled.trial.salt, person.subject, enrolled.trial.protocol.arms)
        pseudonym = enrolled.consent.pseudonym
        self.present[who.number] = Participant(who, person, pseudonym, arm)

    async def _answer(self, each: Participant) -> None:
        if each.left:
            return
        ease, names = self._scenario.habits[each.arm].ease, self._names
        await answer_survey(
            self._scenario.id,
            SURVEY,
            ONCE,
            {
                SUS: statements(ease, each.who, *names),
                NPS: recommends(ease, each.who, *names),
            },
            each.person,
            trials=self._people.trials,
            surveys=self._surveys,
            clock=self._people.clock,
        )

    async def _leave(self, each: Participant) -> None:
        desk = self._people
        await withdraw(
            self._scenario.id,
            each.person,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        each.left = True
