"""Rehearse the months of several pilots day by day, under a clock that the rehearsal sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, TypedDict

from pilotes.contributions.ports import Contributions
from pilotes.events import PilotExposedV1, ServedInPilot
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.stages import State
from pilotes.record.flows.desk import Desk
from pilotes.record.ports import PilotQuery
from pilotes.rehearsal.flows.gateway_events import served_event
from pilotes.rehearsal.flows.participants import DAY, Participants
from pilotes.rehearsal.flows.record_script import RecordScript, Step
from pilotes.rehearsal.flows.scenario import Scenario
from pilotes.results.ports import FigureStore
from pilotes.safety.flows.stop_harm import stop_for_guardrails
from pilotes.safety.ports import Reports
from pilotes.surveys.ports import Surveys
from pilotes.usage.flows.record_recruitment import record_recruitment
from pilotes.usage.flows.store_exposure import store_exposure
from pilotes.usage.flows.store_uses import store_uses
from pilotes.usage.ports import FactStore, RecruitmentLog, UsageCounters
from socle.clock import ManualClock
from socle.errors import Refusal

PREPARATION: Final = 25 * DAY
"""More than the time from the creation of a pilot to the opening of its trial."""
_OPENING_HOUR: Final = timedelta(hours=5)
"""From midnight to the opening of a trial."""
_DAY_END: Final = timedelta(hours=23, minutes=30)
"""From midnight to the end of a rehearsed day, when its events are stored."""


@dataclass(frozen=True, slots=True)
class Dependencies:
    """The dependencies of the service's use cases, and the clock that they read."""

    desk: Desk
    people: PeopleDesk
    facts: FactStore
    recruitment: RecruitmentLog
    counters: UsageCounters
    surveys: Surveys
    reports: Reports
    contributions: Contributions
    costs: FigureStore
    """The store of the declared costs."""
    clock: ManualClock
    seed: int
    """Of every random draw of the simulated people."""


class _FoldDependencies(TypedDict):
    """The arguments that both use cases of the role `fold` take."""

    facts: FactStore
    counters: UsageCounters
    clock: ManualClock


class _RehearsedPilot:
    """One pilot while it is rehearsed. `midnight`: the start of the day on which its trial opens.
    `steps`: those of its record, in no order."""

    def __init__(self, scenario: Scenario, now: datetime, needs: Dependencies) -> None:
        self.id, self.scenario, self._needs = scenario.id, scenario, needs
        self.midnight = _midnight(now) - scenario.opened_days_ago * DAY
        self.record = RecordScript(
            scenario,
            self.midnight + _OPENING_HOUR,
            desk=needs.desk,
            people=needs.people,
            surveys=needs.surveys,
            reports=needs.reports,
            contributions=needs.contributions,
        )
        self.participants = Participants(
            scenario,
            self.midnight,
            people=needs.people,
            surveys=needs.surveys,
            invited_by=self.record.holder,
            seed=needs.seed,
        )
        self.steps = [
            *self.record.steps_before_trial(),
            Step(self.midnight + _OPENING_HOUR, self.participants.send_letters),
        ]
        self.steps += [*self.record.report_steps(), *self.record.contribution_steps()]
        if scenario.ended_days_ago is not None:
            ended = self.midnight + (scenario.opened_days_ago - scenario.ended_days_ago) * DAY
            self.steps += self.record.steps_after_trial(ended + _OPENING_HOUR, needs.costs)

    async def is_state(self, state: State) -> bool:
        """Whether the pilot is in that state now."""
        pilot = await self._needs.desk.records.find(self.id)
        return pilot is not None and pilot.state == state


async def rehearse(
    now: datetime, scenarios: Sequence[Scenario], needs: Dependencies
) -> dict[PilotId, str]:
    """Rehearse the months that end at `now`. Returns an enrolment code for each pilot that is still
    running.

    The clock must be at `starts_at`; afterwards it is at `now`. Raises Refusal, with nothing
    changed, if any pilot is already recorded.
    """
    await _check_empty(needs)
    pilots = [_RehearsedPilot(each, now, needs) for each in scenarios]
    midnight = needs.clock.now()
    while midnight <= now:
        await _rehearse_day(midnight, now, pilots, needs)
        midnight += DAY
    _set_clock(needs.clock, now)
    return {
        each.id: await each.participants.put_up_poster()
        for each in pilots
        if await each.is_state("running")
    }


def starts_at(now: datetime, scenarios: Sequence[Scenario]) -> datetime:
    """The instant to which the clock must be set before the rehearsal."""
    longest = max(each.opened_days_ago for each in scenarios)
    return _midnight(now) - longest * DAY - PREPARATION


async def _check_empty(needs: Dependencies) -> None:
    if await needs.desk.records.list_pilots(PilotQuery(all=True, limit=1)):
        raise Refusal(
            "conflict", "Des pilotes sont déjà inscrits : la répétition ne se joue qu'à vide."
        )


async def _rehearse_day(
    midnight: datetime, now: datetime, pilots: Sequence[_RehearsedPilot], needs: Dependencies
) -> None:
    """Rehearse one day of all pilots."""
    day_end = min(midnight + _DAY_END, now)
    steps: list[Step] = []
    for each in pilots:
        day = (midnight - each.midnight).days
        steps += [step for step in each.steps if midnight <= step.at < midnight + DAY]
        if day >= 0:
            # The trial opens during day 0, which begins before it runs.
            steps += each.participants.steps(
                day, running=day == 0 or await each.is_state("running")
            )
    for step in sorted(steps, key=lambda step: step.at):
        if step.at < now:
            _set_clock(needs.clock, step.at)
            await step.action()
    _set_clock(needs.clock, day_end)
    await _store_events(midnight, day_end, pilots, needs)
    await stop_for_guardrails(desk=needs.desk, facts=needs.facts)
    await record_recruitment(desk=needs.desk, facts=needs.facts, log=needs.recruitment)


async def _store_events(
    midnight: datetime, day_end: datetime, pilots: Sequence[_RehearsedPilot], needs: Dependencies
) -> None:
    """Store the gateway's events of a day up to the evening, with the use cases of the service."""
    exposures: list[PilotExposedV1] = []
    lines: list[ServedInPilot] = []
    for each in pilots:
        running = await each.is_state("running")
        if running or await each.is_state("paused"):
            found = each.participants.gateway_events(
                (midnight - each.midnight).days, day_end, running=running
            )
            exposures += found[0]
            lines += found[1]
    dependencies: _FoldDependencies = {
        "facts": needs.facts,
        "counters": needs.counters,
        "clock": needs.clock,
    }
    for exposure in exposures:
        await store_exposure(exposure, **dependencies)
    if lines:
        await store_uses(served_event(midnight.toordinal(), lines, seed=needs.seed), **dependencies)


def _set_clock(clock: ManualClock, to: datetime) -> None:
    """Set the clock to an instant; never back."""
    clock.advance(max(0.0, (to - clock.now()).total_seconds()))


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), at.tzinfo)
