"""The indicators role: observes passages in the live state, archives them and computes figures."""

from fastapi import FastAPI

from mobilite.live.flows import Live
from mobilite.wiring.shared import Start
from socle.bus import Bus
from socle.service import RunningRole, combine


async def wire_figures(given: Start, bus: Bus, live: Live, app: FastAPI) -> RunningRole:
    """Add the endpoints under `/indicators` to `app`, with the tasks that they need. `bus`: for
    tables that are not in `live`."""
    return combine(RunningRole(audiences=frozenset({"mobilite_indicators"})))
