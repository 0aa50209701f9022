"""The one writer: a timetable is swapped in whole while real time goes on being heard."""

import asyncio

from boards import City, clock, paris, update
from cities import LINE, timetable_from_text

from mobilite.flows.live import AT_ONCE

LATER = {
    **LINE,
    "stop_times.txt": LINE["stop_times.txt"].replace("08:00:00,08:00:00", "08:02:00,08:02:00"),
}


async def test_a_timetable_is_swapped_in_whole_while_updates_are_heard() -> None:
    """Every board between the two versions is wholly of one, and no word is lost."""
    city = City(now=paris("07:30:00"))
    city.schedule(LINE)
    city.says(update('trip_id: "t" start_date: "20260302"', more="delay: 0"))
    swapping = asyncio.create_task(city.live.serve(timetable_from_text(LATER)))
    delay, seen = 0, set()
    while not swapping.done():
        delay = (delay + 60) % 3600
        many = "".join(
            update(f'trip_id: "x{n}"', more=f"delay: {delay}", entity=f"x{n}")
            for n in range(AT_ONCE + 1)
        )
        city.says(update('trip_id: "t" start_date: "20260302"', more=f"delay: {delay}") + many)
        line = city.first("f:s1")
        seen.add(clock(line, "scheduled"))
        assert line["delay"] == delay
        await asyncio.sleep(0)
    await swapping
    assert "08:00:00" in seen
    line = city.first("f:s1")
    assert (clock(line, "scheduled"), line["delay"]) == ("08:02:00", delay)
    assert city.feeds()["f"]["real_time"][0]["unmatched"] == AT_ONCE + 1
