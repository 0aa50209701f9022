"""What is said of an address after a poll: its FeedPollV1, field by field."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final, get_args

from mobilite.events import EntityCounts, FeedPollV1, PollError, PollNote
from mobilite.events.feed_poll import CarriedKind
from mobilite.polling.domain.feed_message import EntityKind, FeedMessage
from mobilite.polling.flows.publish_entities import ToldRound
from mobilite.sources.domain.churn import Churn
from mobilite.sources.domain.header_time import HeaderTime, age_notes
from mobilite.sources.domain.poll_notes import NOTES
from mobilite.sources.ports import SourceFault

_CARRIED: Final[tuple[CarriedKind, ...]] = get_args(CarriedKind)


def accepted(
    poll: FeedPollV1,
    message: FeedMessage,
    header: HeaderTime,
    notes: tuple[PollNote, ...],
    *,
    at: datetime,
) -> FeedPollV1:
    counts = message.counts
    taken = {
        "carries": tuple(
            kind for kind in _CARRIED if kind in poll.carries or getattr(counts, kind)
        ),
        "header_timestamp": header.seconds,
        "as_of": header.as_of,
        "realtime_version": message.realtime_version,
        "feed_version": message.feed_version,
        "entities": EntityCounts(
            trip_updates=counts.trip_updates,
            vehicle_positions=counts.vehicle_positions,
            alerts=counts.alerts,
            other=counts.other,
            deleted=counts.deleted,
        ),
        "notes": notes,
    }
    return succeeded(poll, "accepted", at).model_copy(update=taken)


def succeeded(poll: FeedPollV1, outcome: str, at: datetime) -> FeedPollV1:
    return poll.model_copy(
        update={
            "attempted_at": at,
            "succeeded_at": at,
            "outcome": outcome,
            "error": None,
            "consecutive_failures": 0,
        }
    )


def failed(poll: FeedPollV1, fault: SourceFault, *, at: datetime) -> FeedPollV1:
    since = poll.error.since if poll.error is not None else at
    return poll.model_copy(
        update={
            "attempted_at": at,
            "outcome": "failed",
            "error": PollError(code=fault.code, message=fault.message, since=since),
            "consecutive_failures": poll.consecutive_failures + 1,
            "refused_older": poll.refused_older + (fault.code == "older"),
        }
    )


def older_words(header: HeaderTime, poll: FeedPollV1) -> str:
    assert header.seconds is not None
    assert poll.header_timestamp is not None
    back = poll.header_timestamp - header.seconds
    return f"Le message est plus ancien de {back} s que le précédent : il est refusé."


def notes_of(
    message: FeedMessage,
    header: HeaderTime,
    doubts: Iterable[Counter[str]],
    churn: Churn,
    received: datetime,
) -> tuple[PollNote, ...]:
    counts = message.counts
    aged = age_notes(
        header.as_of,
        received=received,
        live=bool(counts.trip_updates or counts.vehicle_positions),
        alerts=bool(counts.alerts),
    )
    found = Counter(message.notes) + Counter(header.notes) + Counter(aged)
    if churn.renames:
        found["ids_unstable"] += churn.gone
    for each in doubts:
        found += each
    return tuple(
        PollNote(code=code, message=NOTES[code], count=count)
        for code, count in sorted(found.items())
    )


def with_shares(poll: FeedPollV1, told: ToldRound) -> FeedPollV1:
    source = poll.source_index
    spoken = told.spoken_by(source)
    kinds = Counter(record.kind for record in spoken)
    return poll.model_copy(
        update={
            "trips": kinds[EntityKind.TRIP_UPDATE],
            "vehicles": kinds[EntityKind.VEHICLE],
            "alerts": kinds[EntityKind.ALERT],
            "superseded": len(told.by_source.get(source, ())) - len(spoken),
        }
    )
