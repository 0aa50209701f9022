"""The record of a feed's schedule between two imports."""

from dataclasses import dataclass
from datetime import datetime

from mobilite.gtfs.domain.enumerations import ImportOutcome
from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.domain.feed_version import FeedVersion


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last import attempt."""

    at: datetime
    outcome: ImportOutcome
    problem: str | None = None
    """Why it was refused, in French; None if it was not."""


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """The current version and the last import attempt of a feed."""

    feed_id: FeedId
    version: FeedVersion | None
    """The current version; None: no usable one yet."""
    packed_at: datetime | None
    """When it was packed; None without a version."""
    source_tag: str | None
    """The content that was last imported or refused; with None it is fetched again."""
    source_problem: str | None
    """Why that content was refused; None if it was not."""
    attempt: Attempt
    """The last one."""
