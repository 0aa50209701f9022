"""One operator's feed, as declared in feeds.toml."""

from dataclasses import dataclass

from mobilite.gtfs.domain.ids import FeedId


@dataclass(frozen=True, slots=True)
class Feed:
    """Where one operator publishes its schedule and its real time. Addresses are http(s) URLs or
    absolute paths."""

    id: FeedId
    """Prefixes every public id of the feed; holds no ":"."""
    name: str
    gtfs: str
    gtfs_rt: tuple[str, ...] = ()
    gbfs: str | None = None
    licence: str | None = None
    attribution: str | None = None
