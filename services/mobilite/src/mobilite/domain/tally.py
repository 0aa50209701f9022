"""How much of what an address says was understood: matched, not matched and why, doubtful."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from mobilite.domain.feed_snapshot import FeedSnapshot
from mobilite.domain.run_matching import Unmatched


@dataclass(frozen=True, slots=True)
class Tally:
    """One address: trip updates by outcome, and stop updates that broke the rules of matching.

    `set_aside` are updates about runs the timetable does not hold (added, duplicated…), which is
    no mistake. `waiting` have no timetable yet.
    """

    matched: int = 0
    unmatched: Mapping[str, int] = field(default_factory=dict)
    set_aside: Mapping[str, int] = field(default_factory=dict)
    mismatched: int = 0
    waiting: int = 0


def tally(feed: FeedSnapshot) -> dict[int, Tally]:
    """The tally of each address of a feed, by its index. One pass over the feed's updates."""
    matched: Counter[int] = Counter()
    mismatched: Counter[int] = Counter()
    waiting: Counter[int] = Counter()
    unmatched: dict[int, Counter[str]] = {}
    set_aside: dict[int, Counter[str]] = {}
    for key, update in feed.updates.items():
        outcome, source = feed.outcomes.get(key), update.source
        if outcome is None:
            waiting[source] += 1
        elif isinstance(outcome, tuple):
            matched[source] += 1
            run = feed.runs[outcome]
            mismatched[source] += run.mismatched if run.update.key == key else 0
        else:
            where = unmatched if isinstance(outcome, Unmatched) else set_aside
            where.setdefault(source, Counter())[str(outcome)] += 1
    return {
        source: Tally(
            matched[source],
            dict(unmatched.get(source, {})),
            dict(set_aside.get(source, {})),
            mismatched[source],
            waiting[source],
        )
        for source in {*feed.sources, *(update.source for update in feed.updates.values())}
    }
