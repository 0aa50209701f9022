"""The months of all pilots together, day by day, under a clock that is moved by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, TypedDict

from pilotes.contributions.ports import Contributions
from pilotes.events import PilotExposedV1, ServedInPilot
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.record.ports import Asked
from pilotes.rehearsal.flows.alerts_before_departure import ALERTS
from pilotes.rehearsal.flows.gateway_events import record_of
from pilotes.rehearsal.flows.participants import DAY, Cast
from pilotes.rehearsal.flows.record_script import Record, Step
from pilotes.rehearsal.flows.reminders_with_traffic import REMINDERS
from pilotes.rehearsal.flows.scenario import Scenario
from pilotes.rehearsal.flows.shared_notebook import NOTEBOOK
from pilotes.results.ports import FigureStore
from pilotes.safety.flows.stop_harm import stop_for_guardrails
from pilotes.safety.ports import Reports
from pilotes.surveys.ports import Surveys
from pilotes.usage.flows.fold_exposure import fold_exposure
from pilotes.usage.flows.fold_uses import fold_uses
from pilotes.usage.ports import FactStore, UsageFigures
from socle.clock import ManualClock
from socle.errors import Refusal

SCENARIOS: Final = (ALERTS, NOTEBOOK, REMINDERS)
PREPARING: Final = 25 * DAY
"""How long before its trial opens a pilot begins, at most."""
_OPENS: Final = timedelta(hours=5)
_DAY_ENDS: Final = timedelta(hours=23, minutes=30)


@dataclass(frozen=True, slots=True)
class House:
    """All that the service's use cases need, and the clock they read."""

    desk: Desk
    people: PeopleDesk
    facts: FactStore
    figures: UsageFigures
    surveys: Surveys
    reports: Reports
    contributions: Contributions
    costs: FigureStore
    clock: ManualClock
    seed: int


class _Needs(TypedDict):
    facts: FactStore
    figures: UsageFigures
    clock: ManualClock


class _Pilot:
    """One pilot, on its way."""

    def __init__(self, scenario: Scenario, now: datetime, house: House) -> None:
        self.id, self.scenario, self._house = scenario.id, scenario, house
        self.midnight = _midnight(now) - scenario.trial * DAY
        self.record = Record(
            scenario,
            self.midnight + _OPENS,
            desk=house.desk,
            people=house.people,
            surveys=house.surveys,
            reports=house.reports,
            contributions=house.contributions,
        )
        self.cast = Cast(
            scenario,
            self.midnight,
            people=house.people,
            surveys=house.surveys,
            by=self.record.holder,
            seed=house.seed,
        )
        self.steps = [*self.record.steps(), Step(self.midnight + _OPENS, self.cast.send_letters)]
        self.steps += [*self.record.happenings(), *self.record.contributions()]
        if scenario.evaluated is not None:
            ended = self.midnight + (scenario.trial - scenario.evaluated) * DAY
            self.steps += self.record.ending(ended + _OPENS, house.costs)

    async def is_state(self, state: str) -> bool:
        pilot = await self._house.desk.records.find(self.id)
        return pilot is not None and pilot.state == state


async def rehearse(now: datetime, house: House) -> dict[PilotId, str]:
    """Live the months that end at `now`, where the clock stands then. Returns, by pilot, a code
    that lets people in, of those that still take people. Raises Refusal where a pilot is recorded
    already; nothing is changed then."""
    await _check_empty(house)
    pilots = [_Pilot(each, now, house) for each in SCENARIOS]
    midnight = house.clock.now()
    while midnight <= now:
        await _live(midnight, now, pilots, house)
        midnight += DAY
    _move(house.clock, now)
    return {
        each.id: await each.cast.put_up_poster()
        for each in pilots
        if await each.is_state("running")
    }


def begins(now: datetime) -> datetime:
    """Where the clock must stand to begin with."""
    return _midnight(now) - max(each.trial for each in SCENARIOS) * DAY - PREPARING


async def _check_empty(house: House) -> None:
    if await house.desk.records.list_pilots(Asked(all=True, limit=1)):
        raise Refusal(
            "conflict", "Des pilotes sont déjà inscrits : la répétition ne se joue qu'à vide."
        )


async def _live(midnight: datetime, now: datetime, pilots: Sequence[_Pilot], house: House) -> None:
    """One day of all of them."""
    evening = min(midnight + _DAY_ENDS, now)
    steps: list[Step] = []
    for each in pilots:
        day = (midnight - each.midnight).days
        steps += [step for step in each.steps if midnight <= step.at < midnight + DAY]
        if day >= 0:
            steps += each.cast.steps(day, running=day == 0 or await each.is_state("running"))
    for step in sorted(steps, key=lambda step: step.at):
        if step.at < now:
            _move(house.clock, step.at)
            await step.do()
    _move(house.clock, evening)
    await _tell(midnight, evening, pilots, house)
    await stop_for_guardrails(desk=house.desk, facts=house.facts)


async def _tell(
    midnight: datetime, evening: datetime, pilots: Sequence[_Pilot], house: House
) -> None:
    """What the door tells of a day, folded as the service folds it."""
    reached: list[PilotExposedV1] = []
    lines: list[ServedInPilot] = []
    for each in pilots:
        running = await each.is_state("running")
        if running or await each.is_state("paused"):
            told = each.cast.told((midnight - each.midnight).days, evening, running=running)
            reached += told[0]
            lines += told[1]
    needs: _Needs = {"facts": house.facts, "figures": house.figures, "clock": house.clock}
    for exposure in reached:
        await fold_exposure(exposure, **needs)
    if lines:
        await fold_uses(record_of(midnight.toordinal(), lines, seed=house.seed), **needs)


def _move(clock: ManualClock, to: datetime) -> None:
    clock.advance(max(0.0, (to - clock.now()).total_seconds()))


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date(), time(), at.tzinfo)
