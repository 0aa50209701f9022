"""The feeds of the region's merged schedule, and its version.

GTFS requires one time zone for all agencies of a dataset:
https://gtfs.org/documentation/schedule/reference/#agencytxt . A feed in another zone than most
is excluded, with its real time.
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
"""Increase when the same feeds are written differently: the schedule is then made again."""


@dataclass(frozen=True, slots=True)
class MergedFeed:
    """One feed of the merged schedule: its packed file and its credits."""

    feed_id: FeedId
    sha256: str
    name: str
    licence: str | None = None
    attribution: str | None = None


@dataclass(frozen=True, slots=True)
class MergedVersion:
    """The contents of the merged schedule. `id` identifies them: the same feeds, the same id."""

    feeds: tuple[MergedFeed, ...]
    publisher: tuple[str, str]
    """Name and address of the publisher."""
    other_zone: tuple[FeedId, ...]
    """The excluded feeds."""
    id: str

    @staticmethod
    def of(
        feeds: Iterable[MergedFeed], zones: Mapping[FeedId, str], publisher: tuple[str, str]
    ) -> "MergedVersion":
        """The version with these feeds, given the zone of each."""
        ordered = sorted(feeds, key=lambda feed: feed.feed_id)
        counts = Counter(zones[feed.feed_id] for feed in ordered)
        # Of equally frequent zones, the first one.
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
