"""Builds the record of one rental system from its files."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from mobilite.events import Availability, PollError, PollNote, RentalSystemV1
from mobilite.feeds.domain.feed import Feed
from mobilite.rental.domain.gbfs_document import NOTES, Discovery
from mobilite.rental.flows.gbfs_file import GbfsFile
from mobilite.rental.flows.published_system import PublishedSystem
from mobilite.sources.domain.poll_notes import NOTES as HEADER_NOTES

_FILE_OF: Final = {
    "stations": "station_information",
    "vehicles": "vehicle_status",
    "system": "system_information",
    "vehicle_types": "vehicle_types",
    "pricing_plans": "system_pricing_plans",
    "alerts": "system_alerts",
}


def system_record(
    feed: Feed,
    discovery: GbfsFile[Discovery],
    files: Mapping[str, GbfsFile[Any]],
    published: PublishedSystem,
    notes: Counter[str],
) -> RentalSystemV1:
    """The system record after the last reads.

    `discovery`: its gbfs.json. `files`: the listed files by name. `published`: what the tables
    contain of the system; fields of files that have not been read since the start are taken from
    it. `notes`: the doubts that concern several files.
    """
    read = [discovery, *files.values()]
    found = sum((Counter(file.notes) for file in read), Counter(notes))
    attempted = max(file.attempted_at for file in read if file.attempted_at is not None)
    failing = max((file for file in read if file.fault), key=lambda f: f.failures, default=None)
    changes = _contents(discovery, files, published)
    if failing is None:
        changes["succeeded_at"] = attempted
    if published.system is not None:
        _retain(changes, published.system, listed=discovery.document is not None, files=files)
    return RentalSystemV1(
        feed_id=feed.id,
        feed_name=feed.name,
        address=discovery.source.address,
        licence=feed.licence,
        attribution=feed.attribution,
        attempted_at=attempted,
        notes=_notes(found),
        error=None if failing is None else _error(failing),
        consecutive_failures=0 if failing is None else failing.failures,
        **changes,
    )


def _contents(
    discovery: GbfsFile[Discovery], files: Mapping[str, GbfsFile[Any]], published: PublishedSystem
) -> dict[str, Any]:
    """The fields from the files that were read."""
    contents = {
        field: files[name].document
        for field, name in _FILE_OF.items()
        if name in files and field not in ("stations", "vehicles")
    }
    contents_by_field = {
        field: each.content for field, each in contents.items() if each is not None
    }
    if discovery.document is not None:
        contents_by_field["version"] = discovery.document.version
    # Without station_status, the age of the stations is that of their places.
    stations = files.get("station_status") or files.get("station_information")
    for field, file, rows in (
        ("stations", stations, len(published.stations.rows)),
        ("vehicles", files.get("vehicle_status"), len(published.vehicles.rows)),
    ):
        if file is not None and file.document is not None:
            contents_by_field[field] = Availability(count=rows, as_of=file.as_of, ttl=file.ttl)
    return contents_by_field


def _retain(
    changes: dict[str, Any],
    before: RentalSystemV1,
    *,
    listed: bool,
    files: Mapping[str, GbfsFile[Any]],
) -> None:
    """Add to `changes` the fields of unread files from the previous record, except those of files
    that gbfs.json no longer lists. `listed`: whether gbfs.json has been read."""
    for field in (*_FILE_OF, "version", "succeeded_at"):
        unlisted = listed and field in _FILE_OF and _FILE_OF[field] not in files
        if field not in changes and not unlisted:
            changes[field] = getattr(before, field)


def _error(file: GbfsFile[Any]) -> PollError:
    assert file.fault is not None
    assert file.failing_since is not None
    return PollError(
        code=file.fault.code, message=f"{file.name} : {file.fault}", since=file.failing_since
    )


def _notes(found: Counter[str]) -> tuple[PollNote, ...]:
    words = {**HEADER_NOTES, **NOTES}
    return tuple(
        PollNote(code=code, message=words[code], count=count)
        for code, count in sorted(found.items())
        if count > 0
    )
