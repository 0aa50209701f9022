"""One operator's feed, as declared in feeds.toml."""

from dataclasses import dataclass

from mobilite.gtfs.domain.ids import FeedId


@dataclass(frozen=True, slots=True)
class Feed:
    """Where one operator publishes its schedule and its real time.

    `gtfs`, `gtfs_rt` and `gbfs` are http(s) addresses or absolute paths. `id` namespaces every id
    of the feed and holds no ":".
    """

    id: FeedId
    name: str
    gtfs: str
    gtfs_rt: tuple[str, ...] = ()
    gbfs: str | None = None
    licence: str | None = None
    attribution: str | None = None
