"""A service as a program: roles, readiness, draining, exit codes."""

from socle.service.connection import Connection
from socle.service.draining import Draining
from socle.service.program import resume_collector, run
from socle.service.running import INTERNAL, Check, RunningRole, Task, Wire, WiringContext, combine

__all__ = [
    "INTERNAL",
    "Check",
    "Connection",
    "Draining",
    "RunningRole",
    "Task",
    "Wire",
    "WiringContext",
    "combine",
    "resume_collector",
    "run",
]
