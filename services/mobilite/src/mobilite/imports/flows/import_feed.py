"""One import of one operator's schedule: fetch, pack, store, announce.

Any problem of the source is reported in `last_attempt`; the previous version stays in service. The
stored version and its announcement share a transaction.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from mobilite.archive.ports import StoreSchedule
from mobilite.events import ImportAttempt, ReportLine, TimetableV1
from mobilite.feeds.domain.feed import Feed
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.imports.domain.import_record import Attempt, ImportRecord
from mobilite.imports.ports import FetchSchedule, ImportStore, PackedFileStore, PackSchedule
from mobilite.sources.ports import SourceFault
from socle.clock import Clock
from socle.errors import Refusal


@dataclass(frozen=True, slots=True)
class ImportDependencies:
    """The ports of an import."""

    fetch: FetchSchedule
    pack: PackSchedule
    archive: StoreSchedule
    store: ImportStore
    packed_store: PackedFileStore
    clock: Clock
    packing: asyncio.Semaphore
    """Limits how many feeds are packed at a time."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of one import."""

    record: ImportRecord
    """The new record."""
    reached: bool
    """Whether the source could be read, and its content imported, refused or found unchanged. False
    for a temporary failure, after which it is read again soon."""


async def import_feed(
    feed: Feed, known: ImportRecord | None, *, tools: ImportDependencies
) -> ImportResult:
    """Read the source once, store and announce the result. `known`: the record of the last import.
    Raises Retry if the result cannot be stored."""
    if known is not None and known.version and not tools.packed_store.holds(known.version.sha256):
        # The file is lost or of another format: pack again. Replicas serve their copy meanwhile.
        known = replace(known, source_tag=None)
    imported = await _attempt(feed, known, tools)
    await tools.store.save(imported.record, announcement(feed, imported.record, tools.packed_store))
    return imported


async def _attempt(
    feed: Feed, known: ImportRecord | None, tools: ImportDependencies
) -> ImportResult:
    """Fetch and pack. Problems of the source become part of the result."""
    now = tools.clock.now()
    known = known or ImportRecord(feed.id, None, None, None, None, Attempt(now, "unchanged"))
    tag = known.source_tag
    try:
        async with tools.fetch(feed, tag) as fetched:
            if fetched is None:
                return ImportResult(_unchanged(known, now), reached=True)
            tag = fetched.tag
            async with tools.packing:
                version = await tools.pack(fetched.path, feed.id)
            if known.version is None or known.version.sha256 != version.sha256:
                await tools.archive(feed, fetched.path, at=now)
    except SourceFault as fault:
        refused = Attempt(now, "refused", fault.message)
        return ImportResult(replace(known, attempt=refused), reached=False)
    except Refusal as refusal:
        # Refused content is not packed again, unless the refusal was temporary.
        temporary = refusal.category == "unavailable"
        record = replace(
            known,
            source_tag=None if temporary else tag,
            source_problem=None if temporary else refusal.message,
            attempt=Attempt(now, "refused", refusal.message),
        )
        return ImportResult(record, reached=not temporary)
    accepted = replace(known, source_tag=tag, source_problem=None)
    if known.version and known.version.sha256 == version.sha256:
        return ImportResult(_unchanged(accepted, now), reached=True)
    attempt = Attempt(now, "imported")
    imported = replace(accepted, version=version, packed_at=tools.clock.now(), attempt=attempt)
    return ImportResult(imported, reached=True)


def _unchanged(known: ImportRecord, now: datetime) -> ImportRecord:
    """The record after an attempt with an unchanged source: the result is the same as before."""
    if known.source_problem is not None:
        return replace(known, attempt=Attempt(now, "refused", known.source_problem))
    return replace(known, attempt=Attempt(now, "unchanged"))


def announcement(feed: Feed, record: ImportRecord, packed_store: PackedFileStore) -> TimetableV1:
    """The announcement of a feed, made of its declaration and its record."""
    version, attempt = record.version, record.attempt
    announced = TimetableV1(
        feed_id=feed.id,
        name=feed.name,
        licence=feed.licence,
        attribution=feed.attribution,
        last_attempt=ImportAttempt(at=attempt.at, outcome=attempt.outcome, problem=attempt.problem),
    )
    if version is None:
        return announced
    return announced.model_copy(
        update={
            "version": version.label or version.sha256[:12],
            "sha256": version.sha256,
            "address": packed_store.address_of(version.sha256),
            "bytes": version.bytes,
            "packed_at": record.packed_at,
            "valid_from": str(ServiceDate(version.valid_from)),
            "valid_to": str(ServiceDate(version.valid_to)),
            "timezones": version.timezones,
            "counts": version.counts,
            "report": tuple(
                ReportLine(
                    file=line.file,
                    code=line.code,
                    message=line.message,
                    count=line.count,
                    samples=line.samples,
                )
                for line in version.report
            ),
        }
    )
