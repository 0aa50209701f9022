"""What the door costs: the same service asked directly, through the gateway, through nginx.

One run, one machine, the callers on the same cores. CPU is the proxy's own, by request: the
figure that does not depend on who else shares the cores.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.report import Report
from embedded.ports import free_port

CONNECTIONS: Final = 32
SECONDS: Final = 5.0
TARGET: Final = "/mobilite/v1/stops/tao:A/departures"
_NGINX: Final = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 100000000;
  upstream service {{
    server 127.0.0.1:{service}; keepalive 64; keepalive_requests 100000000;
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
  }}
}}
"""


def main() -> None:
    """Measure, print, write `bench/results/gateway.json`."""
    notes = [
        f"{CONNECTIONS} connections, {SECONDS:g} s each, 2 kB of JSON, one process each",
        "`alone` and `added`: with one connection",
    ]
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        service = free_port()
        behind = stack.enter_context(
            _running([sys.executable, "-m", "bench.service", str(service)])
        )
        _wait(f"http://127.0.0.1:{service}{TARGET}")
        rows.append(_measure("direct", service, behind))
        port = free_port()
        door = stack.enter_context(
            _running([sys.executable, "-m", "gateway"], _gateway(port, service))
        )
        _wait(f"http://127.0.0.1:{port}{TARGET}")
        rows.append(_measure("gateway", port, door))
        if shutil.which("nginx") is None:
            notes.append("nginx is not installed: not measured")
        else:
            port = free_port()
            command = _nginx(Path(stack.enter_context(TemporaryDirectory())), port, service)
            peer = stack.enter_context(_running(command))
            _wait(f"http://127.0.0.1:{port}{TARGET}")
            rows.append(_measure("nginx", port, peer))
    for row in rows:
        row["added ms"] = row["alone p50 ms"] - rows[0]["alone p50 ms"]
    Report(
        "gateway", "The same service directly, through the gateway, through nginx", rows, notes
    ).show()


def _measure(name: str, port: int, process: int) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}{TARGET}"
    alone = _load(url, 1.0, connections=1)
    before = _cpu(process)
    seen = _load(url, SECONDS)
    spent = _cpu(process) - before
    return {
        "through": name,
        "requests/s": seen["requests"] / seen["seconds"],
        "alone p50 ms": alone["p50_ms"],
        "p50 ms": seen["p50_ms"],
        "p99 ms": seen["p99_ms"],
        "CPU µs/request": spent / max(1, seen["requests"]) * 1e6,
        "failed": seen["failed"],
    }


def _load(url: str, seconds: float, connections: int = CONNECTIONS) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", url, str(connections), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _cpu(process: int) -> float:
    """Seconds of processor of a process and its children, user and system (proc(5))."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = stat.read_text().rpartition(")")
        except OSError:
            continue
        fields = after.split()
        if int(before.split()[0]) == process or int(fields[1]) == process:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _gateway(port: int, service: int) -> dict[str, str]:
    return {
        "REGIONLAB_KAFKA": "127.0.0.1:9",
        "REGIONLAB_LOG_LEVEL": os.environ.get("REGIONLAB_LOG_LEVEL", "INFO"),
        "GATEWAY_PORT": str(port),
        "GATEWAY_MOBILITE": f"http://127.0.0.1:{service}",
    }


def _nginx(folder: Path, port: int, service: int) -> list[str]:
    file = folder / "nginx.conf"
    file.write_text(_NGINX.format(folder=folder, port=port, service=service))
    return ["nginx", "-c", str(file), "-e", str(folder / "start.log")]


@contextmanager
def _running(command: list[str], settings: dict[str, str] | None = None) -> Iterator[int]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GATEWAY_", "REGIONLAB_"))}
    process = subprocess.Popen(command, env=kept | (settings or {}), stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


if __name__ == "__main__":
    main()
