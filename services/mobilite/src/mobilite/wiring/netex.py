"""The NeTEx exports of the api role."""

import asyncio

from fastapi import FastAPI

from mobilite.live.flows import Live
from mobilite.netex.adapters.netex_worker import PROGRAM
from mobilite.netex.api.netex import PREFIX, netex_router
from mobilite.netex.flows.netex_exports import NetexExports
from mobilite.open_data.adapters.merged_shelf import MergedScheduleFolder
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from mobilite.wiring.live import after_catch_up
from mobilite.wiring.shared import Start
from socle.service import RunningRole


def wire_netex(given: Start, live: Live, follower: TimetableFollower, app: FastAPI) -> RunningRole:
    """Add the endpoints of the NeTEx exports to `app`. Returns the task that makes them."""
    settings = given.settings
    packed = settings.data / "api"
    limiter = asyncio.Semaphore()  # one export at a time: each takes a processor
    exports = NetexExports(
        live,
        lambda name: MergedScheduleFolder(
            packed / "netex" / name, packed=packed, program=PROGRAM, limiter=limiter
        ),
        serving=follower.serving,
        publisher=(settings.publisher, settings.publisher_url),
    )
    router = netex_router(exports, live)
    router.add_to(app, prefix=PREFIX, dependencies=[after_catch_up(live)])
    return RunningRole(tasks={"netex": exports.run})
