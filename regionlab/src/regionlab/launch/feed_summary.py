"""The state of each declared feed, as a line for the terminal.

It is read from the public API. An error here never fails the demo.
"""

import asyncio
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiohttp import ClientError

from socle.http import http_client

ADDRESS = "/mobilite/v1/feeds"
_MAX_LINES = 10
_TIME_LIMIT = 5.0
"""Seconds to wait until every feed has been tried."""
_PAUSE = 0.25
"""Seconds between two requests."""
_OK = "  ✔"
_WORST_FIRST = ("failing", "stale", "none", "live")
_REAL_TIME = {
    "failing": "temps réel en échec",
    "stale": "temps réel ancien",
    "none": "temps réel pas encore reçu",
    "live": "temps réel à jour",
}

Feed = Mapping[str, Any]


async def feed_summary(installation: str, file: Path) -> list[str]:
    """French lines on the state of each declared feed: ten at most, then the number of the others.

    `installation`: base URL of the gateway. `file`: the feeds.toml. Empty if the file cannot be
    read, or the API does not answer in time or as expected.
    """
    try:
        declared = _declared(file)
        if not declared:
            return [f"Aucun flux déclaré dans {file}."]
        known = await _known_feeds(installation, declared)
        lines = [_line(i, known.get(i), sources=count) for i, count in declared.items()]
    except (OSError, ClientError, TimeoutError, ValueError, LookupError, TypeError, AttributeError):
        return []
    if len(lines) <= _MAX_LINES:
        return lines
    lines.sort(key=lambda line: line.startswith(_OK))  # problems first
    return [*lines[:_MAX_LINES], f"  et {len(lines) - _MAX_LINES} autres (voir {ADDRESS})"]


def _declared(file: Path) -> dict[str, int]:
    """The number of real-time addresses of each feed, by its id."""
    feeds = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("feed", ())
    return {feed["id"]: len(feed.get("gtfs_rt", ())) for feed in feeds}


async def _known_feeds(installation: str, declared: Mapping[str, int]) -> dict[str, Feed]:
    """The feeds by id, once each has been tried, or after the time limit."""
    limit = asyncio.get_running_loop().time() + _TIME_LIMIT
    async with http_client(time_limit=_TIME_LIMIT) as client:
        while True:
            async with client.get(installation + ADDRESS) as answer:
                answer.raise_for_status()
                known = {feed["id"]: feed for feed in (await answer.json())["feeds"]}
            settled = all(_was_tried(known.get(i), sources=n) for i, n in declared.items())
            if settled or asyncio.get_running_loop().time() >= limit:
                return known
            await asyncio.sleep(_PAUSE)


def _was_tried(feed: Feed | None, *, sources: int) -> bool:
    """Whether there is nothing to wait for: the schedule is refused, or it is served and each
    real-time address has been tried. `sources`: how many of them are declared."""
    if feed is None or feed["schedule"] is None:
        return False
    schedule = feed["schedule"]
    if schedule["last_attempt"]["outcome"] == "refused":
        return True
    polled = [source for source in feed["real_time"][:sources] if source["state"] != "none"]
    return bool(schedule["serving"]) and len(polled) >= sources


def _line(feed_id: str, feed: Feed | None, *, sources: int) -> str:
    """The line of a feed. `sources`: how many of its real-time addresses are declared.

    The API lists the declared addresses first, then the desk's.
    """
    schedule = feed and feed["schedule"]
    if feed is None or schedule is None:
        return f"  … {feed_id} : horaire pas encore lu (voir {ADDRESS})"
    if schedule["last_attempt"]["outcome"] == "refused":
        problem = str(schedule["last_attempt"]["problem"]).rstrip(" .")
        former = "l'horaire d'avant reste servi, " if schedule["serving"] else ""
        return f"  ✘ {feed_id} : {problem} ({former}voir {ADDRESS})"
    if not schedule["serving"]:
        return f"  … {feed_id} : horaire lu, pas encore servi (voir {ADDRESS})"
    count = schedule["counts"]["trips"]
    trips = f"{count:,} course{'s' if count > 1 else ''}".replace(",", " ")
    return f"{_OK} {feed_id} : {trips}, {_real_time(feed['real_time'][:sources])}"


def _real_time(sources: Sequence[Feed]) -> str:
    """The worst state of the addresses, in French."""
    if not sources:
        return "sans temps réel"
    worst = min(sources, key=lambda source: _WORST_FIRST.index(source["state"]))
    error = worst["last_error"]
    if worst["state"] == "live" and all(_has_only_alerts(source) for source in sources):
        return "alertes seules"
    if worst["state"] == "live" or error is None:
        return _REAL_TIME[worst["state"]]
    return f"{_REAL_TIME[worst['state']]} : {error['message'].rstrip(' .')} (voir {ADDRESS})"


def _has_only_alerts(source: Feed) -> bool:
    """Whether an address has published alerts only, which is normal for coach operators."""
    return list(source["carries"]) == ["alerts"]
