"""Builds the FeedPollV1 of an address after a poll. `poll` is the one of the previous poll, `at`
the instant of this one."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal, get_args

from mobilite.events import EntityCounts, FeedPollV1, PollError, PollNote
from mobilite.events.feed_poll import CarriedType
from mobilite.polling.domain.feed_message import EntityType, FeedMessage
from mobilite.polling.flows.publish_entities import PublishedState
from mobilite.sources.domain.churn import Churn
from mobilite.sources.domain.header_time import HeaderTime, age_notes
from mobilite.sources.domain.poll_notes import NOTES
from mobilite.sources.ports import SourceFault

_CARRIED: Final[tuple[CarriedType, ...]] = get_args(CarriedType)


def accepted(
    poll: FeedPollV1,
    message: FeedMessage,
    header: HeaderTime,
    notes: tuple[PollNote, ...],
    *,
    at: datetime,
) -> FeedPollV1:
    """After a new message was published."""
    counts = message.counts
    content = {
        "carries": tuple(
            entity_type
            for entity_type in _CARRIED
            if entity_type in poll.carries or getattr(counts, entity_type)
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
    return succeeded(poll, "accepted", at).model_copy(update=content)


def succeeded(
    poll: FeedPollV1, outcome: Literal["accepted", "unchanged"], at: datetime
) -> FeedPollV1:
    """After the address answered, with a new message or without."""
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
    """After the address could not be read, or its message not be used."""
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


def older_message_text(header: HeaderTime, poll: FeedPollV1) -> str:
    """The error, in French, of a message older than the previous one."""
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
    """The doubts about a message, by code: of the message, its header, its converted entities
    (`doubts`), its age when `received`, and its renamed records."""
    counts = message.counts
    aged = age_notes(
        header.as_of,
        received=received,
        live=bool(counts.trip_updates or counts.vehicle_positions),
        alerts=bool(counts.alerts),
    )
    found = Counter(message.notes) + Counter(header.notes) + Counter(aged)
    if churn.renames:
        found["ids_unstable"] += churn.removed
    for each in doubts:
        found += each
    return tuple(
        PollNote(code=code, message=NOTES[code], count=count)
        for code, count in sorted(found.items())
    )


def with_entity_counts(poll: FeedPollV1, state: PublishedState) -> FeedPollV1:
    """The poll with the number of entities for which the address is selected, or is not."""
    source = poll.source_index
    selected = state.selected_from(source)
    entity_types = Counter(record.entity_type for record in selected)
    return poll.model_copy(
        update={
            "trips": entity_types[EntityType.TRIP_UPDATE],
            "vehicles": entity_types[EntityType.VEHICLE],
            "alerts": entity_types[EntityType.ALERT],
            "superseded": len(state.by_source.get(source, ())) - len(selected),
        }
    )
