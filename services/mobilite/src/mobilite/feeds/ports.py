"""The state that says which feeds exist, and whom to credit for each."""

from collections.abc import Mapping
from typing import Protocol

from mobilite.events import TimetableV1
from mobilite.gtfs.domain.ids import FeedId


class FeedAnnouncements(Protocol):
    """The announced schedule of each feed, with its name, licence and attribution."""

    @property
    def timetables(self) -> Mapping[FeedId, TimetableV1]: ...


class KnownFeeds(FeedAnnouncements, Protocol):
    """Every feed of which this replica has a record: a schedule, polls, a stop search or alerts."""

    @property
    def polls(self) -> Mapping[FeedId, object]: ...
    @property
    def searches(self) -> Mapping[FeedId, object]: ...
    @property
    def alerts(self) -> Mapping[FeedId, object]: ...
