"""The cost of measuring an exchange's CPU time, and the share of a process that it covers.

In process: the same exchange with and without the measure, alternately, in the same loop. A service
waits for its database or not at all; the gateway once, for its service. Then a real service,
requested directly for a participant of a pilot and for another caller: the CPU time its responses
report, compared with the process's CPU time minus that of an idle process.
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

from bench.measuring.house_key import leave_house_key
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report
from bench.measuring.running import Demo, demo, processor_seconds, variable
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.routes.domain.request_context import RequestContext
from gateway.routes.domain.route_table import MOBILITE, TABLE
from socle.auth import ANONYMOUS, TOKEN_HEADER, Caller, CallerVerification, read_signing_keys
from socle.clock import SystemClock
from socle.http import CPU_TIME_HEADER, ASGIApp, CpuTime, Edge, Message, Receive, Scope, Send
from socle.service.cpu_time_meter import CpuTimeMeter

ROUNDS: Final = 15
EXCHANGES: Final = 2_000
REQUESTS: Final = 4_000
_IDLE: Final = 5.0  # seconds
_BODY: Final = b"{" + b" " * 2_000 + b"}"
_STOPS: Final = "/mobilite/v1/stops?q=gare"
_ARMS: Final = {"alertes": "prevenu"}

Exchange = Callable[[], Awaitable[None]]


def main(options: Options) -> None:
    """Measure, print, write `bench/results/spent.json` and `spent_share.json`."""
    rows = uvloop.run(_in_process())
    notes = [f"processor time, µs an exchange: medians of {ROUNDS} rounds of {EXCHANGES} in turns"]
    Report("spent", "Measuring an exchange", rows, notes).show()
    with TemporaryDirectory() as folder, demo(Path(folder) / "demo", "--without-pilots") as house:
        leave_house_key()
        shares = [_share(house, name, arms) for name, arms in (("none", {}), ("one", _ARMS))]
    notes = [f"{REQUESTS} boards of `mobilite api`, one after the other, on one connection"]
    Report("spent_share", "What a service tells of what its process takes", shares, notes).show()


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Awaits once for each character of the path, without its slash."""
    for _ in scope["path"][1:]:
        await asyncio.sleep(0)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": _BODY})


async def _send_nowhere(message: Message) -> None:
    """Discard the message."""


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


class _Known:
    """Returns the same caller for every token, as `Verifier` does for a cached one."""

    def __init__(self, arms: Mapping[str, str]) -> None:
        self._caller = replace(ANONYMOUS, arms=arms)

    async def verify(self, token: bytes) -> Caller:
        return self._caller


def _service_exchange(arms: Mapping[str, str], *, measured: bool, waits: int = 0) -> Exchange:
    """An exchange of a service, from caller verification to the response."""
    app: ASGIApp = Edge(_answer, service="bench", clock=SystemClock())
    known: Any = _Known(arms)
    app = CallerVerification(CpuTimeMeter(app) if measured else app, known)
    path = "/" + "a" * waits

    async def exchange() -> None:
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(TOKEN_HEADER, b"t")]}
        await app(scope, _receive, _send_nowhere)

    return exchange


def _gateway_exchange(*, measured: bool, in_pilot: bool) -> Exchange:
    """The path of an exchange through the gateway: authorized, then a wait for the service."""

    async def judged(cpu_time: CpuTime) -> None:
        if not in_pilot:
            cpu_time.leave()
        await asyncio.sleep(0)
        await _send_nowhere({})

    async def exchange() -> None:
        cpu_time = CpuTime()
        await (cpu_time.of(judged(cpu_time)) if measured else judged(cpu_time))

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
    took: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        took.append((await _microseconds(plain), await _microseconds(measured)))
    before, after = (median(each) for each in zip(*took, strict=True))
    added = median(after - before for before, after in took)
    return {"exchange": name, "as it is": before, "measured": after, "added µs": added}


async def _microseconds(exchange: Exchange) -> float:
    began = time.thread_time()
    for _ in range(EXCHANGES):
        await exchange()
    return (time.thread_time() - began) / EXCHANGES * 1e6


def _share(house: Demo, pilots: str, arms: Mapping[str, str]) -> dict[str, Cell]:
    """The share of a real board. `arms`: those in the caller's token."""
    with urllib.request.urlopen(house.address + _STOPS) as answer:
        stop = json.load(answer)["stops"][0]["id"]
    target, gateway = f"/mobilite/v1/stops/{stop}/departures", house.process("gateway", "gateway")
    keys = read_signing_keys(Path(variable(gateway, "GATEWAY_KEYS")), variable="GATEWAY_KEYS")
    route = TABLE.find(target)
    assert route is not None
    assert route.service == MOBILITE
    token = SignedUpstreamTokens(keys).issue(
        RequestContext(route, "GET", target, "127.0.0.1", {}, arms=arms)
    )
    headers = {TOKEN_HEADER.decode(): token.decode()}
    behind = urlsplit(variable(gateway, "GATEWAY_MOBILITE"))
    with closing(HTTPConnection(behind.hostname or "", behind.port)) as connection:
        _reported(connection, target, headers, REQUESTS // 4)  # warm
        service = house.process("mobilite", "api")
        before = processor_seconds(service)
        time.sleep(_IDLE)
        idle = (processor_seconds(service) - before) / _IDLE
        began, before = time.monotonic(), processor_seconds(service)
        reported = _reported(connection, target, headers, REQUESTS)
        took = processor_seconds(service) - before - idle * (time.monotonic() - began)
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
    """The sum of the microseconds that so many responses report."""
    reported = 0
    for _ in range(times):
        connection.request("GET", target, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
        reported += int(answer.headers.get(CPU_TIME_HEADER.decode(), 0))
    return reported
