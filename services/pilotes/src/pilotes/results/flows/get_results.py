"""The results of a pilot for a caller, refreshed if they are too old.

The team can read them during the trial, everybody else once it is over, so that results do not
influence participants.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from pilotes.disclosure.domain.measure import Integers, Measure
from pilotes.disclosure.domain.thresholds import threshold
from pilotes.disclosure.domain.tranches import DisclosedFigures, disclose_next
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.record.domain.roles import can_see_results
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.actor import Actor
from pilotes.record.flows.desk import Desk, find_protocol_in_force, trial_protocols
from pilotes.record.ports import ProtocolVersion
from pilotes.results.domain.estimates import Figures, estimate_figures
from pilotes.results.domain.looks import (
    LookState,
    Reading,
    TakenLook,
    look_states,
    readings,
    with_due_look,
)
from pilotes.results.flows.draw_check import draws_as_planned, weight_of
from pilotes.results.flows.place_look import PlacedPeople, place_people
from pilotes.results.ports import (
    CompletedPeople,
    FigureStore,
    FigureUpdate,
    Observation,
    StoredFigures,
)
from pilotes.usage.domain import measures
from pilotes.usage.flows.introductions import introductions
from pilotes.usage.ports import Log
from socle.auth import Caller
from socle.errors import Refusal

MAX_AGE: Final = timedelta(hours=1)
"""Age of stored figures from which they are refreshed before they are read."""


@dataclass(frozen=True, slots=True)
class PilotResults:
    """The results of a pilot for one caller."""

    pilot: Pilot
    actor: Actor
    """The caller."""
    protocols: Sequence[ProtocolVersion]
    """The protocols of its trial, the first one first."""
    planned_per_arm: int
    """Planned participants per arm, in the protocol the trial started with."""
    figures: Figures
    at: datetime | None
    """When the figures were calculated; None: not yet."""
    looks: Sequence[LookState] = ()
    """The planned looks; empty: results are read at any time."""

    @property
    def in_force(self) -> ProtocolVersion:
        """The protocol in force."""
        return _in_force(self.pilot, self.protocols)

    @property
    def planned_end(self) -> datetime:
        """The latest end in its protocols."""
        return _latest_end(self.protocols)


async def get_results(
    pilot_id: PilotId, caller: Caller, *, desk: Desk, store: FigureStore
) -> PilotResults:
    """The results of a pilot, refreshed if they are older than `MAX_AGE`. Raises Refusal if the
    pilot is not visible, or has no results for the caller yet."""
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    require_results(pilot, actor)
    design, stored = await refresh_if_due(pilot, desk=desk, store=store, max_age=MAX_AGE)
    figures = figures_of(pilot, design, stored)
    states = look_states(design.protocols[0].protocol, stored.looks)
    return PilotResults(pilot, actor, design.protocols, design.planned, figures, stored.at, states)


@dataclass(frozen=True, slots=True)
class TrialDesign:
    """The protocols and arms of a trial."""

    protocols: Sequence[ProtocolVersion]
    """The one it started with, and its amendments, in order."""
    arms: Sequence[str]
    """Names of the arms with a weight above 0 in any protocol, in the order of the first one."""
    planned: int
    """Planned participants per arm, in the protocol the trial started with."""
    k: int
    """The smallest number of people that can be disclosed."""
    salt: bytes | None = None
    """Of a pilot whose places switch, which it draws; None: of another, or it is destroyed."""

    @property
    def by_place(self) -> bool:
        """Whether places are drawn."""
        return self.protocols[0].protocol.design.by_place


async def refresh_if_due(
    pilot: Pilot, *, desk: Desk, store: FigureStore, max_age: timedelta
) -> tuple[TrialDesign, StoredFigures]:
    """The design of a trial and its stored figures, refreshed if they are as old as `max_age`.
    Figures of a closed pilot are not refreshed. The trial of the pilot must have been opened."""
    protocols = trial_protocols(pilot, await desk.records.list_protocols(pilot.id))
    at_start = protocols[0].protocol
    scheduled = at_start.design.scheduled
    design = TrialDesign(
        protocols,
        _arms(protocols),
        at_start.planned_per_arm,
        threshold(pilot.field),
        await desk.records.find_salt(pilot.id) if scheduled else None,
    )
    stored, now = await store.stored(pilot.id), desk.clock.now()
    if pilot.stage != "closed" and (stored.at is None or now - stored.at >= max_age):
        async with store.update(pilot.id) as update:
            stored = await _refresh(update, pilot, design, now)
    return design, stored


def figures_of(pilot: Pilot, design: TrialDesign, stored: StoredFigures) -> Figures:
    """The estimates of a trial, from its stored figures; at the planned looks, if it has any."""
    return estimate_figures(
        _in_force(pilot, design.protocols).protocol,
        stored.disclosed,
        arms=design.arms,
        design=design.protocols[0].protocol,
        ratio_as_planned=stored.ratio_as_planned,
        k=design.k,
        read=readings_of(pilot, design, stored),
    )


def readings_of(
    pilot: Pilot, design: TrialDesign, stored: StoredFigures
) -> Sequence[Reading] | None:
    """What the planned looks read so far; None: results are read at any time."""
    at_start = design.protocols[0].protocol
    if not at_start.looks:
        return None
    return readings(
        at_start,
        stored.looks,
        stored.disclosed,
        over_at=None if pilot.stage == "trial" else pilot.finished_at,
        ends_at=_latest_end(design.protocols),
    )


def require_results(pilot: Pilot, actor: Actor) -> None:
    """Raises Refusal if the caller does not see the pilot's results, or there are none."""
    if pilot.stage in BEFORE_TRIAL or pilot.trial_at is None:
        raise Refusal(
            "not_found",
            "Ce pilote n'a pas encore commencé : il n'a pas de résultats.",
            rule="results_none",
        )
    if not can_see_results(pilot.stage, actor.roles):
        raise Refusal(
            "forbidden" if actor.subject else "unauthenticated",
            "L'essai est en cours : ses résultats seront publics quand il sera fini, pour ne pas"
            " influencer ceux qui y participent.",
            rule="results_later",
        )


