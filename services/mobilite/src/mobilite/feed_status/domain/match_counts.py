"""Counts the trip updates of each address by outcome: matched, unmatched, rejected, doubtful."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mobilite.realtime.domain.added_trip_keys import RejectionReason
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_matching import Unmatched


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """The counts of one address."""

    matched: int = 0
    """Trip updates about a run of the timetable."""
    added: int = 0
    """Trip updates about a run outside the timetable."""
    unmatched: Mapping[str, int] = field(default_factory=dict)
    """Trip updates for which no run was found, by reason (`Unmatched`)."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    """Trip updates about a run outside the timetable that cannot be built, by reason
    (`RejectionReason`)."""
    mismatched: int = 0
    """Stop updates that match no call, or contradict their stop_sequence."""
    misassigned: int = 0
    """Stop updates that assign a platform outside the station."""
    waiting: int = 0
    """Trip updates of a feed without a timetable yet."""
    dated_by_calendar: int = 0
    """Trip updates whose start_date is not the service day of their run, but the calendar date
    after midnight (`RunKey.dated_by_calendar`)."""

    @property
    def unusable(self) -> int:
        """The trip updates of an address that has some, of which none is about a run; else 0."""
        if self.matched or self.added:
            return 0
        return sum(self.unmatched.values()) + sum(self.rejected.values())


def count_matches(feed: FeedSnapshot) -> dict[int, MatchCounts]:
    """The counts of each address of a feed, by its number."""
    counts = {
        source: _Counter()
        for source in {*feed.sources, *(update.source for update in feed.updates.values())}
    }
    for key, update in feed.updates.items():
        outcome, count = feed.outcomes.get(key), counts[update.source]
        if outcome is None:
            count.plain["waiting"] += 1
        elif isinstance(outcome, Unmatched):
            count.unmatched[str(outcome)] += 1
        elif isinstance(outcome, RejectionReason):
            count.rejected[str(outcome)] += 1
        else:
            run = feed.runs[outcome]
            count.plain["dated_by_calendar"] += outcome.dated_by_calendar(update.start_date)
            count.plain["added" if run.trip.outside_timetable else "matched"] += 1
            if run.update.key == key:
                count.plain["mismatched"] += run.mismatched
                count.plain["misassigned"] += run.misassigned
    return {source: count.totals() for source, count in counts.items()}


class _Counter:
    """Counts one address."""

    def __init__(self) -> None:
        self.plain: Counter[str] = Counter()
        """The counts that have no reasons, by field of MatchCounts."""
        self.unmatched: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()

    def totals(self) -> MatchCounts:
        return MatchCounts(
            self.plain["matched"],
            self.plain["added"],
            dict(self.unmatched),
            dict(self.rejected),
            self.plain["mismatched"],
            self.plain["misassigned"],
            self.plain["waiting"],
            self.plain["dated_by_calendar"],
        )
