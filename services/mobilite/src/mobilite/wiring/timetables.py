"""Maps the announced schedules, for the roles that read them."""

from collections.abc import Awaitable, Callable

from mobilite.events import TimetableV1
from mobilite.timetable.flows.follow_timetables import TimetableFollower
from socle.bus import Table


def map_timetables(
    follower: TimetableFollower, table: Table[TimetableV1]
) -> Callable[[], Awaitable[None]]:
    """The task that maps the announced timetables. The follower removes files that are not
    announced, so it starts only once the table has been read."""

    async def run() -> None:
        await table.caught_up()
        await follower.run()

    return run
