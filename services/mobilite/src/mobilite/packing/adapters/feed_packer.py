"""Packs a feed on disk into a packed file: all the heavy work, in one call.

Imported by the packing worker (`packing/adapters/packing_worker.py`) and by tests, never by a
permanent role: pandas and gtfs-kit take hundreds of megabytes.
"""

from pathlib import Path

from mobilite.gtfs.domain.ids import FeedId
from mobilite.packing.adapters.distance_units import in_metres
from mobilite.packing.adapters.feed_archive import ArchiveLimits, open_feed
from mobilite.packing.adapters.gtfs_tables import read_tables
from mobilite.packing.domain.feed_version import FeedVersion, describe_version
from mobilite.packing.domain.pack import Report, pack
from mobilite.packing.domain.pathway_report import report_pathways
from mobilite.timetable.adapters.packed_file import write_packed
from mobilite.timetable.domain.timetable import Timetable


def read_timetable(
    source: Path, feed_id: FeedId, report: Report, limits: ArchiveLimits
) -> Timetable:
    """Read and pack a zip or a folder of GTFS. Raises Refusal if it is not usable."""
    with open_feed(source, limits) as files:
        tables = read_tables(files, report, feed_id)
    timetable = pack(in_metres(tables), feed_id, report)
    report_pathways(timetable, report)
    return timetable


def pack_feed(source: Path, feed_id: FeedId, folder: Path, limits: ArchiveLimits) -> FeedVersion:
    """Pack the feed into `folder`, and describe the version. Raises Refusal if it is not usable,
    OSError if the packed file cannot be written."""
    report = Report()
    timetable = read_timetable(source, feed_id, report, limits)
    packed = write_packed(timetable, folder)
    return describe_version(timetable, report.lines(), sha256=packed.sha256, size=packed.bytes)
