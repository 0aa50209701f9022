"""The same agreement with events sent through the broker, as between two programs."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from region_play import OperatorPlay, Tally

from demo.network.region import region
from socle.bus import TopicSpec, ensure_topics
from socle.testing import MakeBus, StartServer, until

START = datetime(2026, 3, 3, 17, 30, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


async def test_boards_follow_what_is_published(
    make_bus: MakeBus, start_server: StartServer, tmp_path: Path
) -> None:
    operator = next(each for each in region() if each.id == "filibus")
    kafka = start_server("broker").address
    bus = await make_bus(address=kafka)
    play = OperatorPlay(operator, START, tmp_path, announce=bus.publish)
    specs = [TopicSpec(table.topic, partitions=2, kind="table") for table in play.tables]
    await ensure_topics(kafka, specs)
    tables = [bus.follow(table, into=follow) for table, follow in play.tables.items()]
    async with asyncio.TaskGroup() as group:
        following = [group.create_task(table.run()) for table in tables]
        for minute in range(4):
            await play.minute(START + timedelta(minutes=minute))

            def agrees() -> bool:
                tally = Tally()
                play.compare(play.rules.text.stops, tally)
                return not tally.differences and tally.states["predicted"] > 100

            await until(agrees)
        for task in following:
            task.cancel()
