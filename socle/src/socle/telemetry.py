"""Telemetry of a process: JSON log lines, Prometheus metrics, W3C trace context.

A trace crosses HTTP (`traceparent` header) and Kafka (`traceparent` record header); the current
one and the request id live in context variables, so that every log line carries them.
https://www.w3.org/TR/trace-context/#traceparent-header
"""

import asyncio
import json
import logging
import os
import re
import select
import sys
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")

# The attributes of every record; the others come from `extra`.
_STANDARD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
}

# Request lines are buffered and written together: a write per line costs more than formatting it.
# Measured per line in a loop: 10 µs unbuffered, 2 µs in batches of 64, 8 µs in batches of 500,
# whose memory is not reused.
_FLUSH_SECONDS = 0.1
_MAX_BUFFERED = 64

_requests = logging.getLogger("socle.http")

_trace: ContextVar["Trace | None"] = ContextVar("trace", default=None)
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


@dataclass(frozen=True, slots=True)
class Trace:
    """A span of a distributed trace. Ids are lower-case hexadecimal."""

    trace_id: str
    span_id: str
    parent_id: str | None = None
    """The span this one continues; None for a root, and for a span read from a header."""
    sampled: bool = True
    """W3C's flag: whether the caller records the trace. It is only passed on."""

    @classmethod
    def start(cls) -> "Trace":
        """A new trace, of which this is the root."""
        digits = random_hex(24)
        return cls(digits[:32], digits[32:])

    @classmethod
    def parse(cls, traceparent: str) -> "Trace | None":
        """The caller's span; None if the header is invalid: the specification requires that it is
        then ignored."""
        match = _TRACEPARENT.fullmatch(traceparent.strip())
        if match is None:
            return None
        version, trace_id, span_id, flags, rest = match.groups()
        # Version ff is forbidden; version 00 ends with the flags, later ones can be longer.
        if version == "ff" or (version == "00" and rest):
            return None
        if trace_id == "0" * 32 or span_id == "0" * 16:
            return None
        return cls(trace_id, span_id, sampled=bool(int(flags, 16) & 1))

    def child(self) -> "Trace":
        """The next span of the same trace, with this one as its parent."""
        return Trace(self.trace_id, random_hex(8), self.span_id, self.sampled)

    @property
    def traceparent(self) -> str:
        """The value of the header that passes this trace on to the next hop."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


class _RandomBytes:
    """The system's random bytes, read in large blocks: each request needs about forty bytes."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Drop the block in a forked process: it would return the same bytes."""
        self._block, self._at = b"", 0

    def take(self, size: int) -> bytes:
        at = self._at
        if at + size > len(self._block):
            self._block, at = os.urandom(max(size, 4096)), 0
        self._at = at + size
        return self._block[at : at + size]


_random_bytes = _RandomBytes()
os.register_at_fork(after_in_child=_random_bytes.reset)


def random_hex(size: int) -> str:
    """`size` random bytes in hexadecimal, for ids that must be unique and need not be secret.

    Not thread-safe: call it on the event loop's thread.
    """
    return _random_bytes.take(size).hex()


def current_trace() -> Trace | None:
    """The trace of the current work, if any."""
    return _trace.get()


def current_request_id() -> str | None:
    """The id of the HTTP request being answered, if one is."""
    return _request_id.get()


# Classes with slots rather than @contextmanager, which is slower: every request enters both.
class use_trace:
    """Continue the caller's trace, or start one if there is none or it is invalid."""

    __slots__ = ("_token", "_trace")

    def __init__(self, traceparent: str | None) -> None:
        caller = Trace.parse(traceparent) if traceparent else None
        self._trace = caller.child() if caller else Trace.start()

    def __enter__(self) -> Trace:
        self._token = _trace.set(self._trace)
        return self._trace

    def __exit__(self, *raised: object) -> None:
        _trace.reset(self._token)


class use_request_id:
    """Mark everything done and logged inside as belonging to one HTTP request."""

    __slots__ = ("_request_id", "_token")

    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def __enter__(self) -> None:
        self._token = _request_id.set(self._request_id)

    def __exit__(self, *raised: object) -> None:
        _request_id.reset(self._token)


