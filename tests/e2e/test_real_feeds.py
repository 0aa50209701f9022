"""Feeds that others published, through the launcher's `--feeds` and `--at`."""

from pathlib import Path

import pytest
from running_demo import Demo, StartDemo

from socle.testing import until

pytestmark = pytest.mark.e2e

REDDING_CAPTURE = "2025-06-08T21:08:10Z"  # five seconds after the capture's header


def _feeds(folder: Path, *feeds: dict[str, object]) -> str:
    lines = []
    for feed in feeds:
        lines.append("[[feed]]")
        lines.extend(f"{name} = {_toml(value)}" for name, value in feed.items())
    path = folder / "feeds.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _toml(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return '"' + str(value).replace('"', '\\"') + '"'


async def _real_time(demo: Demo) -> dict[str, object]:
    feed = (await demo.get("/mobilite/v1/feeds"))["feeds"][0]
    return dict(feed["real_time"][0])


async def test_redding_nine_trips_match_and_forty_stops_are_skipped(
    start_demo: StartDemo, tmp_path: Path, real_feeds: Path
) -> None:
    feeds = _feeds(
        tmp_path,
        {
            "id": "raba",
            "name": "Redding Area Bus Authority",
            "gtfs": str(real_feeds / "raba.zip"),
            "gtfs_rt": [str(real_feeds / "raba-trip-updates.pb")],
            "licence": "Apache-2.0",
            "attribution": "RABA",
        },
    )
    demo = await start_demo("--feeds", feeds, "--at", REDDING_CAPTURE)

    async def matched() -> bool:
        return (await _real_time(demo))["matched"] == 9

    await until(matched)
    assert (await _real_time(demo))["unmatched"] == 0
    skipped = set()
    for stop in ("3027", "3028", "3029", "3030", "3031", "2501", "2500"):
        path = f"/mobilite/v1/stops/raba:{stop}/departures"
        async with demo.client.get(
            demo.address + path, params={"at": "2025-06-09T05:00:00-07:00", "limit": "100"}
        ) as answer:
            if answer.status == 404:
                continue
            for entry in (await answer.json())["departures"]:
                if entry["state"] == "skipped":
                    skipped.add((stop, entry["trip_id"], entry["scheduled"]))
    assert len(skipped) == 40


async def test_porto_alegre_bus_and_train_side_by_side(
    start_demo: StartDemo, tmp_path: Path, real_feeds: Path
) -> None:
    common = {"licence": "MIT", "attribution": "Porto Alegre"}
    feeds = _feeds(
        tmp_path,
        {"id": "eptc", "name": "EPTC", "gtfs": str(real_feeds / "poa_eptc.zip")} | common,
        {"id": "trens", "name": "Trensurb", "gtfs": str(real_feeds / "poa_trensurb.zip")} | common,
    )
    demo = await start_demo("--feeds", feeds, "--at", "2019-05-13T08:00:00-03:00")
    listed = (await demo.get("/mobilite/v1/feeds"))["feeds"]
    assert {feed["id"] for feed in listed} == {"eptc", "trens"}
    near = await demo.get("/mobilite/v1/stops", lat="-30.0262", lon="-51.2282", radius="600")
    assert {stop["id"].partition(":")[0] for stop in near["stops"]} == {"eptc", "trens"}
    train = await demo.get("/mobilite/v1/stops/trens:MR/departures")
    assert train["departures"]
    assert {entry["state"] for entry in train["departures"]} == {"scheduled"}
