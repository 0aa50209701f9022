"""The summary of the feeds in the terminal, once the demo is ready."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from regionlab.launch.feed_summary import feed_summary


@asynccontextmanager
async def _answering(body: str, status: int = 200) -> AsyncIterator[str]:
    """An address whose list of feeds is `body`."""

    async def feeds(_: web.Request) -> web.Response:
        return web.Response(text=body, status=status, content_type="application/json")

    app = web.Application()
    app.router.add_get("/mobilite/v1/feeds", feeds)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def _declare(folder: Path, feeds: Mapping[str, int]) -> Path:
    """A file of feeds with so many real-time addresses each."""
    file = folder / "feeds.toml"
    tables = (
        f'[[feed]]\nid = "{feed_id}"\ngtfs_rt = {["a", "b"][:count]}\n'
        for feed_id, count in feeds.items()
    )
    file.write_text("".join(tables))
    return file


def _feed(
    feed_id: str, states: Sequence[str] = (), *, problem: str | None = None, serving: bool = True
) -> dict[str, Any]:
    attempt = {"outcome": "refused" if problem else "imported", "problem": problem}
    schedule = {"serving": serving, "counts": {"trips": 1167}, "last_attempt": attempt}
    error = {"message": "Le serveur répond 500."}
    sources = [
        {
            "state": state.removesuffix(" alerts"),
            "last_error": error if state == "failing" else None,
            "carries": ["alerts"] if state.endswith("alerts") else ["trip_updates"],
        }
        for state in states
    ]
    return {"id": feed_id, "schedule": schedule, "real_time": sources}


async def test_each_declared_feed_has_its_line(tmp_path: Path) -> None:
    feeds = [
        _feed("absent", problem="nope.zip n'existe pas.", serving=False),
        _feed("tao", ["live"]),
        _feed("coaches", ["live alerts", "failing"]),
        _feed("forgotten"),
        _feed("kept", problem="Archive illisible."),
        _feed("mute", ["live", "failing"]),
        _feed("plain"),
    ]
    addresses = {"tao": 1, "absent": 0, "kept": 0, "mute": 2, "coaches": 1, "plain": 0}
    file = _declare(tmp_path, addresses)
    async with _answering(json.dumps({"feeds": feeds})) as address:
        assert await feed_summary(address, file) == [
            "  ✔ tao : 1 167 courses, temps réel à jour",
            "  ✘ absent : nope.zip n'existe pas (voir /mobilite/v1/feeds)",
            "  ✘ kept : Archive illisible (l'horaire d'avant reste servi, voir /mobilite/v1/feeds)",
            "  ✔ mute : 1 167 courses, temps réel en échec : Le serveur répond 500"
            " (voir /mobilite/v1/feeds)",
            # The desk's address follows the declared ones and is not the operator's.
            "  ✔ coaches : 1 167 courses, alertes seules",
            "  ✔ plain : 1 167 courses, sans temps réel",
        ]


async def test_many_feeds_stay_short(tmp_path: Path) -> None:
    ids = [f"f{n}" for n in range(13)]
    feeds = [*(_feed(i) for i in ids[:-1]), _feed(ids[-1], problem="Illisible.", serving=False)]
    async with _answering(json.dumps({"feeds": feeds})) as address:
        lines = await feed_summary(address, _declare(tmp_path, dict.fromkeys(ids, 0)))
    assert len(lines) == 11
    assert lines[0] == "  ✘ f12 : Illisible (voir /mobilite/v1/feeds)"
    assert lines[-1] == "  et 3 autres (voir /mobilite/v1/feeds)"


async def test_no_declared_feed_is_reported(tmp_path: Path) -> None:
    file = _declare(tmp_path, {})
    assert await feed_summary("http://127.0.0.1:1", file) == [f"Aucun flux déclaré dans {file}."]


async def test_an_answer_that_means_nothing_is_passed_over(tmp_path: Path) -> None:
    file = _declare(tmp_path, {"tao": 0})
    assert await feed_summary("http://127.0.0.1:1", file) == []
    for body, status in (("{}", 200), ("[", 200), ('{"feeds": [1]}', 200), ("{}", 503)):
        async with _answering(body, status) as address:
            assert await feed_summary(address, file) == []
