"""A service for the tests of the runner: each role meets one kind of fate."""

import socle.importing  # isort: skip # noqa: F401 - makes the imports below faster
import asyncio
import gc
import logging
import os
import time
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic_settings import SettingsConfigDict

from socle.errors import Refusal, Retry
from socle.http import http_client, make_app
from socle.service import Draining, RunningRole, WiringContext, combine, run
from socle.settings import ServiceSettings
from socle.telemetry import current_trace


class ToySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TOY_")

    next_hop: str = ""
    processes: int = 1


attempts = 0


async def api(given: WiringContext[ToySettings]) -> RunningRole:
    app = make_app("Jouet", service="toy", clock=given.clock)
    client = await given.stack.enter_async_context(http_client())
    warm = asyncio.Event()
    _streams(app)

    @app.get("/where")
    async def where() -> list[dict[str, str | None]]:
        trace = current_trace()
        assert trace is not None
        here = {"trace": trace.trace_id, "span": trace.span_id, "parent": trace.parent_id}
        if not given.settings.next_hop:
            return [here]
        async with client.get(f"{given.settings.next_hop}/where") as answer:
            return [here, *await answer.json()]

    @app.get("/process")
    async def process() -> int:
        return os.getpid()

    @app.post("/warm")
    async def warm_up() -> None:
        warm.set()

    async def work() -> None:
        await asyncio.Event().wait()

    return RunningRole(
        app=app,
        audiences=frozenset({"toy"}),
        tasks={"work": work},
        checks={"warmth": lambda: None if warm.is_set() else "pas encore chaud"},
    )


def _streams(app: FastAPI) -> None:
    @app.get("/stream")
    async def stream(request: Request) -> StreamingResponse:
        async def events() -> AsyncIterator[str]:
            yield "data: 1\n\n"
            await asyncio.Event().wait()

        items = Draining.of(request.scope).until_end(events())
        return StreamingResponse(items, media_type="text/event-stream")

    @app.get("/long")
    async def long(request: Request) -> str:
        await Draining.of(request.scope).ending()
        await asyncio.sleep(0.3)
        return "done"

    @app.get("/endless")
    async def endless() -> None:
        await asyncio.Event().wait()


async def ends(given: WiringContext[ToySettings]) -> RunningRole:
    async def work() -> None:
        return

    return RunningRole(tasks={"work": work})


async def raises(given: WiringContext[ToySettings]) -> RunningRole:
    async def work() -> None:
        raise RuntimeError("the watchdog bit")

    return RunningRole(tasks={"work": work})


async def collects(given: WiringContext[ToySettings]) -> RunningRole:
    logging.getLogger("toy").info("collector on: %s", gc.isenabled())
    return RunningRole()


async def away(given: WiringContext[ToySettings]) -> RunningRole:
    raise ConnectionRefusedError("postgres")


async def late(given: WiringContext[ToySettings]) -> RunningRole:
    global attempts
    attempts += 1
    given.stack.push_async_callback(_closed, attempts)
    if attempts < 3:
        raise Retry("not yet", after=0.05)
    return RunningRole()


async def _closed(attempt: int) -> None:
    logging.getLogger("toy").info("closed %d", attempt)


async def refuses(given: WiringContext[ToySettings]) -> RunningRole:
    raise Refusal("invalid", "feeds.toml : la ligne 3 est illisible.", line=3)


async def broken(given: WiringContext[ToySettings]) -> RunningRole:
    raise RuntimeError("a mistake of ours")


async def endless_start(given: WiringContext[ToySettings]) -> RunningRole:
    await asyncio.Event().wait()
    return RunningRole()


async def stuck(given: WiringContext[ToySettings]) -> RunningRole:
    async def never() -> None:
        await asyncio.Event().wait()

    async def busy() -> None:
        await asyncio.to_thread(time.sleep, 600)

    given.stack.push_async_callback(never)
    return RunningRole(tasks={"busy": busy})


async def everything(given: WiringContext[ToySettings]) -> RunningRole:
    return combine(await api(given), await late_task(given))


async def late_task(given: WiringContext[ToySettings]) -> RunningRole:
    async def work() -> None:
        await asyncio.Event().wait()

    return RunningRole(tasks={"other": work}, checks={"other": lambda: None})


if __name__ == "__main__":
    run(
        "toy",
        ToySettings,
        {
            "api": api,
            "ends": ends,
            "raises": raises,
            "collects": collects,
            "away": away,
            "late": late,
            "refuses": refuses,
            "broken": broken,
            "endless_start": endless_start,
            "stuck": stuck,
            "all": everything,
        },
        default_role="all",
        processes=lambda settings: settings.processes,
    )
