"""The endpoints of every process: /healthz, /readyz, /metrics.

Their requests are neither logged nor counted: probes send them every few seconds.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import orjson
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from socle.errors import Refusal
from socle.http import ASGIApp, Receive, Scope, Send, of_status, problem
from socle.service.draining import Draining
from socle.service.running import Check, RunningRole

_JSON: Final = b"application/json"
_STARTING: Final = "le service démarre"

RenderMetrics = Callable[[], Awaitable[bytes]]
"""The text of /metrics."""


async def own_metrics() -> bytes:
    """The text of this process alone."""
    return generate_latest()


class HealthEndpoints:
    """ASGI layer before the application; it responds before the wiring is complete."""

    def __init__(self, draining: Draining, render_metrics: RenderMetrics = own_metrics) -> None:
        self._draining, self._render_metrics = draining, render_metrics
        self._app: ASGIApp = _starting
        self._checks: Mapping[str, Check] = {"wiring": lambda: _STARTING}
        self._notes: Mapping[str, Check] = {}
        self._metrics = True

    def open(self, running: RunningRole, app: ASGIApp | None) -> None:
        """Pass requests to the role's application from now on, since the wiring is complete.

        `app`: the application of `running` with caller verification (`guard.py`), if any.
        """
        self._app = app or _nothing_here
        self._checks, self._notes = running.checks, running.notes
        self._metrics = running.metrics

    def readiness(self) -> tuple[str, dict[str, str | None]]:
        """`ready`, `not_ready` or `draining`, and the result of each check (`Check`)."""
        results = {name: check() for name, check in self._checks.items()}
        if self._draining.started:
            return "draining", results
        return ("not_ready" if any(results.values()) else "ready"), results

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            await _send_body(scope, send, 200, _JSON, b'{"status":"alive"}')
        elif path == "/readyz":
            status, checks = self.readiness()
            fields = {"status": status, "checks": checks}
            if self._notes:
                fields["notes"] = {name: note() for name, note in self._notes.items()}
            body = orjson.dumps(fields)
            await _send_body(scope, send, 200 if status == "ready" else 503, _JSON, body)
        elif path == "/metrics" and self._metrics:
            text = await self._render_metrics()
            await _send_body(scope, send, 200, CONTENT_TYPE_LATEST.encode(), text)
        else:
            self._draining.put_in(scope)
            await self._app(scope, receive, send)


async def _send_body(
    scope: Scope, send: Send, status: int, content_type: bytes, body: bytes
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await _send(scope, send, (status, headers, body))


async def _starting(scope: Scope, receive: Receive, send: Send) -> None:
    refusal = Refusal("unavailable", "Le service démarre ; réessayez dans quelques secondes.")
    await _send(scope, send, problem(refusal, None))


async def _nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    await _send(scope, send, of_status(404).render(None))


async def _send(
    scope: Scope, send: Send, answer: tuple[int, list[tuple[bytes, bytes]], bytes]
) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    sent = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent})
