"""The feeds this replica has data for, and the refusals for those it has not."""

from mobilite.feeds.ports import KnownFeeds
from mobilite.gtfs.domain.ids import FeedId
from socle.errors import Refusal

_MAX_LISTED = 20


def known_feed(state: KnownFeeds, feed: str) -> FeedId:
    """The feed with that id. Raises Refusal("not_found") listing the known feeds."""
    known = {*state.timetables, *state.polls, *state.searches, *state.alerts}
    if FeedId(feed) in known:
        return FeedId(feed)
    others = ", ".join(sorted(known)[:_MAX_LISTED])
    raise Refusal(
        "not_found",
        f"Le réseau « {feed[:100]} » n'existe pas{f' ; ceux connus : {others}' if others else ''}.",
        parameter="feed",
    )


def no_schedule_yet(feed_id: FeedId) -> Refusal:
    """The refusal for a feed whose schedule this replica has not loaded yet."""
    return Refusal(
        "unavailable",
        f"Les horaires du réseau {feed_id} ne sont pas encore disponibles.",
        feed=feed_id,
    )
