"""Waits for a condition, and says what it was when it does not come true."""

import asyncio
import inspect
import linecache
import reprlib
import time
from collections.abc import Awaitable, Callable
from typing import Final

_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.1  # seconds between two looks at a condition
# Several times what the slowest effect takes on a quiet machine: only a failure waits for so long.
_LONGEST_WAIT: Final = 120.0

Condition = Callable[[], object | Awaitable[object]]
"""A function, possibly a coroutine function; true once what it waits for has happened."""


async def until(condition: Condition, *, seconds: float = _LONGEST_WAIT) -> None:
    """Wait until the condition is true, by the work of another task.

    Raises AssertionError after `seconds`, which is only an upper bound; its message has the
    condition's source and the variables of the test that it reads.
    """
    end, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while True:
        result = condition()
        if await result if inspect.isawaitable(result) else result:
            return
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {_described(condition)}")
        await asyncio.sleep(pause)
        # Looking takes time from who is waited for: the longer that lasts, the less often.
        pause = min(pause * 1.1, _LONGEST_PAUSE)


def _described(condition: Condition) -> str:
    if not inspect.isfunction(condition):
        return repr(condition)
    code = condition.__code__
    source = linecache.getline(code.co_filename, code.co_firstlineno).strip()
    variables = inspect.getclosurevars(condition).nonlocals
    values = ", ".join(f"{name} = {reprlib.repr(value)}" for name, value in variables.items())
    return f"{source} ({values or 'no variable of the test'})"
