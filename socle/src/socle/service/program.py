"""`python -m <service> [role]`: the command line, the settings, the loop, the exit code."""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import Final, NoReturn

import uvloop

from socle.errors import Refusal, Retry
from socle.service.lifetime import Lifetime
from socle.service.running import SettingsT, Wire
from socle.service.workers import Worker, run_workers
from socle.settings import PlatformSettings, SettingsError, load
from socle.telemetry import configure_logs, limit_batches

# Tables followed from the bus are millions of small long-lived objects. Measured on 60,000 stop
# updates: 1.1 s with Python's own thresholds, 0.37 s with these, 0.27 s without collecting.
GC_THRESHOLDS: Final = (50_000, 20, 50)
# Work in the thread pool cannot be interrupted: after the orderly stop, wait no longer for it.
_THREADS_SECONDS: Final = 2.0

_HELP: Final = frozenset({"-h", "--help"})


def run(
    service: str,
    settings_type: type[SettingsT],
    roles: Mapping[str, Wire[SettingsT]],
    *,
    default_role: str,
    processes: Callable[[SettingsT], int] = lambda _: 1,
) -> NoReturn:
    """The complete `__main__` of a service: run the role named on the command line, and exit.

    `processes`: in how many processes the role runs, which share its port (`workers.py`).

    Exit codes: 0 stopped by a signal, 64 usage, 70 a task ended or an internal error, 75 a
    dependency was absent, 78 settings.
    """
    role = _role(service, roles, default_role)
    platform, settings = _settings(settings_type)
    configure_logs(service, role, platform.log_level)

    def serve(worker: Worker | None = None) -> int:
        return _run_role(roles[role], settings, platform, worker)

    count = processes(settings)
    if count == 1:
        sys.exit(serve())
    limit_batches()
    try:
        code = run_workers(count, platform.host, settings.port, serve)
    except (Retry, Refusal) as error:
        logging.getLogger("socle.service").error("Cannot listen: %s", error.message)
        code = os.EX_TEMPFAIL if isinstance(error, Retry) else os.EX_CONFIG
    sys.exit(code)


def _run_role(
    wire: Wire[SettingsT], settings: SettingsT, platform: PlatformSettings, worker: Worker | None
) -> int:
    """Run the role in this process until it is stopped; returns the exit code."""
    resume_collector()
    lifetime = Lifetime(
        wire,
        settings=settings,
        platform=platform,
        clock=platform.clock(),
        worker=worker,
    )
    loop = uvloop.new_event_loop()
    code = loop.run_until_complete(lifetime.run())
    if not loop.run_until_complete(_threads_ended(loop)):
        logging.getLogger("socle.service").error("A thread is still busy; ending without it")
        logging.shutdown()  # flushes the handlers, which os._exit does not
        # The interpreter would wait for that thread for ever.
        os._exit(code)
    loop.close()
    # The interpreter would search all that is left for garbage before it ends: 0.2 s of processor.
    gc.freeze()
    return code


def resume_collector() -> None:
    """Collect garbage from now on, without what has been imported (`socle.importing`)."""
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()


def _role(service: str, roles: Mapping[str, Wire[SettingsT]], default_role: str) -> str:
    usage = f"Usage : python -m {service} [{' | '.join(roles)}]   (par défaut : {default_role})\n"
    arguments = sys.argv[1:]
    if _HELP & set(arguments):
        sys.stdout.write(usage)
        sys.exit(os.EX_OK)
    role, *rest = arguments or [default_role]
    if rest or role not in roles:
        sys.stderr.write(usage)
        sys.exit(os.EX_USAGE)
    return role


def _settings(settings_type: type[SettingsT]) -> tuple[PlatformSettings, SettingsT]:
    problems: tuple[str, ...] = ()
    try:
        platform = load(PlatformSettings)
    except SettingsError as error:
        problems += error.problems
    try:
        settings = load(settings_type)
    except SettingsError as error:
        problems += error.problems
    if problems:
        lines = "".join(f"  {problem}\n" for problem in problems)
        sys.stderr.write(f"Réglages inutilisables (voir .env.example) :\n{lines}")
        sys.exit(os.EX_CONFIG)
    return platform, settings


async def _threads_ended(loop: asyncio.AbstractEventLoop) -> bool:
    ending = asyncio.ensure_future(loop.shutdown_default_executor())
    await asyncio.wait((ending,), timeout=_THREADS_SECONDS)
    return ending.done()
