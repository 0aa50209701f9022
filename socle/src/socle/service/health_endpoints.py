"""What every process answers before its own application: /healthz, /readyz, /metrics.

They are neither logged nor counted: they are asked every few seconds by machines.
"""

from collections.abc import Mapping
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from socle.errors import Refusal
from socle.http import ASGIApp, Receive, Scope, Send, of_status, problem
from socle.service.draining import Draining
from socle.service.running import Check, RunningRole

_JSON: Final = b"application/json"
_STARTING: Final = "le service démarre"


class HealthEndpoints:
    """Stands before the application; answers from the first moment, before the wiring is done."""

    def __init__(self, draining: Draining) -> None:
        self._draining = draining
        self._app: ASGIApp = _starting
        self._checks: Mapping[str, Check] = {"wiring": lambda: _STARTING}
        self._notes: Mapping[str, Check] = {}
        self._metrics = True

    def open(self, running: RunningRole, face: ASGIApp | None) -> None:
        """The wiring is done: hand requests over to the role's face, guarded (`guard.py`)."""
        self._app = face or _nothing_here
        self._checks, self._notes = running.checks, running.notes
        self._metrics = running.metrics

    def readiness(self) -> tuple[str, dict[str, str | None]]:
        """`ready`, `not_ready` or `draining`, and what each check says."""
        said = {name: check() for name, check in self._checks.items()}
        if self._draining.started:
            return "draining", said
        return ("not_ready" if any(said.values()) else "ready"), said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            self._draining.put_in(scope)
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path == "/healthz":
            await _say(scope, send, 200, _JSON, b'{"status":"alive"}')
        elif path == "/readyz":
            status, checks = self.readiness()
            told = {"status": status, "checks": checks}
            if self._notes:
                told["notes"] = {name: note() for name, note in self._notes.items()}
            body = orjson.dumps(told)
            await _say(scope, send, 200 if status == "ready" else 503, _JSON, body)
        elif path == "/metrics" and self._metrics:
            await _say(scope, send, 200, CONTENT_TYPE_LATEST.encode(), generate_latest())
        else:
            self._draining.put_in(scope)
            await self._app(scope, receive, send)


async def _say(scope: Scope, send: Send, status: int, content_type: bytes, body: bytes) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await _tell(scope, send, (status, headers, body))


async def _starting(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = Refusal("unavailable", "Le service démarre ; réessayez dans quelques secondes.")
    await _tell(scope, send, problem(refusal, None))


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await _tell(scope, send, of_status(404).render(None))


async def _tell(
    scope: Scope, send: Send, answer: tuple[int, list[tuple[bytes, bytes]], bytes]
) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    sent = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent})
