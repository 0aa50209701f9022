"""The credit of a network: its name, licence and attribution, as JSON."""

from typing_extensions import TypedDict

from mobilite.feeds.ports import FeedAnnouncements
from mobilite.gtfs.domain.ids import FeedId


class CreditJson(TypedDict):
    """The feed a response comes from, and whom to credit for it."""

    id: str
    name: str
    licence: str | None
    attribution: str | None


def credit_json(state: FeedAnnouncements, feed_id: FeedId) -> CreditJson:
    """The credit of a feed; only its id if its schedule has not been announced."""
    announcement = state.timetables.get(feed_id)
    return {
        "id": feed_id,
        "name": feed_id if announcement is None else announcement.name,
        "licence": None if announcement is None else announcement.licence,
        "attribution": None if announcement is None else announcement.attribution,
    }
