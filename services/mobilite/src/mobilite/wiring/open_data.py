"""The merged feeds of the api role: one schedule and one real time for the region."""

from fastapi import FastAPI

from mobilite.live.flows import Live
from mobilite.open_data.adapters.merged_entities import MergedEntities
from mobilite.open_data.adapters.merged_message import MergedMessages
from mobilite.open_data.adapters.merged_shelf import MergedScheduleFolder
from mobilite.open_data.api.merged import merged_router
from mobilite.open_data.flows.merge_real_time import MergedRealTime
from mobilite.open_data.flows.merge_schedule import MergedSchedule
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from mobilite.wiring.live import after_catch_up
from mobilite.wiring.openapi import PREFIX
from mobilite.wiring.shared import Start
from socle.service import RunningRole


def wire_merged(
    given: Start, live: Live, follower: TimetableFollower, app: FastAPI
) -> tuple[MergedRealTime, RunningRole]:
    """Add the endpoints of the merged feeds to `app`.

    Returns the merged real time, whose `follow_trip_updates` the caller must call, and the task
    that makes the merged schedule, with its check.
    """
    settings = given.settings
    packed = settings.data / "api"
    schedule = MergedSchedule(
        live,
        MergedScheduleFolder(packed / "merged", packed=packed),
        serving=follower.serving,
        publisher=(settings.publisher, settings.publisher_url),
    )
    real_time = MergedRealTime(
        live,
        version=schedule.version,
        entities=MergedEntities(),
        messages=MergedMessages(),
        clock=given.clock,
    )
    merged = merged_router(schedule, real_time, live, given.clock)
    merged.add_to(app, prefix=PREFIX, dependencies=[after_catch_up(live)])
    return real_time, RunningRole(
        tasks={"merged_schedule": schedule.run}, checks={"merged_schedule": schedule.why_not}
    )
