"""What the desk needs of the outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mobilite.desk.domain.notice import Notice
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class DeskKey:
    """Who publishes notices, and for which feeds. `name` is kept with what they publish."""

    name: str
    feeds: frozenset[FeedId]

    def allow(self, feed_id: FeedId) -> None:
        """Raise Refusal("forbidden") for any other feed, whether it exists or not."""
        if feed_id not in self.feeds:
            raise Refusal("forbidden", f"Votre clé ne donne pas accès au réseau « {feed_id} ».")


class NoticeStore(Protocol):
    """Where notices are kept. Every call may raise Retry."""

    async def add(self, notice: Notice, *, once: str | None, most_told: int) -> Notice:
        """Keep a new notice; the former one where `once` was used for the same content.

        Raises Refusal: "conflict" where `once` was used for another, "too_many" past `most_told`.
        """
        ...

    async def replace(self, notice: Notice) -> None:
        """Keep the next version of a notice. Raises Refusal("conflict") where it has moved on."""
        ...

    async def find(
        self, feed_id: FeedId, notice_id: str, *, feeds: frozenset[FeedId]
    ) -> Notice | None:
        """One notice of a feed, where it is one of `feeds`."""
        ...

    async def list(
        self,
        feed_id: FeedId,
        *,
        feeds: frozenset[FeedId],
        told_at: datetime | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Notice]:
        """The newest notices of a feed, after a place; those told at an instant, or all."""
        ...
