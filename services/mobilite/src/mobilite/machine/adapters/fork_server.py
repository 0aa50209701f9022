"""Heavy work aside: a program that has loaded its libraries and forks for each job.

`Nursery` starts `python -m <module>`, which hands its work to `answer_jobs`: one line of JSON a job
on stdin, one a job on stdout. Each job is done in a child of its own, under limits the kernel
holds (`machine/adapters/worker_process.py`); a child that dies is told as such and costs no other
job. A nursery without work ends by itself, and its memory with it.
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
    Ended,
    ProcessLimits,
    answer_of,
    die_with_parent,
    hold_limits,
    parse_answer,
    worker_environment,
)

IDLE: Final = 20.0
"""Seconds without a job after which a nursery ends."""
_LONGEST_LINE: Final = 16 * 2**20


class Nursery:
    """The jobs of one module, one after the other. It ends with the caller, however that ends."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, job: Mapping[str, Any], limits: ProcessLimits) -> Ended:
        """Do one job. A nursery that ended meanwhile is started anew."""
        held = {
            "memory_bytes": limits.memory_bytes,
            "cpu_seconds": limits.cpu_seconds,
            "file_bytes": limits.file_bytes,
        }
        line = json.dumps({**job, **held}).encode() + b"\n"
        async with self._turn:
            try:
                async with asyncio.timeout(limits.seconds):
                    told = await self._ask(line) or await self._ask(line)
            except TimeoutError:
                await self.close()
                return Ended({}, out_of_time=True)
            except asyncio.CancelledError:
                await self.close()
                raise
        ended = parse_answer(told)
        return Ended(ended.get("answer", {}), ended.get("code", -1), ended.get("complaint", ""))

    async def close(self) -> None:
        """End the program; its children end with it."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        assert process.stdin is not None
        process.stdin.close()
        await process.communicate()  # until its output is closed too

    async def _ask(self, line: bytes) -> bytes:
        """One line back; empty where the program ended instead."""
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line)
            await process.stdin.drain()
            told = await process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError):
            told = b""
        if not told:
            await self.close()
        return told

    async def _start(self) -> asyncio.subprocess.Process:
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", self._module, str(os.getpid())),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=worker_environment(),
                limit=_LONGEST_LINE,
            )
        )
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            # uvloop leaves a program running whose start was cancelled. However often we are
            # cancelled meanwhile: it has been started, and is to be ended.
            while not starting.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait((starting,))
            with suppress(OSError):
                self._process = starting.result()
            await self.close()
            raise


def answer_jobs(work: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """In the program, once its libraries are loaded: fork for each job until there are no more.

    A Refusal is handed over; memory that runs out is said.
    """
    die_with_parent(int(sys.argv[1]))
    jobs = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries that print do not spoil the answers
    while select.select([jobs], [], [], IDLE)[0]:
        line = _line(jobs)
        if not line:
            return
        answers.write(json.dumps(_in_a_child(work, json.loads(line)), ensure_ascii=False).encode())
        answers.write(b"\n")
        answers.flush()


def _line(jobs: BinaryIO) -> bytes:
    """The next line, read by the byte so that nothing waits unseen behind `select`."""
    line = b""
    while not line.endswith(b"\n"):
        piece = jobs.read(65_536)
        if not piece:
            return b""
        line += piece
    return line


def _in_a_child(
    work: Callable[[dict[str, Any]], dict[str, Any]], job: dict[str, Any]
) -> dict[str, Any]:
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            _work(work, job, parent, answer, complaint)
        status = os.waitpid(child, 0)[1]
        answer.seek(0)
        complaint.seek(0)
        code = os.waitstatus_to_exitcode(status)
        return {
            "code": code,
            "answer": parse_answer(answer.read()) if code == 0 else {},
            "complaint": complaint.read()[-4000:].decode("utf-8", "replace"),
        }


def _work(
    work: Callable[[dict[str, Any]], dict[str, Any]],
    job: dict[str, Any],
    parent: int,
    answer: BinaryIO,
    complaint: BinaryIO,
) -> None:
    """In the child: never returns."""
    code = 1
    try:
        os.dup2(complaint.fileno(), 2)
        os.dup2(complaint.fileno(), 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        die_with_parent(parent)
        hold_limits(job)
        answer.write(json.dumps(answer_of(work, job), ensure_ascii=False).encode())
        answer.flush()
        code = 0
    finally:
        # Told, then ended: nothing of the parent's may run on in its child.
        if code:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)
