"""Programs under supervision: readiness, logs, failures."""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from small_installation import program

from regionlab.launch.log_file import LogFile, readable
from regionlab.launch.readiness import failing_checks, probe
from regionlab.launch.restarts import RestartPolicy
from regionlab.launch.supervisor import ProgramFailed, Supervisor
from socle.testing import until


def _quiet(
    folder: Path, restarts: list[str] | None = None, policy: RestartPolicy | None = None
) -> Supervisor:
    """`restarts`: receives the lines about programs that are started again."""
    return Supervisor(
        folder / "logs",
        started=lambda program, seconds: None,
        restarting=([] if restarts is None else restarts).append,
        policy=policy,
    )


async def test_a_silent_program_is_not_ready(tmp_path: Path) -> None:
    supervisor = _quiet(tmp_path)
    try:
        with pytest.raises(ProgramFailed, match="0-silent n'est pas prêt après 0 s"):
            await supervisor.start([program("0-silent", tmp_path, start_seconds=0.2)])
    finally:
        await supervisor.stop()


async def test_an_http_program_reports_what_it_waits_for(tmp_path: Path) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b'{"status": "not_ready", "checks": {"kafka": "injoignable", "base": null}}'
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    supervisor = _quiet(tmp_path)
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/readyz"
        unready = program("0-silent", tmp_path, start_seconds=0.2)
        try:
            with pytest.raises(ProgramFailed, match="kafka : injoignable"):
                await supervisor.start([replace(unready, ready_url=url)])
        finally:
            await supervisor.stop()
        assert (await probe(url))[0] == 503


async def test_a_program_that_ends_by_itself_is_no_failure(tmp_path: Path) -> None:
    supervisor = _quiet(tmp_path)
    assert await supervisor.run(program("0-brief", tmp_path)) == 4
    assert (tmp_path / "logs" / "0-brief.log").read_text() == "done\n"
    failing = asyncio.create_task(supervisor.failure())
    await asyncio.sleep(0)
    assert not failing.done()
    failing.cancel()
    await supervisor.stop()


async def test_a_program_that_should_end_is_stopped_with_the_others(tmp_path: Path) -> None:
    supervisor = _quiet(tmp_path)
    running = asyncio.create_task(supervisor.run(program("0-talkative", tmp_path)))
    log = tmp_path / "logs" / "0-talkative.log"
    await until(lambda: log.exists() and log.stat().st_size > 0)
    await supervisor.stop()
    assert await running == -signal.SIGTERM


async def test_no_listener_is_reported() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/readyz"
        assert await probe(url) == (0, "")
        assert "personne ne répond" in await failing_checks(url)


async def test_a_stop_ends_the_pause_before_a_new_start(tmp_path: Path) -> None:
    restarts: list[str] = []
    supervisor = _quiet(tmp_path, restarts, RestartPolicy(first_pause=3600, longest_pause=3600))
    await supervisor.start([program("0-polite", tmp_path)])
    (victim,) = _pids_in(tmp_path)
    os.kill(victim, signal.SIGKILL)
    await until(lambda: bool(restarts))
    log = tmp_path / "logs" / "0-polite.log"
    assert restarts == [
        f"0-polite : arrêt imprévu (signal SIGKILL), nouveau départ dans 3600 s ; journal : {log}"
    ]
    await supervisor.stop()
    assert _pids_in(tmp_path) == []


async def test_a_restart_that_is_not_ready_in_time_is_ended_and_counted(tmp_path: Path) -> None:
    restarts: list[str] = []
    supervisor = _quiet(tmp_path, restarts, RestartPolicy(first_pause=0.01, failed_starts=1))
    once = program("0-once", tmp_path)
    await supervisor.start([once])
    # Its first start had as long as any; the second is never ready.
    object.__setattr__(once, "start_seconds", 0.2)
    (victim,) = _pids_in(tmp_path)
    os.kill(victim, signal.SIGKILL)
    failure = await supervisor.failure()
    assert str(failure) == "0-once n'est pas prêt après 0 s (rien n'est annoncé)."
    assert len(restarts) == 1
    assert _pids_in(tmp_path) == []
    await supervisor.stop()


def _pids_in(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            if str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


async def test_output_longer_than_any_buffer_reaches_the_log(tmp_path: Path) -> None:
    supervisor = _quiet(tmp_path)
    await supervisor.start([program("0-talkative", tmp_path)])
    log = tmp_path / "logs" / "0-talkative.log"
    await until(lambda: log.stat().st_size > 300_000)
    await supervisor.stop()


def test_a_log_is_bounded_and_retains_its_past(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("the run before")
    log = LogFile(path, limit=100)
    assert (tmp_path / "a.log.1").read_text() == "the run before"
    for n in range(50):
        log.write(f"line {n}\n".encode())
    log.close()
    assert log.last_lines(2) == "line 48\nline 49"
    assert path.stat().st_size <= 100
    assert (tmp_path / "a.log.1").stat().st_size <= 100
    assert len(list(tmp_path.iterdir())) == 2


def test_json_lines_are_rendered_for_people() -> None:
    line = '{"level": "ERROR", "message": "no", "exc_info": "Traceback\\nValueError"}'
    assert readable(line) == "ERROR no\nTraceback\nValueError"
    assert readable("plain") == "plain"
    assert readable("[1]") == "[1]"
