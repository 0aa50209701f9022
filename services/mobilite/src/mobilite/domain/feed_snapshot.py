"""What one feed says and what its runs keep to, at one instant. Immutable: an update makes a new
one that shares all that did not change.

    updates   what the operator says, by record key; kept as said, so that a new timetable can be
              read with them
    outcomes  for each update, the run it is about or why it is about none
    claims    for each run, the updates about it; the one measured last is believed, and one of an
              address that fell silent while others of the feed speak only where no other is
    runs      for each run with an update, its resolved calls
    by_stop   for each stop, the calls of those runs one may board there
    spoken    for each address, how many updates it speaks for

`by_stop` changes only when a run comes or goes, not when its times change.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from mobilite.domain.feed import FeedId
from mobilite.domain.feed_schedule import FeedSchedule
from mobilite.domain.matching import match_stops
from mobilite.domain.propagation import Resolved, cancelled, propagate
from mobilite.domain.run_matching import RunKey, Unmatched, find_run
from mobilite.domain.trip_update import TripUpdate

STALE_SECONDS = 300
"""Past this age a feed's predictions are not told any more (the French access point's limit)."""

StopCall = tuple[RunKey, int]
"""A call of a run with an update: the run, and the position in it."""


class Aside(StrEnum):
    """Updates about runs the timetable does not hold: counted, not shown on boards."""

    ADDED = "added"
    NEW = "new"
    REPLACEMENT = "replacement"
    DUPLICATED = "duplicated"
    UNSCHEDULED = "unscheduled"
    MODIFIED = "modified"


Outcome = RunKey | Unmatched | Aside


@dataclass(frozen=True, slots=True)
class Source:
    """One real-time address: the POSIX instant its content speaks of."""

    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A run with an update: what is known of its calls, beside their scheduled departures.

    `first_call` is a row of the timetable, `route_rank` the place of its route among people's
    lines. `hidden`: it was deleted.
    """

    update: TripUpdate
    calls: Resolved
    scheduled: tuple[int, ...]
    first_call: int
    route_rank: int
    hidden: bool = False
    mismatched: int = 0


@dataclass(frozen=True, slots=True)
class FeedSnapshot:
    """One feed at one instant. `version` grows with every change; compare it, do not read it."""

    feed_id: FeedId
    schedule: FeedSchedule | None = None
    updates: Mapping[str, TripUpdate] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    claims: Mapping[RunKey, tuple[str, ...]] = field(default_factory=dict)
    runs: Mapping[RunKey, Run] = field(default_factory=dict)
    by_stop: Mapping[int, tuple[StopCall, ...]] = field(default_factory=dict)
    sources: Mapping[int, Source] = field(default_factory=dict)
    spoken: Mapping[int, int] = field(default_factory=dict)
    version: int = 0

    def with_schedule(self, schedule: FeedSchedule | None) -> "FeedSnapshot":
        """The same words read with another timetable (None: with none at all)."""
        empty = FeedSnapshot(self.feed_id, schedule, sources=self.sources, version=self.version)
        return empty.with_updates(self.updates)

    def with_source(self, index: int, source: Source | None) -> "FeedSnapshot":
        """The snapshot in which an address has that state (None: it is no longer read)."""
        sources = {**self.sources}
        if source is None:
            sources.pop(index, None)
        else:
            sources[index] = source
        return self._with_sources(sources)

    def silent(self) -> frozenset[int]:
        """The addresses too old beside the newest one of the feed: whatever the instant."""
        told = {i: source.as_of for i, source in self.sources.items() if source.as_of is not None}
        newest = max(told.values(), default=0)
        return frozenset(i for i, as_of in told.items() if newest - as_of > STALE_SECONDS)

    def _with_sources(self, sources: Mapping[int, Source]) -> "FeedSnapshot":
        """The same words; where another address fell silent, each run of several claims is
        resolved from the one to believe now."""
        feed = replace(self, sources=sources, version=self.version + 1)
        if feed.silent() == self.silent():
            return feed
        draft = _Draft(feed)
        draft.touch(key for key, claims in self.claims.items() if len(claims) > 1)
        return draft.finished()

    def with_updates(self, changes: Mapping[str, TripUpdate | None]) -> "FeedSnapshot":
        """The snapshot after those records: an update each, or None where it was withdrawn."""
        draft = _Draft(self)
        for key, update in changes.items():
            draft.record(key, update)
        return draft.finished()

    def news_since(self, before: "FeedSnapshot") -> dict[str, TripUpdate | None]:
        """The records that lead from what `before` heard to what this one has."""
        said = {
            key: update
            for key, update in self.updates.items()
            if before.updates.get(key) is not update
        }
        return {**said, **dict.fromkeys(before.updates.keys() - self.updates.keys())}

    def in_place_of(self, current: "FeedSnapshot") -> "FeedSnapshot":
        """This snapshot, read aside, with all that `current` has heard meanwhile."""
        feed = self._with_sources(current.sources).with_updates(current.news_since(self))
        return replace(feed, version=current.version + 1)

    def updated_at(self, run: Run) -> int:
        """POSIX seconds of the instant a run's update speaks of: that of its address."""
        source = self.sources.get(run.update.source)
        return run.update.seen_at if source is None or source.as_of is None else source.as_of


