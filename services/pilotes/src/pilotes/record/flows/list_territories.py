"""Where a trial takes place."""

from collections.abc import Sequence

from pilotes.record.domain.pilot import Pilot
from pilotes.record.flows.desk import Desk, find_protocol_in_force


async def list_territories(pilot: Pilot, *, desk: Desk) -> Sequence[str]:
    """The territories of the protocol in force, in French; empty if it states none."""
    written = find_protocol_in_force(pilot, await desk.records.list_protocols(pilot.id))
    return written.protocol.territories if written else ()
