"""What came out of a trial, for everybody."""

from collections.abc import Sequence

from pilotes.record.domain.decisions import ReadStatement
from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.desk import Desk
from pilotes.report.domain.outcomes import public_outcomes
from pilotes.report.flows.list_breaches import breaches_in, list_pauses
from pilotes.results.flows.get_results import get_results
from pilotes.results.ports import FigureStore
from socle.auth import Caller


async def find_outcomes(
    pilot: Pilot, reader: Caller, *, desk: Desk, store: FigureStore, read: ReadStatement
) -> Sequence[str] | None:
    """What came out of a trial that is over, in French, in a few sentences; None while it
    is under way, or if there was none: public pages are the same for everybody. `read`: verifies a
    decision."""
    if pilot.state != "closed" or pilot.trial_at is None:
        return None
    results = await get_results(pilot.id, reader, desk=desk, store=store)
    pauses = await list_pauses(pilot.id, desk=desk, read=read)
    return public_outcomes(
        pilot,
        results.figures,
        results.in_force.protocol,
        planned_end=results.planned_end,
        as_of=results.at,
        breaches=breaches_in(pauses, results.protocols),
        unverified_pause=not all(each.verified for each in pauses),
    )
