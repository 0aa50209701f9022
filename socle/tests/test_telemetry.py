"""Trace context as the W3C writes it, and log lines as machines read them."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.telemetry import (
    Trace,
    configure_logs,
    current_request_id,
    current_trace,
    log_request,
    use_request_id,
    use_trace,
)
from socle.testing import until

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the process logs, with pytest's own handlers put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # force=True would close pytest's
    configure_logs("mobilite", "poll", "INFO", stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_trace_is_continued() -> None:
    with use_trace(CALLER) as trace:
        assert current_trace() is trace
        assert trace.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert trace.parent_id == "b7ad6b7169203331"
        assert trace.span_id != trace.parent_id
        assert trace.traceparent == f"00-{trace.trace_id}-{trace.span_id}-01"
    assert current_trace() is None


def test_the_callers_wish_not_to_be_sampled_is_handed_on() -> None:
    with use_trace(CALLER[:-2] + "00") as trace:
        assert trace.traceparent.endswith("-00")


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "rubbish",
        CALLER.upper(),
        CALLER.replace("00-", "ff-", 1),
        CALLER + "-more",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
    ],
)
def test_what_cannot_be_read_starts_a_new_trace(traceparent: str | None) -> None:
    with use_trace(traceparent) as trace:
        assert trace.parent_id is None
        assert Trace.parse(trace.traceparent) is not None


def test_a_later_version_can_have_more_fields() -> None:
    trace = Trace.parse(CALLER.replace("00-", "01-", 1) + "-more")
    assert trace is not None
    assert trace.span_id == "b7ad6b7169203331"


@given(st.text())
def test_no_header_breaks_the_parser(text: str) -> None:
    trace = Trace.parse(text)
    assert trace is None or Trace.parse(trace.traceparent) == trace


@given(st.integers(1, 16**32 - 1), st.integers(1, 16**16 - 1), st.booleans())
def test_what_is_written_is_read(trace_id: int, span_id: int, sampled: bool) -> None:
    trace = Trace(f"{trace_id:032x}", f"{span_id:016x}", sampled=sampled)
    assert Trace.parse(trace.traceparent) == trace


async def test_concurrent_work_has_separate_traces() -> None:
    async def work(number: int) -> tuple[str, str | None]:
        with use_trace(None) as trace, use_request_id(f"r{number}"):
            await asyncio.sleep(0)
            found = current_trace()
            assert found is trace
            return found.trace_id, current_request_id()

    done = await asyncio.gather(*(work(n) for n in range(5)))
    assert len({trace_id for trace_id, _ in done}) == 5
    assert [request_id for _, request_id in done] == [f"r{n}" for n in range(5)]


def test_a_line_is_json_with_its_origin(lines: io.StringIO) -> None:
    with use_trace(CALLER), use_request_id("r1"):
        logging.getLogger("mobilite.poll").warning("Feed %s late", "tao", extra={"age": 12})
    line = json.loads(lines.getvalue())
    assert line | {"time": "", "span_id": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": "mobilite.poll",
        "message": "Feed tao late",
        "age": 12,
        "service": "mobilite",
        "role": "poll",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "span_id": "",
        "request_id": "r1",
    }
    assert line["time"].endswith("+00:00")


def test_an_error_is_one_line_with_its_traceback(lines: io.StringIO) -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("x").exception("Failed", extra={"odd": object()})
    (line,) = lines.getvalue().splitlines()
    assert "ValueError: two\nlines" in json.loads(line)["exc_info"]


@pytest.mark.parametrize("odd", ["half \ud83d", 2**64, {("a", "b"): 1}, float("nan"), b"\xff"])
def test_values_json_cannot_encode_do_not_lose_the_line(lines: io.StringIO, odd: object) -> None:
    logging.getLogger("x").info("Odd", extra={"odd": odd})
    line = json.loads(lines.getvalue())
    assert (line["message"], "T" in line["time"], "odd" in line) == ("Odd", True, True)


ANSWERED = {"method": "GET", "route": "/stops/{id}", "status": 200, "bytes": 2}


async def test_lines_of_requests_are_written_together_and_in_order(lines: io.StringIO) -> None:
    with use_trace(CALLER) as trace, use_request_id("r1"):
        log_request(ANSWERED)
    log_request(ANSWERED | {"status": 404})
    assert lines.getvalue() == ""
    logging.getLogger("x").info("After")
    parsed = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["message"] for line in parsed] == [
        "GET /stops/{id} 200",
        "GET /stops/{id} 404",
        "After",
    ]
    assert parsed[0] | {"time": ""} == ANSWERED | {
        "time": "",
        "level": "INFO",
        "logger": "socle.http",
        "message": "GET /stops/{id} 200",
        "service": "mobilite",
        "role": "poll",
        "trace_id": trace.trace_id,
        "span_id": trace.span_id,
        "request_id": "r1",
    }
    log_request(ANSWERED)
    await until(lambda: len(lines.getvalue().splitlines()) == 4)


async def test_lines_of_requests_are_not_lost_when_the_process_ends(lines: io.StringIO) -> None:
    log_request(ANSWERED)
    logging.shutdown()
    assert json.loads(lines.getvalue())["status"] == 200


def test_a_request_is_not_logged_below_the_level(lines: io.StringIO) -> None:
    logging.getLogger().setLevel("WARNING")
    log_request(ANSWERED)
    logging.getLogger("x").warning("Said")
    assert "/stops" not in lines.getvalue()


def test_below_the_level_nothing_is_logged(lines: io.StringIO) -> None:
    logging.getLogger("x").debug("quiet")
    logging.getLogger("uvicorn.access").error("GET /patients?name=x")
    assert lines.getvalue() == ""
