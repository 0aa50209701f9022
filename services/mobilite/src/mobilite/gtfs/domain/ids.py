"""Names of things. An id inside a feed means nothing outside it: `<feed id>:<id>` does."""

from typing import NewType

FeedId = NewType("FeedId", str)
"""The id of a feed in feeds.toml. It holds no colon."""

GlobalId = NewType("GlobalId", str)
"""`<feed id>:<id in the feed>`: the only form that leaves the service."""


def global_id(feed_id: FeedId, local_id: str) -> GlobalId:
    """Name a stop, route or trip of one feed for the outside."""
    return GlobalId(f"{feed_id}:{local_id}")


def local_id(feed_id: FeedId, text: str) -> str:
    """An id as an operator wrote it, without the prefix of its own feed.

    A feed that a merger named before carries it already; taken off at both doors (import, poll),
    nothing is ever prefixed twice, and schedule and real time agree.
    """
    return text.removeprefix(f"{feed_id}:") or text


def split_global_id(text: str) -> tuple[FeedId, str] | None:
    """The feed and the id inside it, or None where the text is no global id.

    Feed ids hold no colon (`feeds/adapters/feeds_file.py`), ids inside a feed may.
    """
    feed_id, colon, local_id = text.partition(":")
    if not (feed_id and colon and local_id):
        return None
    return FeedId(feed_id), local_id
