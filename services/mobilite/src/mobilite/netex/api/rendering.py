"""The list of NeTEx exports as JSON."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from mobilite.feeds.domain.licences import licence_url, merged_licence
from mobilite.http.api.times import utc
from mobilite.netex.api.models import NetexExportJson, NetexListJson, NetexSourceJson
from mobilite.netex.flows.netex_exports import NetexExport
from mobilite.open_data.domain.merged_network import MergedFeed
from mobilite.open_data.flows.merge_schedule import MergedFile
from mobilite.open_data.ports import MergedState

INDEX: Final = "/netex/"
_PROFILE: Final = "NeTEx-FR 2.3"


def netex_list_json(exports: Iterable[NetexExport], state: MergedState) -> NetexListJson:
    """The exports, with the credits and dates of their feeds."""
    return {"profile": _PROFILE, "exports": [_export_json(export, state) for export in exports]}


def _export_json(export: NetexExport, state: MergedState) -> NetexExportJson:
    version = export.version
    licence = merged_licence(feed.licence for feed in version.feeds)
    size, made_at = _size_and_time(export.file)
    return {
        "name": export.name,
        "address": f"{INDEX}{export.name}.zip",
        "version": version.id,
        "etag": f'"{export.file.version}"' if export.file else None,
        "bytes": size,
        "generated_at": made_at,
        "licence": licence,
        "licence_url": licence_url(licence),
        "sources": [_source_json(feed, state) for feed in version.feeds],
        "other_timezone": list(version.other_zone),
    }


def _size_and_time(file: MergedFile | None) -> tuple[int | None, str | None]:
    """The size of a file in bytes and when it was made; None if there is none, or no more."""
    try:
        stat = file.path.stat() if file else None
    except FileNotFoundError:
        stat = None
    if stat is None:
        return None, None
    return stat.st_size, utc(datetime.fromtimestamp(stat.st_mtime, UTC))


def _source_json(feed: MergedFeed, state: MergedState) -> NetexSourceJson:
    announced = state.timetables.get(feed.feed_id)
    return {
        "feed": feed.feed_id,
        "name": feed.name,
        "licence": feed.licence,
        "licence_url": licence_url(feed.licence),
        "attribution": feed.attribution,
        "valid_from": announced.valid_from if announced else None,
        "valid_to": announced.valid_to if announced else None,
    }
