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

FORMAT_VERSION: Final = 2
"""Increase when the same feeds are written differently: the schedule then has another id."""


@dataclass(frozen=True, slots=True)
class MergedFeed:
    """One feed of the merged schedule."""

    feed_id: FeedId
    sha256: str
    """Of its packed file."""
    name: str
    licence: str | None = None
    attribution: str | None = None
    packed_at: str = ""
    """The instant its packed file was made, as RFC 3339 in UTC; "" if that is not known."""


@dataclass(frozen=True, slots=True)
class MergedVersion:
    """One version of the merged schedule."""

    feeds: tuple[MergedFeed, ...]
    publisher: tuple[str, str]
    """Name and address of the publisher."""
    other_zone: tuple[FeedId, ...]
    """The feeds excluded because of their time zone."""
    id: str
    """A digest of its contents: the same feeds give the same id."""

    @staticmethod
    def of(
        feeds: Iterable[MergedFeed], zones: Mapping[FeedId, str], publisher: tuple[str, str]
    ) -> "MergedVersion":
        """The version with those of the feeds that are in the most frequent time zone. `zones`:
        the zone of each feed."""
        ordered = sorted(feeds, key=lambda feed: feed.feed_id)
        counts = Counter(zones[feed.feed_id] for feed in ordered)
        # Of equally frequent zones, the first one.
        zone = max(counts, key=lambda each: counts[each], default="")
        included = tuple(feed for feed in ordered if zones[feed.feed_id] == zone)
        identity = json.dumps([FORMAT_VERSION, publisher, [astuple(feed) for feed in included]])
        return MergedVersion(
            included,
            publisher,
            tuple(feed.feed_id for feed in ordered if zones[feed.feed_id] != zone),
            hashlib.blake2b(identity.encode(), digest_size=10).hexdigest(),
        )


def zone_of(timetable: Timetable) -> str:
    """The time zone of a feed: its first agency's."""
    return timetable.timezones[int(timetable.agency_zone[0])]
