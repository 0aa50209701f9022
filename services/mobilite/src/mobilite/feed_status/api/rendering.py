"""The feeds and the state of their addresses, as JSON."""

from datetime import datetime
from zoneinfo import ZoneInfo

from mobilite.events import PollError, TimetableV1
from mobilite.feed_status.api.models import (
    FeedJson,
    FeedListJson,
    ScheduleJson,
    SourceJson,
    VehicleCountsJson,
)
from mobilite.feed_status.flows.list_feeds import FeedReport, SourceReport
from mobilite.feeds.domain.licences import licence_url
from mobilite.http.api.times import local_time, utc
from mobilite.rental.api.rendering_systems import health_json
from mobilite.rental.flows.list_rental import SystemReport
from mobilite.sources.api.models import ErrorJson, NoteJson
from mobilite.vehicles.domain.fleet import VehicleCounts

_UTC = ZoneInfo("UTC")
_NOTHING_MATCHED = (
    "Aucune mise à jour de course ne correspond aux horaires : le temps réel de cette adresse ne "
    "peut pas être affiché. Les horaires sont-ils d'une autre version ?"
)


def feed_list_json(
    reports: tuple[FeedReport, ...], systems: tuple[SystemReport, ...] = (), *, now: datetime
) -> FeedListJson:
    """Every feed, with its rental system if `systems` has one. Times are in UTC, because a feed can
    have several time zones."""
    rental = {system.feed_id: system for system in systems}
    return {
        "generated_at": utc(now),
        "feeds": [_feed(report, rental.get(report.feed_id)) for report in reports],
    }


def _feed(report: FeedReport, rental: SystemReport | None) -> FeedJson:
    announcement = report.timetable
    return {
        "id": report.feed_id,
        "name": None if announcement is None else announcement.name,
        "licence": None if announcement is None else announcement.licence,
        "licence_url": None if announcement is None else licence_url(announcement.licence),
        "attribution": None if announcement is None else announcement.attribution,
        "schedule": None
        if announcement is None
        else _schedule(announcement, serving=report.serving),
        "real_time": [_source(source) for source in report.sources],
        "rental": None if rental is None else health_json(rental, local_time(_UTC)),
    }


def _schedule(announcement: TimetableV1, *, serving: bool) -> ScheduleJson:
    attempt = announcement.last_attempt
    return {
        "serving": serving,
        "version": announcement.version,
        "sha256": announcement.sha256,
        "valid_from": announcement.valid_from,
        "valid_to": announcement.valid_to,
        "packed_at": None if announcement.packed_at is None else utc(announcement.packed_at),
        "counts": announcement.counts,
        "report": [
            {
                "file": line.file,
                "code": line.code,
                "message": line.message,
                "count": line.count,
                "samples": list(line.samples),
            }
            for line in announcement.report
        ],
        "last_attempt": {
            "at": utc(attempt.at),
            "outcome": attempt.outcome,
            "problem": attempt.problem,
        },
    }


def _source(report: SourceReport) -> SourceJson:
    poll, counts = report.poll, report.match_counts
    return {
        "index": poll.source_index,
        "address": poll.address,
        "state": report.state,
        "header_timestamp": poll.header_timestamp,
        "updated_at": None if poll.as_of is None else utc(poll.as_of),
        "age": report.age,
        "carries": list(poll.carries),
        "entities": poll.entities.model_dump(),
        "matched": counts.matched,
        "added": counts.added,
        "unmatched": sum(counts.unmatched.values()),
        "unmatched_reasons": dict(counts.unmatched),
        "set_aside": dict(counts.rejected),
        "waiting": counts.waiting,
        "mismatched": counts.mismatched,
        "misassigned": counts.misassigned,
        "dated_by_calendar": counts.dated_by_calendar,
        "vehicles": None if report.vehicles is None else _vehicles(report.vehicles),
        "alerts": poll.alerts,
        "superseded": poll.superseded,
        "consecutive_failures": poll.consecutive_failures,
        "refused_older": poll.refused_older,
        "last_error": None if poll.error is None else _error(poll.error),
        "notes": _notes(report),
    }


def _notes(report: SourceReport) -> list[NoteJson]:
    """The notes of the last poll, and one if no trip update matches the timetable."""
    notes: list[NoteJson] = [
        {"code": note.code, "message": note.message, "count": note.count}
        for note in report.poll.notes
    ]
    unusable = report.match_counts.unusable
    if unusable:
        notes.append({"code": "nothing_matched", "message": _NOTHING_MATCHED, "count": unusable})
    return notes


def _vehicles(counts: VehicleCounts) -> VehicleCountsJson:
    return {
        "matched": counts.matched,
        "unmatched": counts.unmatched,
        "without_run": counts.without_run,
        "unplaced": counts.unplaced,
        "lost": counts.lost,
    }


def _error(error: PollError) -> ErrorJson:
    return {"code": error.code, "message": error.message, "since": utc(error.since)}
