"""What a process says of itself: JSON log lines, Prometheus metrics, W3C trace context.

A trace crosses HTTP (`traceparent` header) and Kafka (`traceparent` record header); the current
one and the request id live in context variables, so that every log line carries them.
https://www.w3.org/TR/trace-context/#traceparent-header
"""

import logging
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

from pythonjsonlogger.orjson import OrjsonFormatter

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

_trace: ContextVar["Trace | None"] = ContextVar("trace", default=None)
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where this piece of work stands in a distributed trace. Ids are lower-case hexadecimal."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    sampled: bool = True

    @classmethod
    def start(cls) -> "Trace":
        """A new trace, of which this is the root."""
        return cls(secrets.token_hex(16), secrets.token_hex(8))

    @classmethod
    def parse(cls, traceparent: str) -> "Trace | None":
        """The caller's place; None when the header cannot be used and must be ignored (§4.3)."""
        match = _TRACEPARENT.fullmatch(traceparent.strip())
        if match is None:
            return None
        version, trace_id, span_id, flags, rest = match.groups()
        # Version ff is forbidden; version 00 ends with the flags, later ones may go on.
        if version == "ff" or (version == "00" and rest):
            return None
        if trace_id == "0" * 32 or span_id == "0" * 16:
            return None
        return cls(trace_id, span_id, sampled=bool(int(flags, 16) & 1))

    def child(self) -> "Trace":
        """The next span of the same trace, with this one as its parent."""
        return Trace(self.trace_id, secrets.token_hex(8), self.span_id, self.sampled)

    @property
    def traceparent(self) -> str:
        """The header that hands this trace to the next hop."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def current_trace() -> Trace | None:
    """The trace of the work at hand, if it belongs to one."""
    return _trace.get()


def current_request_id() -> str | None:
    """The id of the HTTP request being answered, if one is."""
    return _request_id.get()


@contextmanager
def use_trace(traceparent: str | None) -> Iterator[Trace]:
    """Continue the caller's trace, or start one when there is none or it cannot be read."""
    caller = Trace.parse(traceparent) if traceparent else None
    trace = caller.child() if caller else Trace.start()
    token = _trace.set(trace)
    try:
        yield trace
    finally:
        _trace.reset(token)


@contextmanager
def use_request_id(request_id: str) -> Iterator[None]:
    """Mark everything done and logged inside as belonging to one HTTP request."""
    token = _request_id.set(request_id)
    try:
        yield
    finally:
        _request_id.reset(token)


class _Lines(OrjsonFormatter):
    """One record, one line: time, level, logger, message, service, role, trace and request ids."""

    def __init__(self, service: str, role: str) -> None:
        super().__init__(json_default=str)
        self._service, self._role = service, role

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data["time"] = datetime.fromtimestamp(record.created, UTC).isoformat(
            timespec="milliseconds"
        )
        log_data["level"], log_data["logger"] = record.levelname, record.name
        super().add_fields(log_data, record, message_dict)
        log_data["service"], log_data["role"] = self._service, self._role
        trace = current_trace()
        log_data["trace_id"] = trace.trace_id if trace else None
        log_data["span_id"] = trace.span_id if trace else None
        log_data["request_id"] = current_request_id()


def configure_logs(service: str, role: str, level: str, stream: TextIO | None = None) -> None:
    """Send every log record of the process to `stream` (stdout) as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_Lines(service, role))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # Ours say the same in one line a request; these would say it twice, with raw paths.
    for talkative in ("uvicorn.access", "aiohttp.access"):
        logging.getLogger(talkative).disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
