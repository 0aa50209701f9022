"""The processor time of one exchange, measured where it is spent.

A coroutine runs in steps: from where it is resumed to where it waits again. The thread's processor
clock is read at both ends of each, so that what others do in between is not its own, and waiting
costs nothing. What it hands to a task or a process of its own is not seen; to a thread it is, by
`counted_aside`. Each reading is a system call: whatever needs no measure `leave`s it.
"""

from collections.abc import Awaitable, Callable, Generator, Iterable
from contextvars import ContextVar
from time import thread_time_ns
from types import coroutine
from typing import Any, Final, TypeVar, cast

CPU_TIME_HEADER: Final = b"x-regionlab-cpu-us"
"""Under which an answer tells the processor time it took until it began, in whole microseconds; it
ends at the door."""
_DIGITS: Final = 12

T = TypeVar("T")

_current: ContextVar["CpuTime | None"] = ContextVar("cpu_time", default=None)


class CpuTime:
    """What one coroutine takes of the processor, in nanoseconds, until it is over or `stop`."""

    __slots__ = ("_aside", "_began", "_counting", "_steps")

    def __init__(self) -> None:
        self._counting, self._began, self._steps = True, 0, 0
        # Appended to by other threads, of which each adds its own.
        self._aside: list[int] = []

    @property
    def nanoseconds(self) -> int:
        """Of the steps that are over."""
        return self._steps + sum(self._aside)

    def stop(self) -> None:
        """Count to this moment, which is within a step, and nothing after it."""
        if self._counting:
            self._counting = False
            self._steps += thread_time_ns() - self._began

    def leave(self) -> None:
        """Nobody asks: read no clock any more."""
        self._counting = False

    @coroutine
    def of(self, work: Awaitable[T]) -> Generator[Any, Any, T]:
        """Await `work`, counting its steps."""
        # What coroutines and asyncio's futures give here takes `send` and `throw` (PEP 492).
        steps = work.__await__()
        resume: Callable[[Any], Any] = steps.send
        told: Any = None
        while True:
            if self._counting:
                self._began = thread_time_ns()
            try:
                awaited = resume(told)
            except StopIteration as over:
                return cast("T", over.value)
            finally:
                told = None
                if self._counting:
                    self._steps += thread_time_ns() - self._began
            try:
                told = yield awaited
                resume = steps.send
            except BaseException as error:  # noqa: BLE001 - whatever comes is for whoever waits
                told, resume = error, steps.throw

    def add(self, nanoseconds: int) -> None:
        """What was spent on it in another thread."""
        self._aside.append(nanoseconds)


class use_cpu_time:
    """What `counted_aside` is handed inside is this one's too."""

    __slots__ = ("_spent", "_token")

    def __init__(self, spent: CpuTime) -> None:
        self._spent = spent

    def __enter__(self) -> None:
        self._token = _current.set(self._spent)

    def __exit__(self, *raised: object) -> None:
        _current.reset(self._token)


def attribute_cpu_time(work: Callable[[], T]) -> Callable[[], T]:
    """`work`, to be done in another thread: its processor time is the exchange's at hand."""
    spent = _current.get()
    if spent is None:
        return work

    def counted() -> T:
        began = thread_time_ns()
        try:
            return work()
        finally:
            spent.add(thread_time_ns() - began)

    return counted


def read_cpu_time(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The microseconds that an answer tells; None where it tells none, or several."""
    found = [value for name, value in headers if name == CPU_TIME_HEADER]
    told = len(found) == 1 and len(found[0]) <= _DIGITS and found[0].isdigit()
    return int(found[0]) if told else None
