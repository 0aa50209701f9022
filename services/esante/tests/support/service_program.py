"""The service as a program of its own: to kill it, or to measure its memory."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from fhir_world import KEY


@dataclass
class Program:
    """The service as a process of its own."""

    environment: dict[str, str]
    port: int
    role: str = "api"
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = (sys.executable, "-m", "esante", self.role)
        self.running.append(
            subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL)
        )

    def end(self, how: signal.Signals) -> None:
        process = self.running.pop()
        process.send_signal(how)
        process.wait(30)

    async def ready(self, client: aiohttp.ClientSession) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with client.get(f"{self.address}/readyz") as answer:
                return answer.status == 200
        return False

    def memory(self, name: str) -> int:
        """Bytes of its memory: `VmRSS` now, `VmHWM` the most so far."""
        status = Path(f"/proc/{self.running[-1].pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith(name))
        return int(line.split()[1]) * 1024

    def reset_peak_memory(self) -> int:
        """Let `VmHWM` be the most from now on; returns `VmRSS`, bytes. See proc(5), clear_refs."""
        Path(f"/proc/{self.running[-1].pid}/clear_refs").write_text("5")
        return self.memory("VmRSS")


def settings(port: int, database: str, kafka: str, folder: Path) -> dict[str, str]:
    """The environment of the program."""
    jwks = folder / "keys.json"
    jwks.write_text(json.dumps({"keys": [KEY.as_dict(private=False) | {"kid": "t"}]}))
    own_prefixes = ("REGIONLAB_", "ESANTE_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own_prefixes)}
    return inherited | {
        "REGIONLAB_KAFKA": kafka,
        # A kill of the one process is a kill of the service.
        "ESANTE_PROCESSES": "1",
        "REGIONLAB_GATEWAY_KEYS": str(jwks),
        "REGIONLAB_LOG_LEVEL": "ERROR",
        "ESANTE_PORT": str(port),
        "ESANTE_POSTGRES": database,
        "ESANTE_TRACES": str(folder / "traces"),
    }
