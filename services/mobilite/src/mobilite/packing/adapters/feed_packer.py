"""From a feed on disk to a packed file: the whole of the heavy work, in one call.

Loaded in the import worker (`packing/adapters/packing_worker.py`) and in tests; never by a role
that stays: pandas and gtfs-kit weigh hundreds of megabytes.
"""

from pathlib import Path

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.distance_units import in_metres
from mobilite.packing.adapters.feed_archive import ArchiveLimits, open_feed
from mobilite.packing.adapters.gtfs_tables import read_tables
from mobilite.packing.domain.feed_version import FeedVersion, describe
from mobilite.packing.domain.pack import Report, pack
from mobilite.timetable.adapters.packed_file import write_packed
from mobilite.timetable.domain.timetable import Timetable


def read_timetable(
    source: Path, feed_id: FeedId, report: Report, limits: ArchiveLimits
) -> Timetable:
    """Read and pack a zip or a folder of GTFS. Raises Refusal where it cannot be used."""
    with open_feed(source, limits) as files:
        tables = read_tables(files, report, feed_id)
    return pack(in_metres(tables), feed_id, report)


def pack_feed(source: Path, feed_id: FeedId, folder: Path, limits: ArchiveLimits) -> FeedVersion:
    """Pack the feed into `folder`, and say what it became. Raises Refusal."""
    report = Report()
    timetable = read_timetable(source, feed_id, report, limits)
    packed = write_packed(timetable, folder)
    return describe(timetable, report.lines(), sha256=packed.sha256, size=packed.bytes)
