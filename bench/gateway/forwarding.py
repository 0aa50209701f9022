"""The cost of the gateway: the same service directly, through the gateway, through nginx.

The gateway runs all its stages (identity, plan, pilots, metering), for an anonymous caller and for
a verified token, without and with its cache. The plans count the requests and refuse none.

There are two services: a stub with 2 kB of JSON, which shows the gateway's own cost; and a real
board of the demo, which shows the cost of a traveller's request. Callers run on the same cores. CPU
time is that of the process that answers or forwards: it depends least on other programs.
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

from bench.measuring.house_key import stop_using_house_key
from bench.measuring.options import Options
from bench.measuring.report import Report
from bench.measuring.running import (
    CONNECTIONS,
    Demo,
    cpu_seconds_of,
    demo,
    load_of,
    running,
    variable,
    variables,
    wait_for,
)
from embedded.ports import free_port
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.routes.domain.mobilite_routes import MOBILITE
from gateway.routes.domain.route_table import TABLE
from socle.auth import TOKEN_HEADER, read_signing_keys

SECONDS: Final = 5.0
"""Duration of each measurement under load."""
TARGET: Final = "/mobilite/v1/stops/tao:A/departures"
_STOPS: Final = "/mobilite/v1/stops?q=gare"
_UNLIMITED_PLAN: Final = (
    "[plan.{plan}]\nstreams = 1_000_000\n[plan.{plan}.classes.board]\nrate = 1_000_000\n"
    "burst = 1_000_000\n[plan.{plan}.classes.stream]\nrate = 1_000_000\nburst = 1_000_000\n"
)
"""TOML of a plan whose limits the benchmark does not reach."""
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
class _AccessPath:
    """One path to the service: directly, through the gateway or through nginx."""

    name: str
    address: str
    """Base URL requests are sent to."""
    process: int
    """Id of the process whose CPU time is counted."""
    headers: tuple[str, ...] = ()
    """Header lines of each request."""


def main(options: Options) -> None:
    """Measure, print, write `bench/results/gateway.json`."""
    notes = [
        f"{CONNECTIONS} connections, {SECONDS:g} s each, one process each",
        "`alone` and `added`: with one connection",
    ]
    if shutil.which("nginx") is None:
        notes.append("nginx is not installed: not measured")
    rows = []
    with TemporaryDirectory() as folder, demo(Path(folder) / "demo") as platform:
        stop_using_house_key()
        rows += _stub(Path(folder), platform)
        rows += _real_board(Path(folder), platform)
    Report(
        "gateway", "The same answer directly, through the gateway, through nginx", rows, notes
    ).show()


def _stub(folder: Path, platform: Demo) -> list[dict[str, Any]]:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running([sys.executable, "-m", "bench.gateway.stub_service", str(port)]) as service:
        return _measure_each_path("2 kB", address, TARGET, service, folder, platform)


def _real_board(folder: Path, platform: Demo) -> list[dict[str, Any]]:
    with urllib.request.urlopen(platform.address + _STOPS) as answer:
        stop = json.load(answer)["stops"][0]["id"]
    target = f"/mobilite/v1/stops/{stop}/departures"
    service_address = variable(platform.process("gateway", "gateway"), "GATEWAY_MOBILITE").rstrip(
        "/"
    )
    return _measure_each_path(
        "board", service_address, target, platform.process("mobilite", "api"), folder, platform
    )


def _measure_each_path(
    name: str, service_address: str, target: str, service: int, folder: Path, platform: Demo
) -> list[dict[str, Any]]:
    """One row for each path to the service.

    `name`: of the response, in the table. `target`: path and query. `service`: the process id of
    the service. `folder`: for configuration files.
    """
    with ExitStack() as stack:
        rows = []
        for path in _access_paths(service_address, service, folder, platform, stack):
            measured = _measure(path.address, target, path.process, path.headers)
            rows.append({"answer": name, "through": path.name} | measured)
    for row in rows:
        row["added ms"] = row["alone p50 ms"] - rows[0]["alone p50 ms"]
        row["of direct"] = f"{row['requests/s'] / rows[0]['requests/s']:.0%}"
    return rows


def _access_paths(
    service_address: str, service: int, folder: Path, platform: Demo, stack: ExitStack
) -> Iterator[_AccessPath]:
    environment = variables(platform.process("gateway", "gateway"))
    # The service refuses requests without a token signed by the gateway.
    token = SignedUpstreamTokens(
        read_signing_keys(Path(environment["GATEWAY_KEYS"]), variable="GATEWAY_KEYS")
    ).issue_own(MOBILITE)
    inside = f"{TOKEN_HEADER.decode()}: {token.decode()}"
    wait_for(service_address + "/healthz")
    yield _AccessPath("direct", service_address, service, (inside,))
    bearer = (f"Authorization: Bearer {_bearer(folder)}",)
    for cache_bytes, words in (
        ("0", ""),
        (environment.get("GATEWAY_CACHE_BYTES", "67108864"), ", kept"),
    ):
        port = free_port()
        settings = gateway_settings(environment, port, service_address, folder) | {
            "GATEWAY_CACHE_BYTES": cache_bytes
        }
        with running([sys.executable, "-m", "gateway"], settings) as gateway:
            address = f"http://127.0.0.1:{port}"
            wait_for(address + "/readyz")
            yield _AccessPath("gateway" + words, address, gateway)
            yield _AccessPath("gateway, token" + words, address, gateway, bearer)
    if shutil.which("nginx") is not None:
        port = free_port()
        peer = running(_nginx(folder, port, service_address.removeprefix("http://")))
        address = f"http://127.0.0.1:{port}"
        process = stack.enter_context(peer)
        wait_for(address + "/healthz")
        yield _AccessPath("nginx", address, process, (inside,))


def _bearer(folder: Path) -> str:
    """A professional's access token, of the demo's own provider."""
    words = ("token", "--role", "professional", "--data", str(folder / "demo"))
    command = (sys.executable, "-m", "regionlab", *words)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _measure(address: str, target: str, process: int, headers: Sequence[str]) -> dict[str, Any]:
    load = partial(load_of, address, [target], headers=headers)
    load(seconds=1.0)  # warm up
    alone = load(seconds=1.0, connections=1)
    before = cpu_seconds_of(process)
    seen = load(seconds=SECONDS)
    cpu_time = cpu_seconds_of(process) - before
    return {
        "requests/s": seen["requests"] / seen["seconds"],
        "alone p50 ms": alone["p50_ms"],
        "p50 ms": seen["p50_ms"],
        "p99 ms": seen["p99_ms"],
        "CPU µs/request": cpu_time / max(1, seen["requests"]) * 1e6,
        "failed": seen["failed"],
    }


def gateway_settings(
    environment: Mapping[str, str], port: int, service_address: str, folder: Path
) -> dict[str, str]:
    """The settings of the demo's gateway, changed for a second gateway with a single service.

    `environment`: the variables of the demo's gateway. `port`: the port of the second one.
    `service_address`: where it sends the requests of every service. `folder`: for its plans file.
    """
    plans = folder / "plans.toml"
    # The demo's own file declares the API keys of the platform's services.
    declared = environment.get("GATEWAY_PLANS")
    own = Path(declared).read_text() if declared else ""
    plans.write_text(
        own + "".join(_UNLIMITED_PLAN.format(plan=each) for each in ("public", "registered"))
    )
    level = os.environ.get("REGIONLAB_LOG_LEVEL", environment.get("REGIONLAB_LOG_LEVEL", "INFO"))
    return {
        **{name: value for name, value in environment.items() if name != "GATEWAY_METRICS_PORT"},
        "REGIONLAB_LOG_LEVEL": level,
        "GATEWAY_PORT": str(port),
        "GATEWAY_PLANS": str(plans),
        **{f"GATEWAY_{service.upper()}": service_address for service in TABLE.services},
    }


def _nginx(folder: Path, port: int, service_address: str) -> list[str]:
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=port, service=service_address))
    return ["nginx", "-c", str(file), "-e", str(folder / "start.log")]


if __name__ == "__main__":
    main(Options())
