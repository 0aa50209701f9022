"""Which feeds make the region's one schedule, and what names a version of it.

GTFS wants one time zone of all agencies of a dataset, in which every time of day is counted:
https://gtfs.org/documentation/schedule/reference/#agencytxt . A feed of another zone than most
stays out, with what it says in real time.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from typing import Final

from mobilite.gtfs.domain.ids import FeedId
from mobilite.timetable.domain.timetable import Timetable

RULES: Final = 1
"""To be raised when the same feeds are written otherwise: the schedule is then made again."""


@dataclass(frozen=True, slots=True)
class MergedFeed:
    """One feed of the merged schedule: the packed file it is read from, and whom to credit."""

    feed_id: FeedId
    sha256: str
    name: str
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class MergedVersion:
    """What the merged schedule is made of. `id` names its content: the same feeds, the same id."""

    feeds: tuple[MergedFeed, ...]
    publisher: tuple[str, str]
    """Name and address of whoever publishes the whole."""
    other_zone: tuple[FeedId, ...]
    """The feeds left out."""
    id: str

    @staticmethod
    def of(
        feeds: Iterable[MergedFeed], zones: Mapping[FeedId, str], publisher: tuple[str, str]
    ) -> "MergedVersion":
        """The version made of these feeds, whose first agencies keep to these zones."""
        ordered = sorted(feeds, key=lambda feed: feed.feed_id)
        counts = Counter(zones[feed.feed_id] for feed in ordered)
        # Of zones with as many feeds, the one met first.
        zone = max(counts, key=lambda each: counts[each], default="")
        taken = tuple(feed for feed in ordered if zones[feed.feed_id] == zone)
        named = json.dumps([RULES, publisher, [astuple(feed) for feed in taken]])
        return MergedVersion(
            taken,
            publisher,
            tuple(feed.feed_id for feed in ordered if zones[feed.feed_id] != zone),
            hashlib.blake2b(named.encode(), digest_size=10).hexdigest(),
        )


def zone_of(timetable: Timetable) -> str:
    """The time zone of a feed: its first agency's."""
    return timetable.timezones[int(timetable.agency_zone[0])]
