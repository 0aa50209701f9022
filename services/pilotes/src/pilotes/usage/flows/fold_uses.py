"""Fold what a replica of the door answered: its part in pilots, where a consent stands.

A record is folded once, however often it comes: it is known by its replica and number, which are
noted in the transaction that adds its uses.
"""

from pilotes.events import RequestServedV2
from pilotes.usage.domain.facts import (
    FIRST_FAILURE,
    Use,
    check_instants,
    check_numbers,
    check_words,
    pseudonym_in,
    whole_second,
)
from pilotes.usage.ports import FactStore, UsageFigures
from socle.clock import Clock
from socle.errors import Refusal


async def fold_uses(
    record: RequestServedV2, *, facts: FactStore, figures: UsageFigures, clock: Clock
) -> None:
    """Raises Refusal for a record from the future, or of numbers that are none, which is then
    nowhere counted; Retry."""
    _check_kept(record)
    try:
        check_instants(
            (at for line in record.in_pilots for at in (line.first, line.last)), clock.now()
        )
    except Refusal:
        figures.heard("use", "to_come", len(record.in_pilots))
        raise
    uses = [
        Use(
            line.pilot_id,
            pseudonym,
            line.arm,
            line.fact,
            # The first of them: a consent given in between covers none of them.
            whole_second(line.first),
            line.status < FIRST_FAILURE,
            line.count,
            line.bytes,
            line.seconds,
            line.cpu_seconds,
        )
        for line in record.in_pilots
        if (pseudonym := pseudonym_in(line.pseudonym)) is not None
    ]
    counted = await facts.add_uses(
        uses, replica=record.replica, sequence=record.sequence, stopped=record.stopped
    )
    figures.heard("use", "nobody", len(record.in_pilots) - len(uses))
    if counted is None:
        figures.heard("use", "repeated", len(uses))
        return
    figures.heard("use", "counted", counted)
    figures.heard("use", "no_consent", len(uses) - counted)


def _check_kept(record: RequestServedV2) -> None:
    """One record that cannot be kept would come again for ever, and nothing after it."""
    lines = record.in_pilots
    check_numbers((record.sequence, *(n for e in lines for n in (e.count, e.bytes, e.seconds))))
    check_numbers(e.cpu_seconds for e in lines if e.cpu_seconds is not None)
    check_words((record.replica, *(name for e in lines for name in (e.pilot_id, e.arm, e.fact))))
