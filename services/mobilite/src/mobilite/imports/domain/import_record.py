"""The record of a feed's schedule between two imports."""

from dataclasses import dataclass
from datetime import datetime

from mobilite.gtfs.domain.enumerations import ImportOutcome
from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.domain.feed_version import FeedVersion


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last import attempt; `problem` is French, the reason of a refusal."""

    at: datetime
    outcome: ImportOutcome
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """The current version (None: nothing usable yet), and the last attempt.

    `source_tag` identifies the content last judged; None fetches it again. `source_problem` is
    the reason if that content was refused.
    """

    feed_id: FeedId
    version: FeedVersion | None
    packed_at: datetime | None
    source_tag: str | None
    source_problem: str | None
    attempt: Attempt
