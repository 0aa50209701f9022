"""A fork server for heavy jobs: a process that has loaded its libraries and forks for each job.

`ForkServer` starts `python -m <module>`, which calls `serve_jobs`: one JSON line per job on stdin,
one per result on stdout. Each job runs in its own child under kernel limits
(`machine/adapters/worker_process.py`); a child that dies is reported and affects no other job. An
idle server ends and frees its memory.
"""

import asyncio
import json
import os
import select
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO, Final

from mobilite.machine.adapters.worker_process import (
    JobResult,
    ProcessLimits,
    die_with_parent,
    parse_answer,
    run_job,
    set_limits,
    worker_environment,
)

IDLE_SECONDS: Final = 20.0
"""Seconds without a job after which a server ends."""
_MAX_LINE_BYTES: Final = 16 * 2**20


class ForkServer:
    """Runs the jobs of one module, one after the other. It ends with the calling process."""

    def __init__(self, module: str) -> None:
        """`module`: the name of a module that calls `serve_jobs` when run as a program."""
        self._module = module
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, job: Mapping[str, Any], limits: ProcessLimits) -> JobResult:
        """Run one job. A server that has ended is started again.

        Never raises for a failing job: its result contains the exit code and the error output.
        """
        limit_fields = {
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.cpu_seconds,
            "file_bytes": limits.file_bytes,
        }
        line = json.dumps({**job, **limit_fields}).encode() + b"\n"
        async with self._lock:
            try:
                async with asyncio.timeout(limits.seconds):
                    # A second time if the server ended before it replied: an idle one can end
                    # while the line is written.
                    reply = await self._exchange(line) or await self._exchange(line)
            except TimeoutError:
                await self.close()
                return JobResult({}, out_of_time=True)
            except asyncio.CancelledError:
                await self.close()
                raise
        outcome = parse_answer(reply)
        return JobResult(
            outcome.get("answer", {}),
            code=outcome.get("code", -1),
            stderr_text=outcome.get("stderr_text", ""),
        )

    async def close(self) -> None:
        """End the server and its children."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        assert process.stdin is not None
        process.stdin.close()
        await process.communicate()  # until its output is closed too

    async def _exchange(self, line: bytes) -> bytes:
        """Send a line and read one line back; empty if the server ended."""
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line)
            await process.stdin.drain()
            reply = await process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError):
            reply = b""
        if not reply:
            await self.close()
        return reply

    async def _start(self) -> asyncio.subprocess.Process:
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", self._module, str(os.getpid())),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=worker_environment(),
                limit=_MAX_LINE_BYTES,
            )
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # uvloop leaves a program running whose start was cancelled. Wait for the start, even
            # if we are cancelled again meanwhile, then end the program.
            while not starting.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait((starting,))
            with suppress(OSError):
                self._process = starting.result()
            await self.close()
            raise


def serve_jobs(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """In the server process, once its libraries are loaded: fork for each job until stdin closes.

    `work` runs in the child: it receives the job and returns its answer, both JSON objects. A
    Refusal or a MemoryError of it becomes part of the result (`run_job`).
    """
    die_with_parent(int(sys.argv[1]))
    jobs = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print do not corrupt the results
    while select.select([jobs], [], [], IDLE_SECONDS)[0]:
        line = _line(jobs)
        if not line:
            return
        answers.write(
            json.dumps(_run_in_child(work, json.loads(line)), ensure_ascii=False).encode()
        )
        answers.write(b"\n")
        answers.flush()


def _line(jobs: BinaryIO) -> bytes:
    """The next line, read unbuffered so that `select` sees all pending input."""
    line = b""
    while not line.endswith(b"\n"):
        piece = jobs.read(65_536)
        if not piece:
            return b""
        line += piece
    return line


def _run_in_child(
    work: Callable[[dict[str, Any]], dict[str, Any]], job: dict[str, Any]
) -> dict[str, Any]:
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as stderr_text:
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _work(work, job, parent, answer, stderr_text)
        status = os.waitpid(child, 0)[1]
        answer.seek(0)
        stderr_text.seek(0)
        code = os.waitstatus_to_exitcode(status)
        return {
            "code": code,
            "answer": parse_answer(answer.read()) if code == 0 else {},
            "stderr_text": stderr_text.read()[-4000:].decode("utf-8", "replace"),
        }


def _work(
    work: Callable[[dict[str, Any]], dict[str, Any]],
    job: dict[str, Any],
    parent: int,
    answer: BinaryIO,
    stderr_text: BinaryIO,
) -> None:
    """Runs in the child; never returns."""
    code = 1
    try:
        os.dup2(stderr_text.fileno(), 2)
        os.dup2(stderr_text.fileno(), 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        die_with_parent(parent)
        set_limits(job)
        answer.write(json.dumps(run_job(work, job), ensure_ascii=False).encode())
        answer.flush()
        code = 0
    finally:
        # Report, then exit at once: no code of the parent runs on in the child.
        if code:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)