class _Draft:
    """The one mutable moment of a snapshot: copies of its maps, frozen again by `finished`."""

    def __init__(self, base: FeedSnapshot) -> None:
        self._base = base
        self._updates = dict(base.updates)
        self._outcomes = dict(base.outcomes)
        self._claims = dict(base.claims)
        self._spoken = Counter(base.spoken)
        self._touched: set[RunKey] = set()

    def record(self, key: str, update: TripUpdate | None) -> None:
        before = self._outcomes.pop(key, None)
        if isinstance(before, tuple):
            self._touched.add(before)
            self._claims[before] = tuple(each for each in self._claims[before] if each != key)
        said = self._updates.pop(key, None)
        if said is not None:
            self._spoken[said.source] -= 1
        if update is None:
            return
        self._updates[key] = update
        self._spoken[update.source] += 1
        if self._base.schedule is not None:
            outcome = _outcome(self._base.schedule, update)
            self._outcomes[key] = outcome
            if isinstance(outcome, tuple):
                self._touched.add(outcome)
                self._claims[outcome] = (*self._claims.get(outcome, ()), key)

    def touch(self, runs: Iterable[RunKey]) -> None:
        self._touched.update(runs)

    def finished(self) -> FeedSnapshot:
        runs, silent = dict(self._base.runs), self._base.silent()
        for key in self._touched:
            claims = self._claims[key]
            if claims:
                said = (self._updates[claim] for claim in claims)
                believed = max(
                    said, key=lambda each: (each.source not in silent, each.seen_at, each.key)
                )
                assert self._base.schedule is not None
                runs[key] = _resolve(self._base.schedule, key, believed)
            else:
                del self._claims[key]
                runs.pop(key, None)
        return replace(
            self._base,
            updates=self._updates,
            outcomes=self._outcomes,
            claims=self._claims,
            runs=runs,
            by_stop=self._indexed(runs),
            spoken={source: count for source, count in self._spoken.items() if count},
            version=self._base.version + 1,
        )

    def _indexed(self, runs: Mapping[RunKey, Run]) -> Mapping[int, tuple[StopCall, ...]]:
        before = self._base.runs
        come = [key for key in self._touched if key in runs and key not in before]
        gone = {key for key in self._touched if key not in runs and key in before}
        schedule = self._base.schedule
        if schedule is None or not (come or gone):
            return self._base.by_stop
        edited: dict[int, list[StopCall]] = {}
        by_stop = self._base.by_stop
        for stop, _ in _stop_calls(schedule, gone):
            if stop not in edited:
                edited[stop] = [call for call in by_stop.get(stop, ()) if call[0] not in gone]
        for stop, call in _stop_calls(schedule, come):
            if stop not in edited:
                edited[stop] = list(by_stop.get(stop, ()))
            edited[stop].append(call)
        indexed = {**by_stop, **{stop: tuple(sorted(calls)) for stop, calls in edited.items()}}
        return {stop: calls for stop, calls in indexed.items() if calls}


def _stop_calls(schedule: FeedSchedule, keys: Iterable[RunKey]) -> Iterable[tuple[int, StopCall]]:
    for key in keys:
        for position, stop in schedule.boardable(key[0]):
            yield stop, (key, position)


def _outcome(schedule: FeedSchedule, update: TripUpdate) -> Outcome:
    if update.of_modified_trip:
        return Aside.MODIFIED
    if update.relationship in ("SCHEDULED", "CANCELED", "DELETED"):
        return find_run(schedule.timetable, update)
    if update.relationship == "UNSCHEDULED":
        # The relationship of frequency-based trips without exact times, which boards do show.
        found = find_run(schedule.timetable, update)
        return found if isinstance(found, tuple) else Aside.UNSCHEDULED
    return Aside(update.relationship.lower())


def _resolve(schedule: FeedSchedule, key: RunKey, update: TripUpdate) -> Run:
    calls, mismatched = schedule.run_calls(*key), 0
    if update.relationship in ("CANCELED", "DELETED"):
        resolved = cancelled(calls.arrivals, calls.departures)
    else:
        matches = match_stops(calls, update.stop_updates, schedule.station_of)
        resolved = propagate(calls.arrivals, calls.departures, matches.updates, update.delay)
        mismatched = matches.mismatched
    timetable, trip = schedule.timetable, key[0]
    return Run(
        update,
        resolved,
        scheduled=tuple(calls.departures),
        first_call=int(timetable.trip_first[trip]),
        route_rank=schedule.route_rank[timetable.trip_route[trip]],
        hidden=update.relationship == "DELETED",
        mismatched=mismatched,
    )
