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
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.options import Options
from bench.report import Report
from bench.running import CONNECTIONS, demo, load_of, processor_seconds, running, variable, wait_for
from embedded.ports import free_port
from gateway.domain.table import TABLE

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
    with TemporaryDirectory() as folder:
        rows = _constant(Path(folder)) + _real_board(Path(folder))
    Report(
        "gateway", "The same answer directly, through the gateway, through nginx", rows, notes
    ).show()


def _constant(folder: Path) -> list[dict[str, Any]]:
    port = free_port()
    with running([sys.executable, "-m", "bench.service", str(port)]) as service:
        return _three_ways("2 kB", f"http://127.0.0.1:{port}", TARGET, service, folder)


def _real_board(folder: Path) -> list[dict[str, Any]]:
    with demo(folder / "demo") as house:
        with urllib.request.urlopen(house.address + _STOPS) as answer:
            stop = json.load(answer)["stops"][0]["id"]
        target = f"/mobilite/v1/stops/{stop}/departures"
        behind = variable(house.process("gateway", "gateway"), "GATEWAY_MOBILITE").rstrip("/")
        return _three_ways("board", behind, target, house.process("mobilite", "api"), folder)


def _three_ways(
    name: str, behind: str, target: str, service: int, folder: Path
) -> list[dict[str, Any]]:
    """One answer of the service at `behind`, by every way there is. `service`: its process."""
    with ExitStack() as stack:
        ways = [("direct", behind, service)]
        port = free_port()
        door = running([sys.executable, "-m", "gateway"], _gateway(port, behind))
        ways.append(("gateway", f"http://127.0.0.1:{port}", stack.enter_context(door)))
        if shutil.which("nginx") is not None:
            port = free_port()
            peer = running(_nginx(folder, port, behind.removeprefix("http://")))
            ways.append(("nginx", f"http://127.0.0.1:{port}", stack.enter_context(peer)))
        rows = []
        for way, address, process in ways:
            wait_for(address + target)
            rows.append({"answer": name, "through": way} | _measure(address, target, process))
    for row in rows:
        row["added ms"] = row["alone p50 ms"] - rows[0]["alone p50 ms"]
        row["of direct"] = f"{row['requests/s'] / rows[0]['requests/s']:.0%}"
    return rows


def _measure(address: str, target: str, process: int) -> dict[str, Any]:
    load_of(address, [target], seconds=1.0)  # warm, every way the same
    alone = load_of(address, [target], seconds=1.0, connections=1)
    before = processor_seconds(process)
    seen = load_of(address, [target], seconds=SECONDS)
    spent = processor_seconds(process) - before
    return {
        "requests/s": seen["requests"] / seen["seconds"],
        "alone p50 ms": alone["p50_ms"],
        "p50 ms": seen["p50_ms"],
        "p99 ms": seen["p99_ms"],
        "CPU µs/request": spent / max(1, seen["requests"]) * 1e6,
        "failed": seen["failed"],
    }


def _gateway(port: int, behind: str) -> dict[str, str]:
    return {
        "REGIONLAB_KAFKA": "127.0.0.1:9",
        "REGIONLAB_LOG_LEVEL": os.environ.get("REGIONLAB_LOG_LEVEL", "INFO"),
        "GATEWAY_PORT": str(port),
        **{f"GATEWAY_{service.upper()}": behind for service in TABLE.services},
    }


def _nginx(folder: Path, port: int, behind: str) -> list[str]:
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=port, service=behind))
    return ["nginx", "-c", str(file), "-e", str(folder / "start.log")]


if __name__ == "__main__":
    main(Options())
