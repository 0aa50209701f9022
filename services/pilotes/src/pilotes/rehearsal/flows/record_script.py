"""The record of a rehearsed pilot, written step by step on the days of its scenario."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from pilotes.contributions.domain import Moderation, State
from pilotes.contributions.flows.contribute import contribute
from pilotes.contributions.flows.moderate_contribution import moderate_contribution
from pilotes.contributions.ports import Contributions
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.evidence import GivenEvidenceType
from pilotes.record.domain.roles import Action
from pilotes.record.domain.stages import Stage
from pilotes.record.flows.confirm_effects import confirm_effects
from pilotes.record.flows.create_pilot import create_pilot
from pilotes.record.flows.desk import ChangeRequest, Desk
from pilotes.record.flows.give_evidence import give_evidence, give_opinion
from pilotes.record.flows.manage_members import name_member
from pilotes.record.flows.open_gate import open_gate
from pilotes.record.flows.publish_notice import publish_notice
from pilotes.record.flows.write_protocol import freeze_protocol, write_protocol
from pilotes.rehearsal.flows.scenario import (
    QUESTIONNAIRE,
    Scenario,
    ScriptedContribution,
    ScriptedReport,
)
from pilotes.results.flows.declare_cost import declare_cost
from pilotes.results.ports import FigureStore
from pilotes.safety.flows.report_incident import report_incident
from pilotes.safety.ports import Reports
from pilotes.surveys.flows import write_survey
from pilotes.surveys.ports import Surveys
from socle.auth import ANONYMOUS, Caller

_SUBJECT_PREFIX: Final = "repetition:"
"""Prefix of the subjects of simulated people; no account of the platform has it."""
_BETWEEN_STEPS: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Step:
    """An action of the script, and when it is done."""

    at: datetime
    action: Callable[[], Awaitable[object]]


def invented_caller(name: str, role: str) -> Caller:
    """A simulated person with that role of the platform."""
    return Caller(
        role=role,
        subject=_SUBJECT_PREFIX + name,
        scopes=frozenset(),
        client=None,
        organisation=None,
        patient=None,
        plan="registered",
        arms={},
    )


COORDINATION: Final = invented_caller("coordination", "coordinator")
_CRNUM_MEMBER: Final = invented_caller("crnum", "professional")


class RecordScript:
    """The steps that write the record of one pilot. `opening`: when its trial opens."""

    def __init__(
        self,
        scenario: Scenario,
        opening: datetime,
        *,
        desk: Desk,
        people: PeopleDesk,
        surveys: Surveys,
        reports: Reports,
        contributions: Contributions,
    ) -> None:
        self._scenario, self._opening = scenario, opening
        self._desk, self._people, self._surveys = desk, people, surveys
        self._reports, self._contributions = reports, contributions
        self._holder = invented_caller(f"porteur-{scenario.id}", "professional")

    @property
    def holder(self) -> str:
        """The subject of the project holder."""
        return self._holder.subject

    def steps_before_trial(self) -> Iterator[Step]:
        """The steps up to the opening of the trial, in their order."""
        before = self._before_trial()
        for days, actions in before:
            for position, action in enumerate(actions):
                yield Step(self._opening + position * _BETWEEN_STEPS - timedelta(days=days), action)

    def steps_after_trial(self, ended: datetime, figures: FigureStore) -> Iterator[Step]:
        """The steps after the end of the trial. `ended`: the instant of the first. `figures`: the
        store of the declared cost."""
        actions: tuple[Callable[[], Awaitable[object]], ...] = (
            lambda: self._open_gate("evaluation"),
            lambda: self._declare_cost(figures),
            lambda: self._give_evidence("evaluation_report"),
        )
        for position, action in enumerate(actions):
            yield Step(ended + position * _BETWEEN_STEPS, action)

    def report_steps(self) -> Iterator[Step]:
        """The reports of the project holder during the trial."""
        for each in self._scenario.reports:
            at = self._opening + timedelta(days=each.day, hours=11)
            yield Step(at, partial(self._report, each))

    def contribution_steps(self) -> Iterator[Step]:
        """The contributions of people during the trial, and their moderation."""
        for each in self._scenario.contributions:
            at = self._opening + timedelta(days=each.day, hours=13)
            yield Step(at, partial(self._contribute, each))
            if each.answer or each.reason:
                yield Step(at + timedelta(days=2), partial(self._moderate, each))

    def _before_trial(self) -> tuple[tuple[int, tuple[Callable[[], Awaitable[object]], ...]], ...]:
        """The actions before the trial: pairs of days before its opening and actions in order."""
        return (
            (22, (self._create, self._name_holder, lambda: self._open_gate("codesign"))),
            (
                16,
                (
                    lambda: self._give_evidence("codesign_report"),
                    self._write_protocol,
                    lambda: self._open_gate("ready"),
                ),
            ),
            (
                9,
                (
                    lambda: self._give_evidence("impact_assessment"),
                    self._freeze,
                    self._name_crnum_member,
                    lambda: self._open_gate("opinion"),
                ),
            ),
            (
                4,
                (
                    self._give_opinion,
                    self._confirm_effects,
                    self._publish_notice,
                    self._write_surveys,
                ),
            ),
            (0, (lambda: self._open_gate("trial"),)),
        )

    def _change_request(self, action: Action, caller: Caller = COORDINATION) -> ChangeRequest:
        return ChangeRequest(self._scenario.id, caller, action, None)

    async def _create(self) -> None:
        await create_pilot(
            self._scenario.id, self._scenario.pilot, by=COORDINATION, desk=self._desk
        )

    async def _name_holder(self) -> None:
        request, name = self._change_request("name_members"), self._scenario.holder
        await name_member(request, self._holder.subject, "project_holder", name, desk=self._desk)

    async def _name_crnum_member(self) -> None:
        request, name = self._change_request("name_members"), "Membre du Cr'Num"
        await name_member(request, _CRNUM_MEMBER.subject, "crnum_member", name, desk=self._desk)

    async def _give_evidence(self, kind: GivenEvidenceType) -> None:
        await give_evidence(
            self._change_request("give_evidence", self._holder),
            kind,
            reference=f"GED/{self._scenario.id}/{kind.replace('_', '-')}",
            note="Document inventé, pour la démonstration.",
            desk=self._desk,
        )

    async def _write_protocol(self) -> None:
        request = self._change_request("write_protocol", self._holder)
        await write_protocol(
            request, self._scenario.protocol.opened_at(self._opening), desk=self._desk
        )

    async def _freeze(self) -> None:
        await freeze_protocol(self._change_request("freeze_protocol"), desk=self._desk)

    async def _give_opinion(self) -> None:
        request = self._change_request("give_opinion", _CRNUM_MEMBER)
        await give_opinion(
            request, "favorable", motives=self._scenario.crnum_opinion, desk=self._desk
        )

    async def _confirm_effects(self) -> None:
        await confirm_effects(self._change_request("show_effects", self._holder), desk=self._desk)

    async def _publish_notice(self) -> None:
        request = self._change_request("inform", self._holder)
        await publish_notice(request, self._scenario.wording, desk=self._desk)

    async def _write_surveys(self) -> None:
        for each in (QUESTIONNAIRE, *self._scenario.surveys):
            await write_survey(
                self._scenario.id, self._holder, each, desk=self._desk, surveys=self._surveys
            )

    async def _declare_cost(self, figures: FigureStore) -> None:
        cost, desk = self._scenario.cost, self._desk
        if cost is not None:
            await declare_cost(self._scenario.id, cost, self._holder, desk=desk, store=figures)

    async def _contribute(self, scripted: ScriptedContribution) -> None:
        contributions = self._contributions
        await contribute(
            self._scenario.id,
            ANONYMOUS,
            scripted.text,
            desk=self._desk,
            contributions=contributions,
        )

    async def _moderate(self, scripted: ScriptedContribution) -> None:
        contributions = self._contributions
        waiting = await contributions.list_of(
            self._scenario.id, state="received", before=None, limit=100
        )
        found = next(each for each in waiting if each.text == scripted.text)
        state: State = "set_aside" if scripted.reason else "published"
        verdict = Moderation(state, scripted.answer, scripted.reason)
        await moderate_contribution(
            self._scenario.id,
            found.number,
            self._holder,
            verdict,
            revision=found.revision,
            desk=self._desk,
            contributions=contributions,
        )

    async def _report(self, scripted: ScriptedReport) -> None:
        await report_incident(
            self._scenario.id,
            self._holder,
            scripted.kind,
            scripted.severity,
            scripted.text,
            desk=self._desk,
            reports=self._reports,
            trials=self._people.trials,
        )

    async def _open_gate(self, to: Stage) -> None:
        await open_gate(self._change_request("open_gate"), to, "", desk=self._desk)
