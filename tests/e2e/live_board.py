"""A station of the demo region, and its board once real time is there."""

import asyncio
from typing import Any

from running_demo import Demo


async def station(demo: Demo) -> str:
    found = await demo.get("/mobilite/v1/stops", q="gare d'orléans")
    return str(found["stops"][0]["id"])


async def board_of(demo: Demo, stop_id: str) -> Any:
    return await demo.get(f"/mobilite/v1/stops/{stop_id}/departures", limit="30")


async def until_live(demo: Demo, stop_id: str) -> Any:
    async with asyncio.timeout(120):
        while True:
            board = await board_of(demo, stop_id)
            if any(entry["state"] == "predicted" for entry in board["departures"]):
                return board
            await asyncio.sleep(0.25)