class _JsonLines(logging.Formatter):
    """One record, one line: time, level, logger, message, service, role, trace and request ids.

    The fields of `extra` are added. The dictionary is built here, since a general JSON formatter
    takes three times as long.
    """

    def __init__(self, service: str, role: str) -> None:
        super().__init__()
        self._service, self._role = service, role

    def format(self, record: logging.LogRecord) -> str:
        trace = _trace.get()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name, value in record.__dict__.items():
            if name not in _STANDARD_ATTRIBUTES:
                line[name] = value
        if record.exc_info:
            line["exc_info"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack_info"] = record.stack_info
        line["service"], line["role"] = self._service, self._role
        line["trace_id"] = trace.trace_id if trace else None
        line["span_id"] = trace.span_id if trace else None
        line["request_id"] = _request_id.get()
        try:
            return orjson.dumps(line, str, orjson.OPT_NON_STR_KEYS).decode()
        except TypeError:
            # A lone surrogate or an integer over 64 bits: the standard encoder is slower, but
            # accepts it.
            line["time"] = line["time"].isoformat()
            return json.dumps(line, default=str, skipkeys=True)


class _Output(logging.StreamHandler[TextIO]):
    """Writes log records at once and request lines in batches, in their order."""

    def __init__(self, service: str, role: str, stream: TextIO) -> None:
        super().__init__(stream)
        self.setFormatter(_JsonLines(service, role))
        self._constant_fields = {"service": service, "role": role}
        self._buffer: list[bytes] = []
        self._buffered = 0
        self.most_bytes = sys.maxsize

    def emit(self, record: logging.LogRecord) -> None:
        self._write_buffer()
        super().emit(record)

    def flush(self) -> None:
        with self.lock or nullcontext():
            self._write_buffer()
            super().flush()

    def request(self, fields: dict[str, Any]) -> None:
        """The line of one request."""
        trace = _trace.get()
        line = {
            "time": datetime.now(UTC),
            "level": "INFO",
            "logger": _requests.name,
            "message": f"{fields['method']} {fields['route']} {fields['status']}",
            **fields,
            **self._constant_fields,
            "trace_id": trace.trace_id if trace else None,
            "span_id": trace.span_id if trace else None,
            "request_id": _request_id.get(),
        }
        text = orjson.dumps(line)
        if self._buffered + len(text) + 1 > self.most_bytes:
            self.flush()
        self._buffer.append(text)
        self._buffered += len(text) + 1
        if len(self._buffer) == 1:
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)
        elif len(self._buffer) >= _MAX_BUFFERED:
            self.flush()

    def _write_buffer(self) -> None:
        lines, self._buffer, self._buffered = self._buffer, [], 0
        if lines:
            self.stream.write(b"\n".join([*lines, b""]).decode())


def limit_batches() -> None:
    """Write no more lines at once than a pipe takes in one piece, since other processes write to it
    too. https://man7.org/linux/man-pages/man7/pipe.7.html (PIPE_BUF)"""
    for handler in logging.root.handlers:
        if isinstance(handler, _Output):
            handler.most_bytes = select.PIPE_BUF


def log_request(fields: dict[str, Any]) -> None:
    """Log one request: `method`, `route`, `status` and other fields. It bypasses `LogRecord`,
    which takes three times as long. Call it on the event loop's thread."""
    if not _requests.isEnabledFor(logging.INFO):
        return
    for handler in logging.root.handlers:
        if isinstance(handler, _Output):
            handler.request(fields)
            return
    names = (fields["method"], fields["route"], fields["status"])
    _requests.info("%s %s %d", *names, extra=fields)


def configure_logs(service: str, role: str, level: str, stream: TextIO | None = None) -> None:
    """Send every log record of the process to `stream` (stdout) as JSON lines."""
    handler = _Output(service, role, stream or sys.stdout)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    # logging would look up the caller of every record; the lines do not contain it.
    # https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # Our own line per request replaces these, which contain raw paths.
    for name in ("uvicorn.access", "aiohttp.access"):
        logging.getLogger(name).disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
