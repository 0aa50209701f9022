"""The CPU time of one HTTP exchange.

A coroutine runs in steps, each from a resume to the next await. The thread's CPU clock is read at
both ends of a step, so that other coroutines' work is not counted and waiting costs nothing. Work
in a thread is counted if `attribute_cpu_time` wraps it; work in another task or process is not.
Each reading is a system call: an exchange whose time is not needed calls `leave`.
"""

from collections.abc import Awaitable, Callable, Generator, Iterable
from contextvars import ContextVar
from time import thread_time_ns
from types import coroutine
from typing import Any, Final, TypeVar, cast

CPU_TIME_HEADER: Final = b"x-regionlab-cpu-us"
"""The response header with the CPU time until the response started, in whole microseconds. The
gateway removes it."""
_DIGITS: Final = 12  # the most in the header

T = TypeVar("T")

_current: ContextVar["CpuTime | None"] = ContextVar("cpu_time", default=None)


class CpuTime:
    """The CPU time of one coroutine in nanoseconds, until it ends or `stop` is called."""

    __slots__ = ("_counting", "_in_threads", "_started_at", "_steps")

    def __init__(self) -> None:
        self._counting, self._started_at, self._steps = True, 0, 0
        # Other threads append their time here.
        self._in_threads: list[int] = []

    @property
    def nanoseconds(self) -> int:
        """CPU time of the completed steps, and of the other threads."""
        return self._steps + sum(self._in_threads)

    def stop(self) -> None:
        """Count up to now, which must be within a step, and nothing later."""
        if self._counting:
            self._counting = False
            self._steps += thread_time_ns() - self._started_at

    def leave(self) -> None:
        """Stop measuring: the clock is not read again."""
        self._counting = False

    @coroutine
    def of(self, work: Awaitable[T]) -> Generator[Any, Any, T]:
        """Await `work`, counting its steps."""
        # Coroutines and asyncio's futures return an iterator with `send` and `throw` (PEP 492).
        steps = work.__await__()
        resume: Callable[[Any], Any] = steps.send
        value: Any = None
        while True:
            if self._counting:
                self._started_at = thread_time_ns()
            try:
                awaited = resume(value)
            except StopIteration as over:
                return cast("T", over.value)
            finally:
                value = None
                if self._counting:
                    self._steps += thread_time_ns() - self._started_at
            try:
                value = yield awaited
                resume = steps.send
            except BaseException as error:  # noqa: BLE001 - every error goes to the coroutine
                value, resume = error, steps.throw

    def add(self, nanoseconds: int) -> None:
        """Add CPU time of another thread."""
        self._in_threads.append(nanoseconds)


class use_cpu_time:
    """Within this context, `attribute_cpu_time` adds the time of threads to `cpu_time`."""

    __slots__ = ("_cpu_time", "_token")

    def __init__(self, cpu_time: CpuTime) -> None:
        self._cpu_time = cpu_time

    def __enter__(self) -> None:
        self._token = _current.set(self._cpu_time)

    def __exit__(self, *raised: object) -> None:
        _current.reset(self._token)


def attribute_cpu_time(work: Callable[[], T]) -> Callable[[], T]:
    """Wrap `work` for another thread, so that its CPU time counts to the current exchange."""
    cpu_time = _current.get()
    if cpu_time is None:
        return work

    def counted() -> T:
        started_at = thread_time_ns()
        try:
            return work()
        finally:
            cpu_time.add(thread_time_ns() - started_at)

    return counted


def read_cpu_time(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The microseconds in a response's headers; None if the header is absent, repeated, or not a
    number of 12 digits at most."""
    found = [value for name, value in headers if name == CPU_TIME_HEADER]
    is_number = len(found) == 1 and len(found[0]) <= _DIGITS and found[0].isdigit()
    return int(found[0]) if is_number else None
