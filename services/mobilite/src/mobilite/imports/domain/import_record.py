"""What is remembered of a feed's schedule between two imports."""

from dataclasses import dataclass
from datetime import datetime

from mobilite.gtfs.domain.enumerations import Outcome
from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.domain.feed_version import FeedVersion


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last time the source was asked; `problem` is French and says why it was refused."""

    at: datetime
    outcome: Outcome
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """The version that serves (None: nothing usable yet), and the last attempt.

    `source_tag` names the source's content last judged; None asks for it afresh. `source_problem`
    says why that content was refused, where it was.
    """

    feed_id: FeedId
    version: FeedVersion | None
    packed_at: datetime | None
    source_tag: str | None
    source_problem: str | None
    attempt: Attempt
