"""Ids. An id inside a feed is only unique within it; `<feed id>:<id>` is unique in the region."""

from typing import NewType

FeedId = NewType("FeedId", str)
"""The id of a feed in feeds.toml. It contains no colon."""

GlobalId = NewType("GlobalId", str)
"""`<feed id>:<id in the feed>`: the only form in public APIs."""


def global_id(feed_id: FeedId, local_id: str) -> GlobalId:
    """The public id of a stop, route or trip."""
    return GlobalId(f"{feed_id}:{local_id}")


def local_id(feed_id: FeedId, text: str) -> str:
    """An id as written by the operator, without the prefix of its own feed. A text that is only the
    prefix stays.

    A merged feed may have prefixed its ids already. Import and polling both remove that prefix, so
    that it is never added twice and the ids of schedule and real time are the same.
    """
    return text.removeprefix(f"{feed_id}:") or text


def split_global_id(text: str) -> tuple[FeedId, str] | None:
    """The feed and the id inside it; None if the text is no global id.

    Feed ids contain no colon (`feeds/adapters/feeds_file.py`), ids inside a feed can.
    """
    feed_id, colon, local_id = text.partition(":")
    if not (feed_id and colon and local_id):
        return None
    return FeedId(feed_id), local_id
