"""The launcher's main loop: start every program, run until stopped, stop every program."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable

from regionlab.launch.supervisor import ProgramFailed, Supervisor

_EX_SOFTWARE = 70


def print_line(text: str) -> None:
    """Print a line of progress. Once standard output is closed, lines are discarded."""
    try:
        print(text, flush=True)  # noqa: T201
    except BrokenPipeError:
        sys.stdout = None  # print is silent from now on


async def run_until_stopped(supervisor: Supervisor, build: Callable[[], Awaitable[None]]) -> int:
    """Run `build`, then wait for a signal or a failed program; then stop every program.

    `build`: starts the programs. Returns the exit code: 0 when stopped, 70 when a program failed.
    Raises what `build` raises.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup sets it to be ignored
        signals.append(signal.SIGHUP)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    building = asyncio.ensure_future(build())
    failing = asyncio.create_task(supervisor.failure())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((building, failing, stopping), return_when=asyncio.FIRST_COMPLETED)
        if building.done() and not failing.done():
            building.result()
            await asyncio.wait((failing, stopping), return_when=asyncio.FIRST_COMPLETED)
        if failing.done():
            raise failing.result()
        return 0
    except ProgramFailed as failure:
        print_line(f"\n✘ {failure}\nDernières lignes de {failure.log} :\n{failure.tail}\n")
        return _EX_SOFTWARE
    finally:
        for task in (building, failing, stopping):
            task.cancel()
        # A second Ctrl-C kills the programs at once.
        for number in signals:
            loop.add_signal_handler(number, supervisor.kill)
        print_line("Arrêt…")
        await asyncio.wait((building,))
        await supervisor.stop()
        print_line("Tout est arrêté.")