async def _refresh(
    update: FigureUpdate, pilot: Pilot, design: TrialDesign, now: datetime
) -> StoredFigures:
    indicators = _in_force(pilot, design.protocols).protocol.indicators
    observation = Observation(
        measures.observed_days(indicators),
        max(introductions(indicators, design.protocols).values(), default=None),
    )
    completed = await update.completed(design.arms, observation=observation, as_of=now)
    placed = None
    if design.by_place:
        placed = await _placed(update, completed, pilot, design, now)
        completed = placed.completed
    usage_log = await update.read(indicators, now)
    current = _measures(
        usage_log, indicators, completed.participant, update.stored.disclosed, design
    )
    disclosed, people = disclose_next(
        update.stored.disclosed, completed.people, current, arms=len(design.arms), k=design.k
    )
    if placed is None:
        ratio_as_planned = await draws_as_planned(update, design.protocols, design.arms)
    else:
        ratio_as_planned = update.stored.ratio_as_planned and placed.as_drawn
        names = [measures.measure_name(each) for each in indicators]
        # Comparing hundreds of divisions of the places can take seconds.
        disclosed = await asyncio.to_thread(placed.with_places, disclosed, people, current, names)
    looks = _looks(update, pilot, design, disclosed, now)
    await update.save(
        disclosed,
        replace(completed, people=people).only(people.tranche != completed.people.tranche),
        looks=looks,
        ratio_as_planned=ratio_as_planned,
        at=now,
    )
    return StoredFigures(disclosed, ratio_as_planned, now, looks)


async def _placed(
    update: FigureUpdate,
    completed: CompletedPeople,
    pilot: Pilot,
    design: TrialDesign,
    now: datetime,
) -> PlacedPeople:
    """Those of the participants of a trial by places who are read now."""
    return await place_people(
        update,
        completed,
        pilot=pilot,
        protocol=_in_force(pilot, design.protocols).protocol,
        arms=design.arms,
        salt=design.salt,
        now=now,
    )


def _looks(
    update: FigureUpdate,
    pilot: Pilot,
    design: TrialDesign,
    disclosed: DisclosedFigures,
    now: datetime,
) -> Sequence[TakenLook]:
    """The planned looks so far. None is taken after the trial."""
    if pilot.stage != "trial":
        return update.stored.looks
    return with_due_look(update.stored.looks, design.protocols[0].protocol, disclosed, now)


def _measures(
    usage_log: Log,
    indicators: Sequence[Indicator],
    people: Integers,
    disclosed: DisclosedFigures,
    design: TrialDesign,
) -> dict[str, Measure]:
    """By name, the measures of every indicator with outcomes, and of the footprint. `people`: the
    numbers of the participants whose observation is over. `disclosed`: the stored figures."""
    found: dict[str, Measure] = {}
    fact_by_measure: dict[str, str] = {}
    for each in indicators:
        if each.id not in usage_log.answers:
            continue
        name = measures.measure_name(each)
        found[name] = measures.measure_of(each, people, usage_log.answers[each.id])
        # "use:<fact>", "return:<fact>" or "survey:<questionnaire>:<score>"; measures of one fact or
        # score can reveal each other's cells.
        fact = each.source.partition(":")[2]
        if each.binary:
            fact_by_measure[name] = fact
        if each.kind == "retention":
            edges = measures.stay_edges(each, planned_per_arm=design.planned, k=design.k)
            stay = measures.stay_measure_name(each, edges, disclosed)
            found[stay] = measures.stay_measure(
                edges, people, usage_log.participant, usage_log.visited[each.id]
            )
            fact_by_measure[stay] = fact
    for name, amount in usage_log.footprint.items():
        found[name] = measures.footprint_measure(people, usage_log.participant, amount)
    return measures.join_cells(found, fact_by_measure)


def _latest_end(protocols: Sequence[ProtocolVersion]) -> datetime:
    """The latest end of a trial's protocols: an amendment can bring it forward after results were
    seen."""
    return max(each.protocol.ends_at for each in protocols)


def _arms(protocols: Sequence[ProtocolVersion]) -> list[str]:
    """The names of the arms with a weight above 0 in any protocol, in the order of the first
    one."""
    names = [arm.name for arm in protocols[0].protocol.arms]
    return [name for name in names if any(weight_of(name, each) for each in protocols)]


def _in_force(pilot: Pilot, protocols: Sequence[ProtocolVersion]) -> ProtocolVersion:
    found = find_protocol_in_force(pilot, protocols)
    assert found is not None  # no trial opens without one
    return found
