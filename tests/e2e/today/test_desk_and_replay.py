"""A person's word reaches a traveller as a feed's does; and the day can be played again."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from running_demo import Demo, StartDemo

from socle.testing import one_size, until

pytestmark = pytest.mark.e2e


async def _publish(demo: Demo, path: str, wish: Any) -> Any:
    """The desk's response to the demo's key."""
    key = (demo.data / "guichet.key").read_text().strip()
    address = f"{demo.address}/mobilite/v1/desk/{path}"
    headers = {"Authorization": f"Bearer {key}"}
    async with demo.client.post(address, json=wish, headers=headers) as answer:
        assert answer.status == 201, await answer.text()
        return await answer.json()


async def _first_coach(demo: Demo) -> Any:
    """The next departure of a network without predictions."""
    (station,) = (await demo.get("/mobilite/v1/stops", q="orleans gare routiere", limit="1"))[
        "stops"
    ]
    board = await demo.get(f"/mobilite/v1/stops/{station['id']}/departures", limit="20")
    return next(each for each in board["departures"] if each["feed"] == "remi")


async def _state(demo: Demo, coach: Any) -> str | None:
    stop = f"/mobilite/v1/stops/{coach['stop_id']}/departures"
    board = await demo.get(stop, at=coach["scheduled"], limit="20")
    run = (coach["trip_id"], coach["start_date"])
    found = (d["state"] for d in board["departures"] if (d["trip_id"], d["start_date"]) == run)
    return next(found, None)


async def _alerts(demo: Demo) -> set[str]:
    body = await demo.get("/mobilite/v1/alerts", feed="remi", active="all", limit="100")
    return {alert["header"] for alert in body["alerts"]}


async def _until_published(demo: Demo, coach: Any) -> None:
    async def body() -> bool:
        return await _state(demo, coach) == "cancelled" and "Pont fermé" in await _alerts(demo)

    await until(body)


async def _publish_notice_and_cancellation(demo: Demo) -> Any:
    """The coach that the desk cancelled."""
    coach = await _first_coach(demo)
    wish = {"header": {"fr": "Pont fermé"}, "effect": "DETOUR", "whole_network": True}
    await _publish(demo, "remi/alerts", wish)
    cancelled = {"trip": coach["trip_id"], "start_date": coach["start_date"]}
    await _publish(demo, "remi/cancellations", cancelled)
    await _until_published(demo, coach)
    return coach


async def test_a_notice_of_the_desk_is_published(demo: Demo) -> None:
    await _publish_notice_and_cancellation(demo)
    feeds = (await demo.get("/mobilite/v1/feeds"))["feeds"]
    (remi,) = (feed for feed in feeds if feed["id"] == "remi")
    assert remi["real_time"][-1]["address"] == "guichet de publication"
    async with demo.client.get(f"{demo.address}/mobilite/v1/desk") as answer:
        assert answer.status == 401


@one_size
@pytest.mark.deep_only
async def test_a_notice_of_the_desk_is_replayed(
    demo: Demo, start_demo: StartDemo, tmp_path: Path
) -> None:
    began = datetime.now(UTC)
    coach = await _publish_notice_and_cancellation(demo)
    # The archive is flushed first: it is copied while it is written.
    archive = tmp_path / "archive"
    shutil.copytree(demo.data / "mobilite" / "archive", archive)
    replayed = await start_demo(
        str(archive), "--speed", "4", "--at", began.isoformat(), data="again", command="replay"
    )
    await _until_published(replayed, coach)
    assert await replayed.stop() == 0
    assert replayed.left_behind() == []
    # Two houses were side by side, and the end of one is nothing to the other.
    assert (await demo.get("/readyz"))["status"] == "ready"
