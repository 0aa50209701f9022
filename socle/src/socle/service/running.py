"""What a service's wiring is given, and what it gives back."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from socle.clock import Clock
from socle.http import ASGIApp
from socle.service.connection import Connection
from socle.service.draining import Draining
from socle.settings import PlatformSettings, ServiceSettings

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)

Task = Callable[[], Awaitable[None]]
Check = Callable[[], str | None]

INTERNAL: Final = "/internal/"
"""No route of the gateway leads under this (`tests/architecture/test_gateway_addresses.py`)."""


@dataclass(frozen=True, slots=True)
class WiringContext(Generic[SettingsT]):
    """What a role's wiring is given; what enters `stack` is closed in reverse at the end."""

    settings: SettingsT
    platform: PlatformSettings
    clock: Clock
    stack: AsyncExitStack
    draining: Draining


@dataclass(frozen=True, slots=True)
class RunningRole:
    """What a role is, once wired.

    app      its HTTP face; None for a role that has none beside health and metrics
    tasks    long-lived work; one that ends or raises stops the process
    checks   readiness: None when ready, else a French sentence saying why not
    notes    the same for what the role does without: shown beside the checks, judged by nobody
    metrics  False leaves /metrics to the app: for a face open to the public
    http     the class of its connections, for a face that needs limits of its own
    websockets  True for a face that takes them; another answers as if nobody had asked for one

    Whoever asks the face proves that the gateway sent it (`socle.auth`), but where the role says:

    audiences  what the gateway's table calls this face; tokens made for another are refused
    inside     path prefixes, under /internal/, which services ask of each other without the gateway
    door       True for the gateway alone: it finds out itself who calls
    """

    app: ASGIApp | None = None
    tasks: Mapping[str, Task] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    notes: Mapping[str, Check] = field(default_factory=dict)
    metrics: bool = True
    http: type[Connection] | None = None
    websockets: bool = False
    audiences: frozenset[str] = frozenset()
    internal_paths: tuple[str, ...] = ()
    authenticates_callers: bool = False

    def __post_init__(self) -> None:
        if strange := [each for each in self.internal_paths if not each.startswith(INTERNAL)]:
            raise ValueError(f"not under {INTERNAL}: {strange}")


Wire = Callable[[WiringContext[SettingsT]], Awaitable[RunningRole]]


def combine(*roles: RunningRole) -> RunningRole:
    """Several roles in one process. Raises ValueError on two faces, or two things of one name."""
    faces = [role for role in roles if role.app is not None]
    if len(faces) > 1:
        raise ValueError("two roles of one process have an HTTP face")
    return RunningRole(
        app=faces[0].app if faces else None,
        tasks=_merged([role.tasks for role in roles], "task"),
        checks=_merged([role.checks for role in roles], "check"),
        notes=_merged([role.notes for role in roles], "note"),
        metrics=all(role.metrics for role in roles),
        http=faces[0].http if faces else None,
        websockets=any(role.websockets for role in roles),
        audiences=frozenset[str]().union(*(role.audiences for role in roles)),
        internal_paths=tuple(prefix for role in roles for prefix in role.internal_paths),
        authenticates_callers=any(role.authenticates_callers for role in roles),
    )


NamedT = TypeVar("NamedT")


def _merged(parts: list[Mapping[str, NamedT]], what: str) -> dict[str, NamedT]:
    merged: dict[str, NamedT] = {}
    for part in parts:
        for name, value in part.items():
            if name in merged:
                raise ValueError(f"two roles of one process have a {what} named {name}")
            merged[name] = value
    return merged
