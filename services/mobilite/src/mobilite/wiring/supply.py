"""The supply of timetables, for the indicators role."""

from pathlib import Path

from fastapi import FastAPI

from mobilite.gtfs.domain.ids import FeedId
from mobilite.live.flows import Live
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.supply.adapters.supply_metrics import count_failure
from mobilite.supply.adapters.supply_process import SupplyProcess
from mobilite.supply.adapters.supply_store import SupplyStore
from mobilite.supply.api.supply import supply_router
from mobilite.supply.flows.follow_supply import SupplyFollower
from mobilite.supply.flows.list_supply import SupplyReader
from mobilite.wiring.live import after_catch_up
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.shared import Start
from socle.service import RunningRole

_FOLDERS = ("indicators", "api")
"""Where the role, or all roles in one process, store packed timetables below the data folder."""


def wire_supply(given: Start, live: Live, app: FastAPI, limiter: SearchLimiter) -> RunningRole:
    """Add the endpoints of supply to `app`. Returns the task that computes it."""
    data = given.settings.data

    def find_packed(sha256: str) -> Path | None:
        paths = (data / folder / f"{sha256}.timetable" for folder in _FOLDERS)
        return next((path for path in paths if path.is_file()), None)

    def stop_name(feed_id: FeedId, stop_id: str) -> str | None:
        schedule = live.state.snapshot.feed(feed_id).schedule
        row = None if schedule is None else schedule.timetable.stop_ids.index_of(stop_id)
        return None if schedule is None or row is None else schedule.timetable.stop_names[row]

    store, process = SupplyStore(data / "supply"), SupplyProcess(data / "supply")
    given.stack.push_async_callback(process.close)
    follower = SupplyFollower(
        lambda: live.state,
        store,
        compute=process.compute,
        find_packed=find_packed,
        clock=given.clock,
        retention_days=given.settings.passages_days,
        failed=count_failure,
    )
    reader = SupplyReader(lambda: live.state, store, follower.missing)
    router = supply_router(reader, given.clock, limiter, stop_name)
    router.add_to(app, prefix=PREFIX, dependencies=[after_catch_up(live)])
    return RunningRole(tasks={"supply": follower.run})
