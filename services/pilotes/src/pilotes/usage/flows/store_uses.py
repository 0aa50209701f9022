"""Store the requests of a gateway record that consents cover.

A record is stored once: its replica and sequence number are stored in the transaction that adds its
uses.
"""

from pilotes.events import RequestServedV2
from pilotes.usage.domain.facts import (
    FIRST_ERROR_STATUS,
    Use,
    check_instants,
    check_names,
    check_numbers,
    parse_pseudonym,
    truncate_to_second,
)
from pilotes.usage.ports import FactStore, UsageCounters
from socle.clock import Clock
from socle.errors import Refusal


async def store_uses(
    record: RequestServedV2, *, facts: FactStore, counters: UsageCounters, clock: Clock
) -> None:
    """Store the lines of a record that a consent covers, and count what became of each. Raises
    Refusal for an invalid number or name (not counted) and for an instant in the future or before
    the platform (counted as `to_come`); Retry if the database is unavailable."""
    _check_record(record)
    try:
        check_instants(
            (at for line in record.in_pilots for at in (line.first, line.last)), clock.now()
        )
    except Refusal:
        counters.count_events("use", "to_come", len(record.in_pilots))
        raise
    uses = [
        Use(
            pilot_id=line.pilot_id,
            pseudonym=pseudonym,
            arm=line.arm,
            fact=line.fact,
            # The first instant: a consent given between the first and the last does not cover it.
            at=truncate_to_second(line.first),
            useful=line.status < FIRST_ERROR_STATUS,
            request_count=line.count,
            bytes=line.bytes,
            seconds=line.seconds,
            cpu_seconds=line.cpu_seconds,
        )
        for line in record.in_pilots
        if (pseudonym := parse_pseudonym(line.pseudonym)) is not None
    ]
    counted = await facts.add_uses(
        uses, replica=record.replica, sequence=record.sequence, stopped=record.stopped
    )
    if counted is None:
        counters.count_events("use", "repeated", len(record.in_pilots))
        return
    counters.count_events("use", "nobody", len(record.in_pilots) - len(uses))
    counters.count_events("use", "counted", counted)
    counters.count_events("use", "no_consent", len(uses) - counted)


def _check_record(record: RequestServedV2) -> None:
    """Raises Refusal for values the database cannot hold: such a record would be redelivered for
    ever and block its partition."""
    lines = record.in_pilots
    check_numbers((record.sequence, *(n for e in lines for n in (e.count, e.bytes, e.seconds))))
    check_numbers(e.cpu_seconds for e in lines if e.cpu_seconds is not None)
    check_names((record.replica, *(name for e in lines for name in (e.pilot_id, e.arm, e.fact))))
