"""The cost of measuring an exchange's CPU time, and the share of a process that it covers.

First in this process: the same exchange with and without the measurement, alternately. An exchange
of a service awaits 0, 1 or 4 times, one of the gateway once.

Then a real service, requested directly, for a participant of a pilot and for another caller: the
CPU time its responses report is compared with that of the process, less its CPU time when idle.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

import uvloop

from bench.measuring.house_key import stop_using_house_key
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report
from bench.measuring.running import Demo, cpu_seconds_of, demo, variable
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.routes.domain.mobilite_routes import MOBILITE
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import TABLE
from socle.auth import ANONYMOUS, TOKEN_HEADER, Caller, CallerVerification, read_signing_keys
from socle.clock import SystemClock
from socle.http import CPU_TIME_HEADER, ASGIApp, CpuTime, Edge, Message, Receive, Scope, Send
from socle.service.cpu_time_meter import CpuTimeMeter

ROUNDS: Final = 15
EXCHANGES_PER_ROUND: Final = 2_000
REQUESTS: Final = 4_000
_IDLE_SECONDS: Final = 5.0
"""Duration of the measurement of the idle process."""
_BODY: Final = b"{" + b" " * 2_000 + b"}"
_STOPS: Final = "/mobilite/v1/stops?q=gare"
_ARMS: Final = {"alertes": "prevenu"}
"""The arm of a participant, by pilot."""

Exchange = Callable[[], Awaitable[None]]
"""One HTTP exchange in this process."""


def main(options: Options) -> None:
    """Measure, print, write `bench/results/spent.json` and `spent_share.json`."""
    rows = uvloop.run(_in_process())
    notes = [f"CPU µs per exchange: medians of {ROUNDS} rounds of {EXCHANGES_PER_ROUND}, in turns"]
    Report("spent", "Measuring an exchange", rows, notes).show()
    with (
        TemporaryDirectory() as folder,
        demo(Path(folder) / "demo", "--without-pilots") as platform,
    ):
        stop_using_house_key()
        shares = [_share(platform, name, arms) for name, arms in (("none", {}), ("one", _ARMS))]
    notes = [f"{REQUESTS} boards of `mobilite api`, one after the other, on one connection"]
    title = "CPU time reported by a service, compared with its process's"
    Report("spent_share", title, shares, notes).show()


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """An ASGI app that awaits once for each character of the path after its slash."""
    for _ in scope["path"][1:]:
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": _BODY})


async def _send_nowhere(message: Message) -> None:
    """Discard the message."""


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


class _FixedVerifier:
    """Returns the same caller for every token, as socle's `Verifier` does for a cached token."""

    def __init__(self, arms: Mapping[str, str]) -> None:
        self._caller = replace(ANONYMOUS, arms=arms)

    async def verify(self, token: bytes) -> Caller:
        return self._caller


def _service_exchange(arms: Mapping[str, str], *, measured: bool, waits: int = 0) -> Exchange:
    """An exchange of a service, from caller verification to the response.

    `arms`: the caller's arms by pilot. `waits`: how many times the service awaits.
    """
    app: ASGIApp = Edge(_answer, service="bench", clock=SystemClock())
    verifier: Any = _FixedVerifier(arms)
    app = CallerVerification(CpuTimeMeter(app) if measured else app, verifier)
    path = "/" + "a" * waits

    async def exchange() -> None:
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(TOKEN_HEADER, b"t")]}
        await app(scope, _receive, _send_nowhere)

    return exchange


def _gateway_exchange(*, measured: bool, in_pilot: bool) -> Exchange:
    """An exchange of the gateway, reduced to one await: the one for its service."""

    async def handle(cpu_time: CpuTime) -> None:
        if not in_pilot:
            cpu_time.leave()
        await asyncio.sleep(0)
        await _send_nowhere({})

    async def exchange() -> None:
        cpu_time = CpuTime()
        await (cpu_time.of(handle(cpu_time)) if measured else handle(cpu_time))

    return exchange


async def _in_process() -> list[dict[str, Cell]]:
    return [
        await _pair(
            "service, in no pilot",
            _service_exchange({}, measured=False),
            _service_exchange({}, measured=True),
        ),
        *[
            await _pair(
                f"service, in one, {waits} waits",
                _service_exchange(_ARMS, measured=False, waits=waits),
                _service_exchange(_ARMS, measured=True, waits=waits),
            )
            for waits in (0, 1, 4)
        ],
        *[
            await _pair(
                f"gateway, in {'one' if inside else 'no pilot'}",
                _gateway_exchange(measured=False, in_pilot=inside),
                _gateway_exchange(measured=True, in_pilot=inside),
            )
            for inside in (False, True)
        ],
    ]


async def _pair(name: str, plain: Exchange, measured: Exchange) -> dict[str, Cell]:
    """A row that compares the exchange without and with the measurement."""
    took: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        took.append((await _microseconds(plain), await _microseconds(measured)))
    before, after = (median(each) for each in zip(*took, strict=True))
    added = median(after - before for before, after in took)
    return {"exchange": name, "as it is": before, "measured": after, "added µs": added}


async def _microseconds(exchange: Exchange) -> float:
    began = time.thread_time()
    for _ in range(EXCHANGES_PER_ROUND):
        await exchange()
    return (time.thread_time() - began) / EXCHANGES_PER_ROUND * 1e6


def _share(platform: Demo, pilots: str, arms: Mapping[str, str]) -> dict[str, Cell]:
    """A row on departure boards of a real service: its reported share of the process's CPU time.

    `pilots`: the row's label. `arms`: the caller's arms by pilot, in their token.
    """
    with urllib.request.urlopen(platform.address + _STOPS) as answer:
        stop = json.load(answer)["stops"][0]["id"]
    target, gateway = (
        f"/mobilite/v1/stops/{stop}/departures",
        platform.process("gateway", "gateway"),
    )
    keys = read_signing_keys(Path(variable(gateway, "GATEWAY_KEYS")), variable="GATEWAY_KEYS")
    route = TABLE.find(target)
    assert route is not None
    assert route.service == MOBILITE
    token = SignedUpstreamTokens(keys).issue(
        RequestContext(route, "GET", target, "127.0.0.1", {}, arms=arms)
    )
    headers = {TOKEN_HEADER.decode(): token.decode()}
    upstream = urlsplit(variable(gateway, "GATEWAY_MOBILITE"))
    with closing(HTTPConnection(upstream.hostname or "", upstream.port)) as connection:
        _reported(connection, target, headers, REQUESTS // 4)  # warm
        service = platform.process("mobilite", "api")
        before = cpu_seconds_of(service)
        time.sleep(_IDLE_SECONDS)
        idle = (cpu_seconds_of(service) - before) / _IDLE_SECONDS
        began, before = time.monotonic(), cpu_seconds_of(service)
        reported = _reported(connection, target, headers, REQUESTS)
        took = cpu_seconds_of(service) - before - idle * (time.monotonic() - began)
    return {
        "pilots": pilots,
        "process µs": took / REQUESTS * 1e6,
        "reported µs": reported / REQUESTS,
        "reported share": f"{reported / 1e6 / took:.0%}",
        "idle %": 100 * idle,
    }


def _reported(
    connection: HTTPConnection, target: str, headers: Mapping[str, str], times: int
) -> int:
    """The CPU microseconds that the responses to `times` requests report, in total."""
    reported = 0
    for _ in range(times):
        connection.request("GET", target, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        reported += int(answer.headers.get(CPU_TIME_HEADER.decode(), 0))
    return reported
