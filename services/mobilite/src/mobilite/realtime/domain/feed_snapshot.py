"""The trip updates of one feed, matched to its timetable. A snapshot is immutable: a change makes
a new one that shares the unchanged parts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace

from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.added_trip_keys import RejectionReason
from mobilite.realtime.domain.modified_trips import ModifiedTrip, build_modified_trips
from mobilite.realtime.domain.outcomes import Claim, Outcome, claim_of
from mobilite.realtime.domain.resolve_run import resolve_run
from mobilite.realtime.domain.run import Run, added_runs_by_id
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.source import Source
from mobilite.realtime.domain.stop_index import StopIndex, reindexed
from mobilite.realtime.domain.trip_modifications import TripModifications
from mobilite.realtime.domain.trip_update import TripUpdate
from mobilite.timetable.domain.feed_schedule import FeedSchedule


@dataclass(frozen=True, slots=True)
class FeedSnapshot:
    """The state of one feed: its timetable, its updates and the runs they result in."""

    feed_id: FeedId
    schedule: FeedSchedule | None = None
    updates: Mapping[str, TripUpdate] = field(default_factory=dict)
    """The trip updates by record key, retained to be matched again to a new timetable."""
    modifications: Mapping[str, TripModifications] = field(default_factory=dict)
    """The TripModifications by record key."""
    modified: Mapping[RunKey, ModifiedTrip] = field(default_factory=dict)
    """The runs of the timetable to which they apply."""
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By record key: the run of the update, or why it has none."""
    added_claims: Mapping[str, Claim] = field(default_factory=dict)
    """By record key, the claims with a fallback: whether their run exists depends on other
    updates."""
    claims: Mapping[RunKey, tuple[str, ...]] = field(default_factory=dict)
    """For each run, the record keys of the updates about it (`resolve_run.py` selects one)."""
    runs: Mapping[RunKey, Run] = field(default_factory=dict)
    """Every run with an update or modifications."""
    added_runs: Mapping[str, tuple[RunKey, ...]] = field(default_factory=dict)
    """By trip id, the runs outside the timetable."""
    replaced: frozenset[RunKey] = frozenset()
    """The runs of the timetable whose replacement or modifications leave calls out."""
    by_stop: StopIndex = field(default_factory=dict)
    """For each stop, the boardable calls of the runs with an update."""
    sources: Mapping[int, Source] = field(default_factory=dict)
    """The addresses by their number in the feed."""
    update_counts: Mapping[int, int] = field(default_factory=dict)
    """For each address, its number of updates."""
    late: int = 0
    """The largest delay of any departure, in seconds; 0 if none is late."""
    early: int = 0
    """The largest earliness of any departure, in seconds; 0 if none is early."""
    version: int = 0
    """Increases with every change."""

    def with_schedule(self, schedule: FeedSchedule | None) -> "FeedSnapshot":
        """The same updates matched to another timetable; None if the feed has none any more."""
        empty = FeedSnapshot(self.feed_id, schedule, sources=self.sources, version=self.version)
        return empty.with_modifications(self.modifications).with_updates(self.updates)

    def with_modifications(self, modifications: Mapping[str, TripModifications]) -> "FeedSnapshot":
        """The snapshot with these TripModifications, by record key, in place of all before."""
        schedule, modified = self.schedule, self.modified
        if schedule is not None and modifications != self.modifications:
            modified = build_modified_trips(schedule, modifications, before=modified)
        feed = replace(self, modifications=modifications, modified=modified)
        builder = _SnapshotBuilder(feed)
        for key, update in self.updates.items():
            if update.modifications_id is not None:
                builder.record(key, update)
        runs = modified.keys() | self.modified.keys()
        builder.touch(key for key in runs if modified.get(key) is not self.modified.get(key))
        return builder.build()

    def with_source(self, index: int, source: Source | None) -> "FeedSnapshot":
        """The snapshot with that state of an address (None: no longer read)."""
        sources = {**self.sources}
        if source is None:
            sources.pop(index, None)
        else:
            sources[index] = source
        return self._with_sources(sources)

    def precedence(self) -> Mapping[int, int]:
        """The precedence of addresses by number, where it is not 1: 2 for decisions by people, of
        any age; 0 for another address whose content is too old compared with the newest one. The
        current instant does not matter."""
        as_of_by_source = {
            i: source.as_of for i, source in self.sources.items() if source.as_of is not None
        }
        newest = max(as_of_by_source.values(), default=0)
        silent = {i: 0 for i, as_of in as_of_by_source.items() if newest - as_of > STALE_SECONDS}
        return silent | {i: 2 for i, source in self.sources.items() if source.decides}

    def _with_sources(self, sources: Mapping[int, Source]) -> "FeedSnapshot":
        """The same updates; if the precedence of an address changes, each run with several
        claims is resolved again."""
        feed = replace(self, sources=sources, version=self.version + 1)
        if feed.precedence() == self.precedence():
            return feed
        builder = _SnapshotBuilder(feed)
        builder.touch(key for key, claims in self.claims.items() if len(claims) > 1)
        return builder.build()

    def with_updates(self, changes: Mapping[str, TripUpdate | None]) -> "FeedSnapshot":
        """The snapshot after those records, by record key; None for a withdrawn update."""
        builder = _SnapshotBuilder(self)
        for key, update in changes.items():
            builder.record(key, update)
        return builder.build()

    def news_since(self, before: "FeedSnapshot") -> dict[str, TripUpdate | None]:
        """The changes from the records of `before` to those of this snapshot."""
        changed = {
            key: update
            for key, update in self.updates.items()
            if before.updates.get(key) is not update
        }
        return {**changed, **dict.fromkeys(before.updates.keys() - self.updates.keys())}

    def in_place_of(self, current: "FeedSnapshot") -> "FeedSnapshot":
        """This snapshot, computed in a thread from an older one, with the changes that `current`
        has had since."""
        feed = self._with_sources(current.sources).with_modifications(current.modifications)
        return replace(feed.with_updates(current.news_since(self)), version=current.version + 1)

    def matches_nothing(self, sources: Set[int]) -> bool:
        """Whether these addresses have trip updates, of which none was matched to a run."""
        return any(map(self.update_counts.get, sources)) and not any(
            isinstance(self.outcomes.get(key), RunKey)
            for key, update in self.updates.items()
            if update.source in sources
        )

    def updated_at(self, run: Run) -> int:
        """POSIX seconds of the content of the run's address; of the update if that is unknown."""
        source = self.sources.get(run.update.source)
        return run.update.seen_at if source is None or source.as_of is None else source.as_of

    def is_estimated(self, run: Run) -> bool:
        """Whether what is predicted of a run is estimated by this platform."""
        source = self.sources.get(run.update.source)
        return source is not None and source.estimates

    def is_stale(self, run: Run, *, now: int) -> bool:
        """Whether the data of the run's address is too old at `now` (POSIX seconds) to be
        displayed."""
        return self.updated_at(run) < now - STALE_SECONDS


