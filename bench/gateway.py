"""What the door costs: the same service asked directly, through the gateway, through nginx.

Two services: 2 kB of JSON that cost nothing to make, which shows the door alone; and a real board
of the demo, which shows what a traveller's request pays. One run, one machine, the callers on the
same cores. CPU is the answering or forwarding process's own, by request: the figure that depends
least on who else shares the cores.
"""

import json
import os
import shutil
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.options import Options
from bench.report import Report
from bench.running import (
    CONNECTIONS,
    Demo,
    demo,
    load_of,
    processor_seconds,
    running,
    variable,
    variables,
    wait_for,
)
from embedded.ports import free_port
from gateway.adapters.inward_tokens import SignedTokens
from gateway.adapters.signing_keys import read_signing_keys
from gateway.domain.table import MOBILITE, TABLE
from socle.auth import HEADER

SECONDS: Final = 5.0
TARGET: Final = "/mobilite/v1/stops/tao:A/departures"
_STOPS: Final = "/mobilite/v1/stops?q=gare"
_NGINX: Final = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 100000000;
  upstream service {{
    server {service}; keepalive 64; keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""


def main(options: Options) -> None:
    """Measure, print, write `bench/results/gateway.json`."""
    notes = [
        f"{CONNECTIONS} connections, {SECONDS:g} s each, one process each",
        "`alone` and `added`: with one connection",
    ]
    if shutil.which("nginx") is None:
        notes.append("nginx is not installed: not measured")
    rows = []
    with TemporaryDirectory() as folder, demo(Path(folder) / "demo") as house:
        rows += _constant(Path(folder), house)
        rows += _real_board(Path(folder), house)
    Report(
        "gateway", "The same answer directly, through the gateway, through nginx", rows, notes
    ).show()


def _constant(folder: Path, house: Demo) -> list[dict[str, Any]]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "bench.service", str(port)]) as service:
        return _every_way("2 kB", address, TARGET, service, folder, house)


def _real_board(folder: Path, house: Demo) -> list[dict[str, Any]]:
    with urllib.request.urlopen(house.address + _STOPS) as answer:
        stop = json.load(answer)["stops"][0]["id"]
    target = f"/mobilite/v1/stops/{stop}/departures"
    behind = variable(house.process("gateway", "gateway"), "GATEWAY_MOBILITE").rstrip("/")
    return _every_way("board", behind, target, house.process("mobilite", "api"), folder, house)


def _every_way(
    name: str, behind: str, target: str, service: int, folder: Path, house: Demo
) -> list[dict[str, Any]]:
    """One answer of the service at `behind`, by every way there is. `service`: its process."""
    told = variables(house.process("gateway", "gateway"))
    # What the gateway tells a service, which refuses whoever does not come through it.
    token = SignedTokens(read_signing_keys(Path(told["GATEWAY_KEYS"]))).issue_own(MOBILITE)
    inside = f"{HEADER.decode()}: {token.decode()}"
    with ExitStack() as stack:
        ways: list[tuple[str, str, int, tuple[str, ...]]]
        ways = [("direct", behind, service, (inside,))]
        port = free_port()
        door = running([sys.executable, "-m", "gateway"], _gateway(told, port, behind))
        ways.append(("gateway", f"http://127.0.0.1:{port}", stack.enter_context(door), ()))
        if shutil.which("nginx") is not None:
            port = free_port()
            peer = running(_nginx(folder, port, behind.removeprefix("http://")))
            address = f"http://127.0.0.1:{port}"
            ways.append(("nginx", address, stack.enter_context(peer), (inside,)))
        rows = []
        for way, address, process, headers in ways:
            wait_for(address + ("/readyz" if way == "gateway" else "/healthz"))
            measured = _measure(address, target, process, headers)
            rows.append({"answer": name, "through": way} | measured)
    for row in rows:
        row["added ms"] = row["alone p50 ms"] - rows[0]["alone p50 ms"]
        row["of direct"] = f"{row['requests/s'] / rows[0]['requests/s']:.0%}"
    return rows


def _measure(address: str, target: str, process: int, headers: Sequence[str]) -> dict[str, Any]:
    asked = partial(load_of, address, [target], headers=headers)
    asked(seconds=1.0)  # warm, every way the same
    alone = asked(seconds=1.0, connections=1)
    before = processor_seconds(process)
    seen = asked(seconds=SECONDS)
    spent = processor_seconds(process) - before
    return {
        "requests/s": seen["requests"] / seen["seconds"],
        "alone p50 ms": alone["p50_ms"],
        "p50 ms": seen["p50_ms"],
        "p99 ms": seen["p99_ms"],
        "CPU µs/request": spent / max(1, seen["requests"]) * 1e6,
        "failed": seen["failed"],
    }


def _gateway(told: Mapping[str, str], port: int, behind: str) -> dict[str, str]:
    """The settings of the demo's own gateway, in front of that service alone."""
    level = os.environ.get("REGIONLAB_LOG_LEVEL", told.get("REGIONLAB_LOG_LEVEL", "INFO"))
    return {
        **{name: value for name, value in told.items() if name != "GATEWAY_METRICS_PORT"},
        "REGIONLAB_LOG_LEVEL": level,
        "GATEWAY_PORT": str(port),
        **{f"GATEWAY_{service.upper()}": behind for service in TABLE.services},
    }


def _nginx(folder: Path, port: int, behind: str) -> list[str]:
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=port, service=behind))
    return ["nginx", "-c", str(file), "-e", str(folder / "start.log")]


if __name__ == "__main__":
    main(Options())
