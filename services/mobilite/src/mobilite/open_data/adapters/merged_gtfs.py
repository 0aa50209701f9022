"""Writes the region's GTFS: every feed in one zip, from the packed files.

The same version always gives the same bytes. Only the lines being written are in memory; the
packed files are mapped. docs/decisions/0012-merged-feeds.md
"""

import itertools
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.open_data.adapters import merged_large_tables, merged_tables
from mobilite.open_data.adapters.merged_tables import FeedPart, line
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.timetable.adapters.packed_file import open_packed

SUFFIX: Final = ".zip"
_FEED_INFO: Final = (
    "feed_publisher_name,feed_publisher_url,feed_lang,feed_start_date,feed_end_date,feed_version"
)
_SEVERAL_LANGUAGES: Final = "mul"
"""feed_lang of several languages: GTFS, feed_info.txt."""
_UNKNOWN_LANGUAGE: Final = "und"
"""Undetermined: ISO 639-2."""
_ENTRY_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""The time of each file in the zip: always the same, so that the bytes are."""
_COMPRESSION_LEVEL: Final = 6
_FILES: Final[dict[str, Callable[[FeedPart], Iterator[str]]]] = {
    "agency": merged_tables.agency,
    "stops": merged_tables.stops,
    "routes": merged_tables.routes,
    "trips": merged_tables.trips,
    "stop_times": merged_large_tables.stop_times,
    "calendar": merged_tables.calendar,
    "calendar_dates": merged_tables.calendar_dates,
    "frequencies": merged_tables.frequencies,
    "shapes": merged_large_tables.shapes,
    "transfers": merged_large_tables.transfers,
    "levels": merged_large_tables.levels,
    "pathways": merged_large_tables.pathways,
    "attributions": merged_tables.attributions,
}


def write_merged(
    feeds: Sequence[MergedFeed],
    packed: Path,
    target: Path,
    *,
    version: str,
    publisher: tuple[str, str],
) -> int:
    """Write the zip `target` atomically. Returns its size in bytes.

    `feeds`: at least one. `packed`: the folder of the files `<sha256>.timetable`. `version`: for
    feed_version. `publisher`: name and address. Raises BadPackedFile if a packed file is damaged,
    OSError if one is missing or the disk is full.
    """
    parts = [FeedPart.of(feed, open_packed(packed / f"{feed.sha256}.timetable")) for feed in feeds]
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(target.parent) as part:
        with zipfile.ZipFile(
            part.content, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION_LEVEL
        ) as zipped:
            for name, lines in _FILES.items():
                header = {**merged_tables.HEADERS, **merged_large_tables.HEADERS}[name]
                _write(zipped, name, header, itertools.chain.from_iterable(map(lines, parts)))
            _write(zipped, "feed_info", _FEED_INFO, [_feed_info(parts, version, publisher)])
        part.install(target)
    return target.stat().st_size


def _write(zipped: zipfile.ZipFile, name: str, header: str, lines: Iterable[str]) -> None:
    """Write one file into the zip, unless it has no line."""
    rows = iter(lines)
    first = next(rows, None)
    if first is None:
        return
    entry = zipfile.ZipInfo(f"{name}.txt", _ENTRY_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with zipped.open(entry, "w", force_zip64=name in ("stop_times", "shapes")) as file:
        file.write(f"{header}\n{first}".encode())
        for row in rows:
            file.write(row.encode())


def _feed_info(parts: Sequence[FeedPart], version: str, publisher: tuple[str, str]) -> str:
    """The line of feed_info.txt: the publisher, the language and the days of the merged feed."""
    infos = [next(part.timetable.notes.rows("feed_info"), {}) for part in parts]
    languages = {info["feed_lang"] for info in infos if "feed_lang" in info}
    days = []
    for part in parts:
        running = np.flatnonzero(part.timetable.service_days.any(axis=0))
        days += [
            part.timetable.first_day + int(running[0]),
            part.timetable.first_day + int(running[-1]),
        ]
    language = (
        _SEVERAL_LANGUAGES if len(languages) > 1 else next(iter(languages), _UNKNOWN_LANGUAGE)
    )
    first, last = ServiceDate.of_ordinal(min(days)), ServiceDate.of_ordinal(max(days))
    return line(*publisher, language, first, last, version)
