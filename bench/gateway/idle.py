"""The cost of ten thousand idle listeners to other callers: a board requested through the gateway
without other clients, and while they wait.
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
from bench.measuring.crowd import CrowdAway, crowd
from bench.measuring.house_key import leave_house_key
from bench.measuring.options import Options
from bench.measuring.processes import memory_of
from bench.measuring.report import Cell, Report
from bench.measuring.running import demo, load_of, processor_seconds, running, variables, wait_for
from embedded.ports import free_port

LISTENERS: Final = 10_000
STREAM: Final = "/mobilite/v1/stops/tao:A/departures/stream"
_SECONDS: Final = 5.0
_QUIET: Final = 10.0
_CONNECTIONS_EACH: Final = 2  # of the gateway: the listener's, and its own to the service


def main(options: Options) -> None:
    """Print the table."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    count = min(LISTENERS, most // _CONNECTIONS_EACH - 250)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        house = stack.enter_context(demo(Path(folder) / "demo"))
        leave_house_key()
        environment = variables(house.process("gateway", "gateway"))
        port = free_port()
        behind = f"http://127.0.0.1:{port}"
        stack.enter_context(
            running([sys.executable, "-m", "bench.gateway.stub_service", str(port)])
        )
        wait_for(behind + "/healthz")
        port = free_port()
        settings = gateway_settings(environment, port, behind, Path(folder))
        gateway = stack.enter_context(running([sys.executable, "-m", "gateway"], settings))
        address = f"http://127.0.0.1:{port}"
        wait_for(address + "/readyz")
        rows = [_measure(address, gateway, 0)]
        listeners = stack.enter_context(crowd(address, count))
        uvloop.run(_come(listeners))
        rows.append(_measure(address, gateway, count))
    notes = [
        f"{_SECONDS:g} s of boards as fast as 32 connections can; one process; callers beside it",
        f"at rest: over {_QUIET:g} s with nobody asking",
    ]
    Report("idle", "Boards while listeners wait", rows, notes).show()


async def _come(listeners: CrowdAway) -> None:
    listeners.send(targets=[STREAM])
    await listeners.answer()


def _measure(address: str, gateway: int, listening: int) -> dict[str, Cell]:
    before = processor_seconds(gateway)
    time.sleep(_QUIET)
    quiet = (processor_seconds(gateway) - before) / _QUIET
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
