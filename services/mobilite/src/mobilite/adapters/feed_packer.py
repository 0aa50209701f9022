"""From a feed on disk to a packed file: the whole of the heavy work, in one call.

Loaded in the import worker (`adapters/import_worker.py`) and in tests; never by a role that
stays: pandas and gtfs-kit weigh hundreds of megabytes.
"""

from pathlib import Path

from mobilite.adapters.distance_units import in_metres
from mobilite.adapters.feed_archive import ArchiveLimits, open_feed
from mobilite.adapters.gtfs_tables import read_tables
from mobilite.adapters.packed_file import write_packed
from mobilite.domain.feed import FeedId
from mobilite.domain.feed_version import FeedVersion, describe
from mobilite.domain.packing import Report, pack
from mobilite.domain.timetable import Timetable


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
