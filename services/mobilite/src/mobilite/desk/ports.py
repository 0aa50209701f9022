"""The ports of the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mobilite.desk.domain.notice import Notice
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class DeskKey:
    """The owner of a key, and its feeds. `name` is stored with each publication."""

    name: str
    feeds: frozenset[FeedId]

    def allow(self, feed_id: FeedId) -> None:
        """Raise Refusal("forbidden") for any other feed, whether it exists or not."""
        if feed_id not in self.feeds:
            raise Refusal("forbidden", f"Votre clé ne donne pas accès au réseau « {feed_id} ».")


class NoticeStore(Protocol):
    """The store of notices. Every call may raise Retry."""

    async def add(self, notice: Notice, *, once: str | None, max_published: int) -> Notice:
        """Insert a notice; returns the existing one if `once` was used for the same content.

        Raises Refusal: "conflict" if `once` was used for other content, "too_many" beyond
        `max_published`.
        """
        ...

    async def replace(self, notice: Notice) -> None:
        """Store the next version of a notice. Raises Refusal("conflict") if the stored version
        differs."""
        ...

    async def find(
        self, feed_id: FeedId, notice_id: str, *, feeds: frozenset[FeedId]
    ) -> Notice | None:
        """One notice of a feed, if the feed is one of `feeds`."""
        ...

    async def list(
        self,
        feed_id: FeedId,
        *,
        feeds: frozenset[FeedId],
        published_at_instant: datetime | None,
        after: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[Notice]:
        """The newest notices of a feed after a place: those published at an instant, or all."""
        ...
