"""The copies of a salt that a search found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SaltTraceCounts:
    """The copies of a pilot's salt that were found."""

    in_database: bool
    outbox_rows: int
    """Announcements in the outbox that contain the salt."""
    bus_records: int
    """Records of the topic that contain the salt, until it is compacted."""
    bus_deleted: bool
    """Whether the last record of the pilot has no salt, or there is none."""
