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
    """The owner of a key."""

    name: str
    """Stored as the author of their notices."""
    feeds: frozenset[FeedId]
    """The feeds for which the key is valid."""

    def allow(self, feed_id: FeedId) -> None:
        """Check that the key is valid for a feed. Raises Refusal("forbidden") if it is not, whether
        the feed exists or not."""
        if feed_id not in self.feeds:
            raise Refusal("forbidden", f"Votre clé ne donne pas accès au réseau « {feed_id} ».")


class NoticeStore(Protocol):
    """The store of notices. Every method raises Retry if the database is unavailable."""

    async def add(
        self, notice: Notice, *, idempotency_key: str | None, max_published: int
    ) -> Notice:
        """Insert a notice. Returns the existing one if the author has used the key for the same
        content.

        Raises Refusal: "conflict" if the key was used for other content, "too_many" if the feed
        would have more than `max_published` notices in force or upcoming.
        """
        ...

    async def replace(self, notice: Notice) -> None:
        """Store the next version of a notice. Raises Refusal("conflict") if the stored version is
        not the previous one."""
        ...

    async def find(
        self, feed_id: FeedId, notice_id: str, *, feeds: frozenset[FeedId]
    ) -> Notice | None:
        """One notice of a feed; None if there is none, or the feed is not one of `feeds`."""
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
        """The notices of a feed, newest first; none if it is not one of `feeds`.

        `published_at_instant`: only those in force or upcoming at that instant; None: all.
        `after`: the publication and id of the last notice of the previous page.
        """
        ...
