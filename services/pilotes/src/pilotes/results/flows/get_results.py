"""The results of a pilot for a caller, refreshed where they are due.

The team reads them during the trial; everybody else once it is over, so that results do not
influence participants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pilotes.disclosure.domain.thresholds import threshold
from pilotes.disclosure.domain.tranches import Integers, Measure, disclose_next
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.actor import Actor
from pilotes.record.flows.desk import Desk, find_protocol_in_force
from pilotes.record.ports import ProtocolVersion
from pilotes.results.domain.estimates import Figures, estimate_figures
from pilotes.results.ports import CompletedPeople, FigureStore, FigureUpdate, StoredFigures
from pilotes.statistics.domain.sample_ratio import Stretch, check_sample_ratio
from pilotes.usage.domain import measures as measured
from pilotes.usage.ports import Log
from socle.auth import Caller
from socle.errors import Refusal

MAX_AGE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PilotResults:
    """The results of a pilot as of `at`."""

    pilot: Pilot
    actor: Actor
    protocols: Sequence[ProtocolVersion]
    """The protocols of its trial, the first one first."""
    planned_per_arm: int
    """Of the protocol that the trial began with."""
    figures: Figures
    at: datetime | None

    @property
    def in_force(self) -> ProtocolVersion:
        """The protocol in force."""
        return _in_force(self.pilot, self.protocols)


async def get_results(
    pilot_id: PilotId, caller: Caller, *, desk: Desk, store: FigureStore
) -> PilotResults:
    """Raises Refusal where the pilot is not visible, or has no results for the caller yet."""
    pilot, actor = await desk.get_pilot(pilot_id, caller)
    require_results(pilot, actor)
    run, stored = await refresh_if_due(pilot, desk=desk, store=store, due=MAX_AGE)
    figures = estimate_figures(
        _in_force(pilot, run.protocols).protocol,
        stored.disclosed,
        arms=run.arms,
        planned_per_arm=run.planned,
        sound=stored.sound,
        k=run.k,
    )
    return PilotResults(pilot, actor, run.protocols, run.planned, figures, stored.at)


@dataclass(frozen=True, slots=True)
class _Run:
    """The protocols and arms of a trial."""

    protocols: Sequence[ProtocolVersion]
    arms: Sequence[str]
    """Those that ever had people, in their order."""
    planned: int
    k: int


async def refresh_if_due(
    pilot: Pilot, *, desk: Desk, store: FigureStore, due: timedelta
) -> tuple[_Run, StoredFigures]:
    """The stored figures of a pilot whose trial was opened, refreshed where they are older than
    `due`. Those of a closed pilot do not change."""
    protocols = _run_by(pilot, await desk.records.list_protocols(pilot.id))
    run = _Run(
        protocols,
        _arms(protocols),
        protocols[0].protocol.planned_per_arm,
        threshold(pilot.field),
    )
    stored, now = await store.stored(pilot.id), desk.clock.now()
    if pilot.stage != "closed" and (stored.at is None or now - stored.at >= due):
        async with store.update(pilot.id) as update:
            stored = await _refresh(update, pilot, run, now)
    return run, stored


def require_results(pilot: Pilot, actor: Actor) -> None:
    """Raises Refusal where the caller does not see the pilot's results, or there are none."""
    if pilot.stage in BEFORE_TRIAL or pilot.trial_at is None:
        raise Refusal("not_found", "Ce pilote n'a pas encore commencé : il n'a pas de résultats.")
    if pilot.stage == "trial" and not actor.can_see("project"):
        raise Refusal(
            "forbidden" if actor.subject else "unauthenticated",
            "L'essai est en cours : ses résultats seront publics quand il sera fini, pour ne pas"
            " influencer ceux qui y participent.",
        )


async def _refresh(update: FigureUpdate, pilot: Pilot, run: _Run, now: datetime) -> StoredFigures:
    indicators = _in_force(pilot, run.protocols).protocol.indicators
    days = measured.longest_days(indicators)
    completed = await update.completed(run.arms, days=days, as_of=now)
    log = await update.read(indicators, now)
    measures = _measures(log, indicators, completed.participant, planned=run.planned, k=run.k)
    disclosed, people = disclose_next(
        update.stored.disclosed, completed.people, measures, arms=len(run.arms), k=run.k
    )
    stretches = await _stretches(update, run.protocols, run.arms)
    # After the retention period the draw cannot be checked any more: the last result stands.
    was_drawn = any(sum(each.counts) for each in stretches)
    sound = not check_sample_ratio(stretches).broken if was_drawn else update.stored.sound
    await update.save(
        disclosed, CompletedPeople(completed.participant, people), sound=sound, at=now
    )
    return StoredFigures(disclosed, sound, now)


def _measures(
    log: Log, indicators: Sequence[Indicator], people: Integers, *, planned: int, k: int
) -> dict[str, Measure]:
    """`people`: those whose observation is over, by their number."""
    found: dict[str, Measure] = {}
    facts: dict[str, str] = {}
    for each in indicators:
        if each.id not in log.answers:
            continue
        name = measured.measure_name(each)
        found[name] = measured.measure_of(each, people, log.answers[each.id])
        source, _, fact = each.source.partition(":")
        if source != "survey" and each.kind != "mean":
            facts[name] = fact
        if each.kind == "retention":
            edges = measured.stay_edges(each, planned_per_arm=planned, k=k)
            found[measured.stay_measure_name(each)] = measured.stay_measure(
                edges, people, log.participant, log.visited[each.id]
            )
            facts[measured.stay_measure_name(each)] = fact
    for name, amount in log.footprint.items():
        found[name] = measured.footprint_measure(people, log.participant, amount)
    return measured.join_cells(found, facts)


async def _stretches(
    update: FigureUpdate, protocols: Sequence[ProtocolVersion], arms: Sequence[str]
) -> list[Stretch]:
    """People by the weights they were drawn with."""
    since = [each.frozen_at for each in protocols[1:] if each.frozen_at is not None]
    counts_by_arm = await update.counts_by_arm(since)
    return [
        Stretch(
            tuple(counts.get(arm, 0) for arm in arms),
            tuple(_weight(written, arm) for arm in arms),
        )
        for counts, written in zip(counts_by_arm, protocols, strict=True)
    ]


def _weight(written: ProtocolVersion, name: str) -> float:
    return next((float(arm.weight) for arm in written.protocol.arms if arm.name == name), 0.0)


def _arms(protocols: Sequence[ProtocolVersion]) -> list[str]:
    """Those that ever had people, in their order."""
    names = [arm.name for arm in protocols[0].protocol.arms]
    return [name for name in names if any(_weight(each, name) for each in protocols)]


def _in_force(pilot: Pilot, protocols: Sequence[ProtocolVersion]) -> ProtocolVersion:
    found = find_protocol_in_force(pilot, protocols)
    assert found is not None  # no trial opens without one
    return found


def _run_by(pilot: Pilot, written: Sequence[ProtocolVersion]) -> list[ProtocolVersion]:
    """The protocol in force when the trial was opened, and those after it."""
    assert pilot.trial_at is not None
    frozen = [(each.frozen_at, each) for each in written if each.frozen_at is not None]
    before = [each for at, each in frozen if at <= pilot.trial_at]
    return [*before[-1:], *(each for at, each in frozen if at > pilot.trial_at)]