class _SnapshotBuilder:
    """Makes the next snapshot: `record` and `touch` collect changes, `build` resolves the runs
    they concern."""

    def __init__(self, base: FeedSnapshot) -> None:
        self._base = base
        self._updates = dict(base.updates)
        self._outcomes = dict(base.outcomes)
        self._added_claims = dict(base.added_claims)
        self._claims = dict(base.claims)
        self._update_counts = Counter(base.update_counts)
        self._touched: set[RunKey] = set()
        self._recopied: set[str | None] = set()
        """The trip ids whose DUPLICATED updates have changed."""

    def record(self, key: str, update: TripUpdate | None) -> None:
        self._forget(key)
        if update is None:
            return
        self._updates[key] = update
        self._update_counts[update.source] += 1
        if update.relationship == "DUPLICATED":
            self._recopied.add(update.trip_id)
        if self._base.schedule is None:
            return
        claim = claim_of(self._base.schedule, update, self._base.modified)
        if not isinstance(claim, Claim):
            self._outcomes[key] = claim
            return
        if claim.fallback is not None:
            self._added_claims[key] = claim
        self._outcomes[key] = claim.fallback or claim.key
        self._claims[claim.key] = (*self._claims.get(claim.key, ()), key)
        self._touched.add(claim.key)

    def _forget(self, key: str) -> None:
        outcome, added_claim = self._outcomes.pop(key, None), self._added_claims.pop(key, None)
        claimed = outcome if added_claim is None else added_claim.key
        if isinstance(claimed, RunKey):
            self._touched.add(claimed)
            self._claims[claimed] = tuple(each for each in self._claims[claimed] if each != key)
        update = self._updates.pop(key, None)
        if update is not None:
            self._update_counts[update.source] -= 1
            if update.relationship == "DUPLICATED":
                self._recopied.add(update.trip_id)

    def touch(self, runs: Iterable[RunKey]) -> None:
        self._touched.update(runs)

    def build(self) -> FeedSnapshot:
        base, schedule = self._base, self._base.schedule
        runs = dict(base.runs)
        added_runs, replaced, by_stop = base.added_runs, base.replaced, base.by_stop
        late, early = base.late, base.early
        if schedule is not None:
            self._resolve(schedule, runs)
            by_stop = reindexed(by_stop, schedule, self._touched, before=base.runs, after=runs)
            late, early = self._bounds(runs)
            if any(key.trip < 0 for key in self._touched):
                added_runs = added_runs_by_id(runs)
            leaving_out = {key for key in self._touched if key in runs and runs[key].left_out}
            replaced = (replaced - self._touched) | leaving_out
        return replace(
            base,
            updates=self._updates,
            outcomes=self._outcomes,
            added_claims=self._added_claims,
            claims=self._claims,
            runs=runs,
            added_runs=added_runs,
            replaced=replaced,
            by_stop=by_stop,
            update_counts={source: count for source, count in self._update_counts.items() if count},
            late=late,
            early=early,
            version=base.version + 1,
        )

    def _resolve(self, schedule: FeedSchedule, runs: dict[RunKey, Run]) -> None:
        """Resolve the touched runs again, in `runs`, and decide the outcome of their updates."""
        precedence, copied = self._base.precedence(), self._copied()
        for key in self._touched:
            claims, modified = self._claims.get(key, ()), self._base.modified.get(key)
            updates = [self._updates[claim] for claim in claims]
            valid = [
                each
                for each in updates
                if each.relationship != "ADDED" or each.trip_id not in copied
            ]
            run = resolve_run(schedule, key, valid, precedence, modified)
            if run is None:
                runs.pop(key, None)
            else:
                runs[key] = run
            if not claims:
                self._claims.pop(key, None)
            for claim in claims:
                added_claim = self._added_claims.get(claim)
                if added_claim is not None and added_claim.fallback is not None:
                    self._outcomes[claim] = added_claim.fallback if run is None else key

    def _copied(self) -> frozenset[str | None]:
        """The trip ids that DUPLICATED updates copy; empty if there is no ADDED update, which is
        all they matter for. Touches the ADDED runs whose copies have changed."""
        added = {
            claim
            for claim, added_claim in self._added_claims.items()
            if added_claim.fallback is RejectionReason.SUPERSEDED
        }
        if not added:
            return frozenset()
        self._touched.update(
            self._added_claims[claim].key
            for claim in added
            if self._updates[claim].trip_id in self._recopied
        )
        return frozenset(
            each.trip_id
            for claim, each in self._updates.items()
            if each.relationship == "DUPLICATED" and isinstance(self._outcomes[claim], RunKey)
        )

    def _bounds(self, runs: Mapping[RunKey, Run]) -> tuple[int, int]:
        """The largest delay and earliness of all runs."""
        base = self._base
        # All runs are read only if one with the previous maximum was touched.
        old = [base.runs[key] for key in self._touched if key in base.runs]
        if any(run.late == base.late > 0 or run.early == base.early > 0 for run in old):
            changed: Iterable[Run] = runs.values()
            late = early = 0
        else:
            changed = [runs[key] for key in self._touched if key in runs]
            late, early = base.late, base.early
        for run in changed:
            late, early = max(late, run.late), max(early, run.early)
        return late, early
