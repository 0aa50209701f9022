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

from mobilite.gtfs.domain.published_files import LOCATIONS, PUBLISHED_FILES
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.open_data.adapters import merged_large_tables, merged_published, merged_tables
from mobilite.open_data.adapters.feed_part import FeedPart, line
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
    "calendar": merged_tables.calendar,
    "calendar_dates": merged_tables.calendar_dates,
    "frequencies": merged_tables.frequencies,
    "shapes": merged_large_tables.shapes,
    "transfers": merged_large_tables.transfers,
    "attributions": merged_tables.attributions,
}
_HEADERS: Final = {
    **merged_tables.HEADERS,
    **merged_large_tables.HEADERS,
    **merged_published.HEADERS,
}
_LARGE: Final = ("stop_times.txt", "shapes.txt")
"""The files that can exceed 2 GiB."""


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
            for name, lines in _contents(parts):
                _write(zipped, f"{name}.txt", lines)
            _write(zipped, LOCATIONS, merged_published.locations(parts))
            _write(zipped, "feed_info.txt", [_feed_info(parts, version, publisher)])
        part.install(target)
    return target.stat().st_size


def _contents(parts: Sequence[FeedPart]) -> Iterator[tuple[str, Iterator[str]]]:
    """The lines of each table but feed_info.txt, by name, with its header; none if it is empty."""
    for name, lines in _FILES.items():
        yield name, _headed(_HEADERS[name], itertools.chain.from_iterable(map(lines, parts)))
    on_demand = any(map(merged_large_tables.has_on_demand, parts))
    header = _HEADERS["stop_times"]
    yield (
        "stop_times",
        _headed(
            f"{header},{merged_large_tables.ON_DEMAND}" if on_demand else header,
            itertools.chain.from_iterable(
                merged_large_tables.stop_times(part, on_demand=on_demand) for part in parts
            ),
        ),
    )
    for name in PUBLISHED_FILES:
        yield name, _headed(_HEADERS[name], merged_published.published_file(parts, name))


def _headed(header: str, lines: Iterator[str]) -> Iterator[str]:
    """The lines after their header; nothing if there are none."""
    first = next(lines, None)
    if first is not None:
        yield f"{header}\n{first}"
        yield from lines


def _write(zipped: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> None:
    """Write one file into the zip, unless it is empty."""
    texts = iter(pieces)
    first = next(texts, None)
    if first is None:
        return
    entry = zipfile.ZipInfo(name, _ENTRY_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with zipped.open(entry, "w", force_zip64=name in _LARGE) as file:
        file.write(first.encode())
        for text in texts:
            file.write(text.encode())


def _feed_info(parts: Sequence[FeedPart], version: str, publisher: tuple[str, str]) -> str:
    """feed_info.txt: the publisher, the language and the days of the merged feed."""
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
    return f"{_FEED_INFO}\n" + line(*publisher, language, first, last, version)
