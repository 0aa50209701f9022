"""The task that records the errors of forecasts, from the start of a replica to its end."""

import asyncio
from pathlib import Path

from boards import TODAY, city_of_one_bus, paris, update
from cities import LINE

from mobilite.connections.adapters.errors_file import ErrorsFile
from mobilite.connections.domain.forecast_errors import REGION, ForecastErrors
from mobilite.connections.flows.record_errors import ErrorRecorder
from mobilite.gtfs.domain.ids import FeedId
from mobilite.realtime.domain.snapshot import Snapshot
from socle.clock import ManualClock
from socle.testing import until

ON_TIME = update(TODAY, "stop_time_update { stop_sequence: 1 departure { delay: 0 } }")


def counted(errors: ForecastErrors) -> float:
    return float(errors.counts[REGION].sum()) if errors.counts else 0.0


async def test_calls_are_recorded_while_it_runs_and_stored_at_the_end(tmp_path: Path) -> None:
    city, clock, observed = city_of_one_bus(), ManualClock(paris("07:58:00")), list[int]()
    file = ErrorsFile(tmp_path)

    def newest() -> Snapshot:
        city.now = clock.now()
        city.publish(ON_TIME)
        return city.live.state.snapshot

    recorder = ErrorRecorder(newest, clock, file, lambda calls, absurd: observed.append(calls))
    task = asyncio.create_task(recorder.run())
    await until(lambda: clock.now() > paris("08:12:00"))
    task.cancel()
    await asyncio.wait((task,))
    # Calls at the first two stops at least: the clock of the task runs ahead.
    assert sum(observed) >= 2
    stored = counted(file.load())
    # The observation that was under way then goes on in its thread.
    assert 0 < stored <= counted(recorder.errors)
    another = ErrorRecorder(Snapshot, ManualClock(paris("08:13:00")), file)
    running = asyncio.create_task(another.run())
    await until(lambda: counted(another.errors) == stored)
    running.cancel()
    await asyncio.wait((running,))


def test_another_timetable_starts_anew_and_a_withdrawn_feed_is_forgotten(tmp_path: Path) -> None:
    city, clock = city_of_one_bus(), ManualClock(paris("07:50:00"))
    recorder = ErrorRecorder(lambda: city.live.state.snapshot, clock, ErrorsFile(tmp_path))

    def observe_at(time: str) -> float:
        clock.advance((paris(time) - clock.now()).total_seconds())
        city.now = clock.now()
        city.publish(ON_TIME)
        recorder.observe()
        return counted(recorder.errors)

    observe_at("07:50:00")
    city.schedule(LINE)
    # The run is new to the timetable: what was forecast before is not compared.
    assert observe_at("08:00:30") == 0.0
    assert observe_at("08:11:30") == 4.0
    city.live.withdraw(FeedId("f"))
    assert observe_at("08:25:00") == 4.0
