"""The effect of ten thousand idle SSE listeners on other callers: boards requested through the
gateway, first without listeners, then with them.
"""

import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import uvloop

from bench.gateway.forwarding import TARGET, gateway_settings
from bench.measuring.crowd import CrowdProcess, crowd
from bench.measuring.house_key import stop_using_house_key
from bench.measuring.options import Options
from bench.measuring.processes import memory_of
from bench.measuring.report import Cell, Report
from bench.measuring.running import cpu_seconds_of, demo, load_of, running, variables, wait_for
from embedded.ports import free_port

LISTENERS: Final = 10_000
STREAM: Final = "/mobilite/v1/stops/tao:A/departures/stream"
_SECONDS: Final = 5.0
"""Duration of the measurement under load."""
_REST_SECONDS: Final = 10.0
"""Duration of the measurement at rest."""
_CONNECTIONS_EACH: Final = 2
"""Connections of the gateway per listener: the listener's, and its own to the service."""
_OTHER_FILES: Final = 250
"""File descriptors reserved for everything else."""


def main(options: Options) -> None:
    """Measure without and with listeners; print and save the table."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(LISTENERS, most // _CONNECTIONS_EACH - _OTHER_FILES)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        platform = stack.enter_context(demo(Path(folder) / "demo"))
        stop_using_house_key()
        environment = variables(platform.process("gateway", "gateway"))
        port = free_port()
        service_address = f"http://127.0.0.1:{port}"
        stack.enter_context(
            running([sys.executable, "-m", "bench.gateway.stub_service", str(port)])
        )
        wait_for(service_address + "/healthz")
        port = free_port()
        settings = gateway_settings(environment, port, service_address, Path(folder))
        gateway = stack.enter_context(running([sys.executable, "-m", "gateway"], settings))
        address = f"http://127.0.0.1:{port}"
        wait_for(address + "/readyz")
        rows = [_measure(address, gateway, 0)]
        listeners = stack.enter_context(crowd(address, count))
        uvloop.run(_connect(listeners))
        rows.append(_measure(address, gateway, count))
    notes = [
        f"{_SECONDS:g} s of boards as fast as 32 connections can; one process; callers on the same "
        "cores",
        f"at rest: over {_REST_SECONDS:g} s without requests",
    ]
    Report("idle", "Boards while listeners wait", rows, notes).show()


async def _connect(listeners: CrowdProcess) -> None:
    listeners.send(targets=[STREAM])
    await listeners.answer()


def _measure(address: str, gateway: int, listening: int) -> dict[str, Cell]:
    before = cpu_seconds_of(gateway)
    time.sleep(_REST_SECONDS)
    quiet = (cpu_seconds_of(gateway) - before) / _REST_SECONDS
    seen = load_of(address, [TARGET], seconds=_SECONDS)
    return {
        "listening": listening,
        "requests/s": seen["requests"] / seen["seconds"],
        "p50 ms": seen["p50_ms"],
        "p99 ms": seen["p99_ms"],
        "failed": seen["failed"],
        "CPU at rest": f"{quiet:.1%}",
        "MB": sum(each.pss for each in memory_of(gateway).values()),
    }


if __name__ == "__main__":
    main(Options())
