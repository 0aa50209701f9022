"""The index of the merged feeds as JSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from mobilite.feeds.domain.licences import licence_url, merged_licence
from mobilite.http.api.times import utc
from mobilite.open_data.api.models import MergedIndexJson, MergedMessageJson, MergedSourceJson
from mobilite.open_data.domain.merged_network import MergedFeed, MergedVersion
from mobilite.open_data.flows.merge_real_time import MergedMessage, latest_as_of
from mobilite.open_data.ports import MergedState

INDEX: Final = "/mobilite/v1/gtfs-rt"
SCHEDULE: Final = "/mobilite/v1/gtfs.zip"


def index_json(
    state: MergedState, version: MergedVersion, messages: Sequence[MergedMessage], *, now: datetime
) -> MergedIndexJson:
    """The index of the merged feeds: addresses, sources, licences and ages at `now`."""
    licence = merged_licence(feed.licence for feed in version.feeds)
    return {
        "licence": licence,
        "licence_url": licence_url(licence),
        "message": _message(licence),
        "generated_at": utc(now),
        "schedule": {
            "address": SCHEDULE,
            "version": version.id,
            "feeds": [feed.feed_id for feed in version.feeds],
            "other_timezone": list(version.other_zone),
        },
        "messages": [_message_json(message, now) for message in messages],
        "sources": [_source_json(state, feed, now) for feed in version.feeds],
    }


def _message(licence: str | None) -> str:
    if licence is None:
        return (
            "Chaque source garde sa licence : respectez celle de chacune et citez son attribution."
        )
    return (
        f"L'ensemble est sous licence {licence} : citez l'attribution de chaque source, données "
        "par source ci-dessous et dans attributions.txt."
    )


def _message_json(message: MergedMessage, now: datetime) -> MergedMessageJson:
    return {
        "kind": message.message_type.value,
        "protobuf": f"{INDEX}/{message.message_type}.pb",
        "json": f"{INDEX}/{message.message_type}.json",
        "timestamp": utc(datetime.fromtimestamp(message.timestamp, UTC)),
        "age": max(0, int(now.timestamp()) - message.timestamp),
        "bytes": len(message.protobuf),
        "entities": {str(feed): count for feed, count in message.sent.items()},
        "left_out": {feed: dict(reasons) for feed, reasons in message.left_out.items()},
    }


def _source_json(state: MergedState, feed: MergedFeed, now: datetime) -> MergedSourceJson:
    updated_at = latest_as_of(state, feed.feed_id)
    return {
        "feed": feed.feed_id,
        "name": feed.name,
        "licence": feed.licence,
        "licence_url": licence_url(feed.licence),
        "attribution": feed.attribution,
        "updated_at": None if updated_at is None else utc(updated_at),
        "age": None if updated_at is None else max(0, int((now - updated_at).total_seconds())),
    }
