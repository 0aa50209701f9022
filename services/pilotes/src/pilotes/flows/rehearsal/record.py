"""The record of a rehearsed pilot: each of its people does their part on their day."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pilotes.domain.contributions import Verdict
from pilotes.domain.evidence import GivenKind
from pilotes.domain.roles import Action
from pilotes.domain.stages import Stage
from pilotes.flows.contribute import contribute
from pilotes.flows.create_pilot import create_pilot
from pilotes.flows.desk import Desk, Wish
from pilotes.flows.give_evidence import give_evidence, give_opinion
from pilotes.flows.inform import publish_notice
from pilotes.flows.name_members import name_member
from pilotes.flows.open_gate import open_gate
from pilotes.flows.people_desk import PeopleDesk
from pilotes.flows.rehearsal.scenario import QUESTIONNAIRE, Contributed, Happening, Scenario
from pilotes.flows.report_incident import report_incident
from pilotes.flows.settle_contribution import settle_contribution
from pilotes.flows.show_effects import confirm_effects
from pilotes.flows.state_cost import state_cost
from pilotes.flows.surveys import write_survey
from pilotes.flows.write_protocol import freeze_protocol, write_protocol
from pilotes.ports.figures import FigureStore
from pilotes.ports.surveys import Surveys
from socle.auth import ANONYMOUS, Caller

_NAMED: Final = "repetition:"
"""How invented people are named: nobody the platform knows is one of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done once, at that instant."""

    at: datetime
    do: Callable[[], Awaitable[object]]


def somebody(name: str, role: str) -> Caller:
    """One of them, of that role of the platform."""
    return Caller(role, _NAMED + name, frozenset(), None, None, None, "registered", {})


COORDINATION: Final = somebody("coordination", "coordinator")
_JUDGE: Final = somebody("crnum", "professional")


class Record:
    """One pilot's, written step by step. `opening`: of its trial."""

    def __init__(
        self,
        scenario: Scenario,
        opening: datetime,
        *,
        desk: Desk,
        people: PeopleDesk,
        surveys: Surveys,
    ) -> None:
        self._scenario, self._opening = scenario, opening
        self._desk, self._people, self._surveys = desk, people, surveys
        self._holder = somebody(f"porteur-{scenario.id}", "professional")

    @property
    def holder(self) -> str:
        """The subject of who carries it."""
        return self._holder.subject

    def steps(self) -> Iterator[Step]:
        """All of them, the first one first."""
        before = self._before_trial()
        for days, work in before:
            for minute, do in enumerate(work):
                yield Step(self._opening - timedelta(days=days, minutes=-10 * minute), do)

    def ending(self, ended: datetime, figures: FigureStore) -> Iterator[Step]:
        """What follows a trial that is over."""
        work: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda: self._step("evaluation"),
            lambda: self._state_cost(figures),
            lambda: self._paper("evaluation_report"),
        )
        for minute, do in enumerate(work):
            yield Step(ended + timedelta(minutes=10 * minute), do)

    def happenings(self) -> Iterator[Step]:
        """What its holder reports during the trial."""
        for each in self._scenario.happenings:
            at = self._opening + timedelta(days=each.day, hours=11)
            yield Step(at, partial(self._report, each))

    def contributions(self) -> Iterator[Step]:
        """What people say of it, and what becomes of that."""
        for each in self._scenario.contributions:
            at = self._opening + timedelta(days=each.day, hours=13)
            yield Step(at, partial(self._say, each))
            if each.answer or each.reason:
                yield Step(at + timedelta(days=2), partial(self._settle, each))

    def _before_trial(self) -> tuple[tuple[int, tuple[Callable[[], Awaitable[object]], ...]], ...]:
        """So many days before the trial opens, what is done."""
        return (
            (22, (self._create, self._name_holder, lambda: self._step("codesign"))),
            (
                16,
                (
                    lambda: self._paper("codesign_report"),
                    self._write_protocol,
                    lambda: self._step("ready"),
                ),
            ),
            (
                9,
                (
                    lambda: self._paper("impact_assessment"),
                    self._freeze,
                    self._name_judge,
                    lambda: self._step("opinion"),
                ),
            ),
            (4, (self._judge, self._confirm_effects, self._inform, self._ask)),
            (0, (lambda: self._step("trial"),)),
        )

    def _wish(self, action: Action, caller: Caller = COORDINATION) -> Wish:
        return Wish(self._scenario.id, caller, action, None)

    async def _create(self) -> None:
        await create_pilot(self._scenario.id, self._scenario.told, by=COORDINATION, desk=self._desk)

    async def _name_holder(self) -> None:
        wish, name = self._wish("name_members"), self._scenario.holder
        await name_member(wish, self._holder.subject, "project_holder", name, desk=self._desk)

    async def _name_judge(self) -> None:
        wish, name = self._wish("name_members"), "Membre du Cr'Num"
        await name_member(wish, _JUDGE.subject, "crnum_member", name, desk=self._desk)

    async def _paper(self, kind: GivenKind) -> None:
        await give_evidence(
            self._wish("give_evidence", self._holder),
            kind,
            reference=f"GED/{self._scenario.id}/{kind.replace('_', '-')}",
            note="Document inventé, pour la démonstration.",
            desk=self._desk,
        )

    async def _write_protocol(self) -> None:
        wish = self._wish("write_protocol", self._holder)
        await write_protocol(wish, self._scenario.protocol(self._opening), desk=self._desk)

    async def _freeze(self) -> None:
        await freeze_protocol(self._wish("freeze_protocol"), desk=self._desk)

    async def _judge(self) -> None:
        wish = self._wish("give_opinion", _JUDGE)
        await give_opinion(wish, "favorable", motives=self._scenario.opinion, desk=self._desk)

    async def _confirm_effects(self) -> None:
        await confirm_effects(self._wish("show_effects", self._holder), desk=self._desk)

    async def _inform(self) -> None:
        wish = self._wish("inform", self._holder)
        await publish_notice(wish, self._scenario.wording, desk=self._desk)

    async def _ask(self) -> None:
        await write_survey(
            self._scenario.id, self._holder, QUESTIONNAIRE, desk=self._desk, surveys=self._surveys
        )

    async def _state_cost(self, figures: FigureStore) -> None:
        cost, desk = self._scenario.cost, self._desk
        if cost is not None:
            await state_cost(self._scenario.id, cost, self._holder, desk=desk, store=figures)

    async def _say(self, told: Contributed) -> None:
        contributions = self._people.contributions
        await contribute(
            self._scenario.id, ANONYMOUS, told.said, desk=self._desk, contributions=contributions
        )

    async def _settle(self, told: Contributed) -> None:
        contributions = self._people.contributions
        waiting = await contributions.list_of(
            self._scenario.id, state="received", before=None, limit=100
        )
        one = next(each for each in waiting if each.said == told.said)
        verdict = Verdict("set_aside" if told.reason else "published", told.answer, told.reason)
        await settle_contribution(
            self._scenario.id,
            one.number,
            self._holder,
            verdict,
            revision=one.revision,
            desk=self._desk,
            contributions=contributions,
        )

    async def _report(self, told: Happening) -> None:
        await report_incident(
            self._scenario.id,
            self._holder,
            told.kind,
            told.severity,
            told.said,
            desk=self._desk,
            reports=self._people.reports,
            trials=self._people.trials,
        )

    async def _step(self, end: Stage) -> None:
        await open_gate(self._wish("open_gate"), end, "", desk=self._desk)
