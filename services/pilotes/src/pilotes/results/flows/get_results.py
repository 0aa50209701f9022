"""Tell a pilot's figures to whoever may see them, having looked again where that is due.

Those who run the trial see them as it goes; everybody else once it is over, so that what is not
known yet does not change what people do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pilotes.disclosure.domain.thresholds import threshold
from pilotes.disclosure.domain.tranches import Integers, Measure, advance
from pilotes.record.domain.pilot import Pilot, PilotId
from pilotes.record.domain.protocol import Indicator
from pilotes.record.domain.stages import BEFORE_TRIAL
from pilotes.record.flows.actor import Acting
from pilotes.record.flows.desk import Desk, find_in_force
from pilotes.record.ports import WrittenProtocol
from pilotes.results.domain.estimates import Figures, figures_of
from pilotes.results.ports import FigureStore, Kept, Look, Through
from pilotes.statistics.domain.sample_ratio import Stretch, judge
from pilotes.usage.domain import measures as measured
from pilotes.usage.ports import Log
from socle.auth import Caller
from socle.errors import Refusal

AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Told:
    """A pilot, the protocols its trial went by, first one first, and its figures as of `at`.
    `planned_per_arm`: of the protocol it began with."""

    pilot: Pilot
    acting: Acting
    protocols: Sequence[WrittenProtocol]
    planned_per_arm: int
    figures: Figures
    at: datetime | None

    @property
    def in_force(self) -> WrittenProtocol:
        """The protocol in force."""
        return _in_force(self.pilot, self.protocols)


async def look_at_figures(
    pilot_id: PilotId, caller: Caller, *, desk: Desk, store: FigureStore
) -> Told:
    """Raises Refusal where there is no such pilot, or nothing to see of it yet."""
    pilot, acting = await desk.look(pilot_id, caller)
    require_figures(pilot, acting)
    run, kept = await look_where_due(pilot, desk=desk, store=store, due=AGAIN)
    figures = figures_of(
        _in_force(pilot, run.protocols).protocol,
        kept.shown,
        arms=run.arms,
        planned_per_arm=run.planned,
        sound=kept.sound,
        k=run.k,
    )
    return Told(pilot, acting, run.protocols, run.planned, figures, kept.at)


@dataclass(frozen=True, slots=True)
class _Run:
    """What a trial went by. `arms`: those that ever had people, in their order."""

    protocols: Sequence[WrittenProtocol]
    arms: Sequence[str]
    planned: int
    k: int


async def look_where_due(
    pilot: Pilot, *, desk: Desk, store: FigureStore, due: timedelta
) -> tuple[_Run, Kept]:
    """What may be told of a pilot whose trial was opened, looked at no longer ago than that. Of a
    closed one nothing changes any more."""
    protocols = _run_by(pilot, await desk.records.list_protocols(pilot.id))
    run = _Run(
        protocols,
        _arms(protocols),
        protocols[0].protocol.planned_per_arm,
        threshold(pilot.field),
    )
    kept, now = await store.kept(pilot.id), desk.clock.now()
    if pilot.stage != "closed" and (kept.at is None or now - kept.at >= due):
        async with store.look(pilot.id) as look:
            kept = await _look_again(look, pilot, run, now)
    return run, kept


def require_figures(pilot: Pilot, acting: Acting) -> None:
    """Raises Refusal where the caller may not see that pilot's figures, or there are none."""
    if pilot.stage in BEFORE_TRIAL or pilot.trial_at is None:
        raise Refusal("not_found", "Ce pilote n'a pas encore commencé : il n'a pas de résultats.")
    if pilot.stage == "trial" and not acting.sees("project"):
        raise Refusal(
            "forbidden" if acting.subject else "unauthenticated",
            "L'essai est en cours : ses résultats seront publics quand il sera fini, pour ne pas"
            " influencer ceux qui y participent.",
        )


async def _look_again(look: Look, pilot: Pilot, run: _Run, now: datetime) -> Kept:
    indicators = _in_force(pilot, run.protocols).protocol.indicators
    days = measured.longest_days(indicators)
    through = await look.through(run.arms, days=days, as_of=now)
    log = await look.read(indicators, now)
    measures = _measures(log, indicators, through.participant, planned=run.planned, k=run.k)
    shown, people = advance(look.kept.shown, through.people, measures, arms=len(run.arms), k=run.k)
    stretches = await _stretches(look, run.protocols, run.arms)
    # Once people are forgotten, nobody can tell any more how they were drawn: it was told.
    drawn = any(sum(each.counts) for each in stretches)
    sound = not judge(stretches).broken if drawn else look.kept.sound
    await look.save(shown, Through(through.participant, people), sound=sound, at=now)
    return Kept(shown, sound, now)


def _measures(
    log: Log, indicators: Sequence[Indicator], people: Integers, *, planned: int, k: int
) -> dict[str, Measure]:
    """`people`: who is through, by their number."""
    found: dict[str, Measure] = {}
    facts: dict[str, str] = {}
    for each in indicators:
        if each.id not in log.answers:
            continue
        name = measured.name_of(each)
        found[name] = measured.measure_of(each, people, log.answers[each.id])
        source, _, fact = each.source.partition(":")
        if source != "survey" and each.kind != "mean":
            facts[name] = fact
        if each.kind == "retention":
            edges = measured.stay_edges(each, planned_per_arm=planned, k=k)
            found[measured.stay_of(each)] = measured.stay_measure(
                edges, people, log.participant, log.visited[each.id]
            )
            facts[measured.stay_of(each)] = fact
    for name, amount in log.footprint.items():
        found[name] = measured.footprint_measure(people, log.participant, amount)
    return measured.joined(found, facts)


async def _stretches(
    look: Look, protocols: Sequence[WrittenProtocol], arms: Sequence[str]
) -> list[Stretch]:
    """People by the weights they were drawn with."""
    since = [each.frozen_at for each in protocols[1:] if each.frozen_at is not None]
    drawn = await look.drawn(since)
    return [
        Stretch(
            tuple(counts.get(arm, 0) for arm in arms),
            tuple(_weight(written, arm) for arm in arms),
        )
        for counts, written in zip(drawn, protocols, strict=True)
    ]


def _weight(written: WrittenProtocol, name: str) -> float:
    return next((float(arm.weight) for arm in written.protocol.arms if arm.name == name), 0.0)


def _arms(protocols: Sequence[WrittenProtocol]) -> list[str]:
    """Those that ever had people, in their order."""
    names = [arm.name for arm in protocols[0].protocol.arms]
    return [name for name in names if any(_weight(each, name) for each in protocols)]


def _in_force(pilot: Pilot, protocols: Sequence[WrittenProtocol]) -> WrittenProtocol:
    found = find_in_force(pilot, protocols)
    assert found is not None  # no trial opens without one
    return found


def _run_by(pilot: Pilot, written: Sequence[WrittenProtocol]) -> list[WrittenProtocol]:
    """The protocol in force when the trial was opened, and those that came after it."""
    assert pilot.trial_at is not None
    frozen = [(each.frozen_at, each) for each in written if each.frozen_at is not None]
    before = [each for at, each in frozen if at <= pilot.trial_at]
    return [*before[-1:], *(each for at, each in frozen if at > pilot.trial_at)]
