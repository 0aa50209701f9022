"""The cost of the gateway: the same service directly, through the gateway, through nginx.

The gateway has all its stages: identity, plan, pilots, metering; for an anonymous caller and for a
known token; without its cache and with it. The plans allow the load, and still count it.

There are two services: 2 kB of JSON without any cost, which shows the gateway alone; and a real
board of the demo, which shows the cost of a traveller's request. One run, one machine, the callers
on the same cores. CPU is that of the answering or forwarding process, per request: the figure that
depends least on other programs.
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.measuring.house_key import leave_house_key
from bench.measuring.options import Options
from bench.measuring.report import Report
from bench.measuring.running import (
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
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.routes.domain.route_table import MOBILITE, TABLE
from socle.auth import TOKEN_HEADER, read_signing_keys

SECONDS: Final = 5.0
TARGET: Final = "/mobilite/v1/stops/tao:A/departures"
_STOPS: Final = "/mobilite/v1/stops?q=gare"
_ROOM: Final = (
    "[plan.{plan}]\nstreams = 1_000_000\n[plan.{plan}.classes.board]\nrate = 1_000_000\n"
    "burst = 1_000_000\n[plan.{plan}.classes.stream]\nrate = 1_000_000\nburst = 1_000_000\n"
)
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


@dataclass(frozen=True, slots=True)
class _Way:
    """Where one way begins, and the process that is paid for."""

    name: str
    address: str
    process: int
    headers: tuple[str, ...] = ()


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
        leave_house_key()
        rows += _constant(Path(folder), house)
        rows += _real_board(Path(folder), house)
    Report(
        "gateway", "The same answer directly, through the gateway, through nginx", rows, notes
    ).show()


def _constant(folder: Path, house: Demo) -> list[dict[str, Any]]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "bench.gateway.stub_service", str(port)]) as service:
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
    with ExitStack() as stack:
        rows = []
        for way in _ways(behind, service, folder, house, stack):
            measured = _measure(way.address, target, way.process, way.headers)
            rows.append({"answer": name, "through": way.name} | measured)
    for row in rows:
        row["added ms"] = row["alone p50 ms"] - rows[0]["alone p50 ms"]
        row["of direct"] = f"{row['requests/s'] / rows[0]['requests/s']:.0%}"
    return rows


def _ways(behind: str, service: int, folder: Path, house: Demo, stack: ExitStack) -> Iterator[_Way]:
    environment = variables(house.process("gateway", "gateway"))
    # The token of the gateway, without which the service refuses requests.
    token = SignedUpstreamTokens(
        read_signing_keys(Path(environment["GATEWAY_KEYS"]), variable="GATEWAY_KEYS")
    ).issue_own(MOBILITE)
    inside = f"{TOKEN_HEADER.decode()}: {token.decode()}"
    wait_for(behind + "/healthz")
    yield _Way("direct", behind, service, (inside,))
    bearer = (f"Authorization: Bearer {_bearer(folder)}",)
    for cache_bytes, words in (
        ("0", ""),
        (environment.get("GATEWAY_CACHE_BYTES", "67108864"), ", kept"),
    ):
        port = free_port()
        settings = gateway_settings(environment, port, behind, folder) | {
            "GATEWAY_CACHE_BYTES": cache_bytes
        }
        with running([sys.executable, "-m", "gateway"], settings) as gateway:
            address = f"http://127.0.0.1:{port}"
            wait_for(address + "/readyz")
            yield _Way("gateway" + words, address, gateway)
            yield _Way("gateway, token" + words, address, gateway, bearer)
    if shutil.which("nginx") is not None:
        port = free_port()
        peer = running(_nginx(folder, port, behind.removeprefix("http://")))
        address = f"http://127.0.0.1:{port}"
        process = stack.enter_context(peer)
        wait_for(address + "/healthz")
        yield _Way("nginx", address, process, (inside,))


def _bearer(folder: Path) -> str:
    """A professional's access token, of the demo's own provider."""
    words = ("token", "--role", "professional", "--data", str(folder / "demo"))
    command = (sys.executable, "-m", "regionlab", *words)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _measure(address: str, target: str, process: int, headers: Sequence[str]) -> dict[str, Any]:
    load = partial(load_of, address, [target], headers=headers)
    load(seconds=1.0)  # warm, every way the same
    alone = load(seconds=1.0, connections=1)
    before = processor_seconds(process)
    seen = load(seconds=SECONDS)
    cpu_time = processor_seconds(process) - before
    return {
        "requests/s": seen["requests"] / seen["seconds"],
        "alone p50 ms": alone["p50_ms"],
        "p50 ms": seen["p50_ms"],
        "p99 ms": seen["p99_ms"],
        "CPU µs/request": cpu_time / max(1, seen["requests"]) * 1e6,
        "failed": seen["failed"],
    }


def gateway_settings(
    environment: Mapping[str, str], port: int, behind: str, folder: Path
) -> dict[str, str]:
    """The settings of the demo's own gateway, in front of only that service."""
    plans = folder / "plans.toml"
    # The demo's own file lists the platform's keys.
    declared = environment.get("GATEWAY_PLANS")
    own = Path(declared).read_text() if declared else ""
    plans.write_text(own + "".join(_ROOM.format(plan=each) for each in ("public", "registered")))
    level = os.environ.get("REGIONLAB_LOG_LEVEL", environment.get("REGIONLAB_LOG_LEVEL", "INFO"))
    return {
        **{name: value for name, value in environment.items() if name != "GATEWAY_METRICS_PORT"},
        "REGIONLAB_LOG_LEVEL": level,
        "GATEWAY_PORT": str(port),
        "GATEWAY_PLANS": str(plans),
        **{f"GATEWAY_{service.upper()}": behind for service in TABLE.services},
    }


def _nginx(folder: Path, port: int, behind: str) -> list[str]:
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=port, service=behind))
    return ["nginx", "-c", str(file), "-e", str(folder / "start.log")]


if __name__ == "__main__":
    main(Options())
