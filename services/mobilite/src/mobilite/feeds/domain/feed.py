"""One operator's feed, as declared in feeds.toml."""

from dataclasses import dataclass

from mobilite.gtfs.domain.ids import FeedId


@dataclass(frozen=True, slots=True)
class Feed:
    """Where one operator publishes its data, and whom to credit for it.

    Addresses are http(s) URLs or absolute paths.
    """

    id: FeedId
    """Prefixes every public id of the feed; contains no ":"."""
    name: str
    """The name of the network, for people."""
    gtfs: str
    """The address of the schedule."""
    gtfs_rt: tuple[str, ...] = ()
    """The addresses of its real time."""
    gbfs: str | None = None
    """The address of its GBFS auto-discovery file."""
    licence: str | None = None
    """The licence of its data, as declared."""
    attribution: str | None = None
    """Whom to credit, as declared."""
    estimate: bool = False
    """Whether delays are estimated from its vehicles' positions."""
