"""The input and the result of a service's wiring."""

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
"""Starts long-running work."""
Check = Callable[[], str | None]
"""None if all is well, otherwise a French sentence."""

INTERNAL: Final = "/internal/"
"""The prefix of paths that no route of the gateway exposes
(`tests/architecture/test_gateway_addresses.py`)."""


@dataclass(frozen=True, slots=True)
class WiringContext(Generic[SettingsT]):
    """The input of a role's wiring."""

    settings: SettingsT
    """Of the service."""
    platform: PlatformSettings
    clock: Clock
    """The platform's clock."""
    stack: AsyncExitStack
    """Resources entered here are closed in reverse order when the process stops."""
    draining: Draining


@dataclass(frozen=True, slots=True)
class RunningRole:
    """A wired role, ready to run."""

    app: ASGIApp | None = None
    """The HTTP application; None for a role with only health and metrics endpoints."""
    tasks: Mapping[str, Task] = field(default_factory=dict)
    """Long-running work; the process stops when one ends or raises."""
    checks: Mapping[str, Check] = field(default_factory=dict)
    """Readiness: None when ready, otherwise a French sentence with the reason."""
    notes: Mapping[str, Check] = field(default_factory=dict)
    """The same for optional dependencies: reported with the checks, without effect on readiness."""
    metrics: bool = True
    """False leaves /metrics to the application: for a public application."""
    http: type[Connection] | None = None
    """The connection class, for an application with its own limits."""
    audiences: frozenset[str] = frozenset()
    """The names of this application in the gateway's table; tokens for others are refused."""
    internal_paths: tuple[str, ...] = ()
    """Path prefixes under /internal/ that services request from each other without the gateway;
    every other request must prove that it passed the gateway (`socle.auth`)."""
    authenticates_callers: bool = False
    """True only for the gateway, which authenticates callers itself."""

    def __post_init__(self) -> None:
        if invalid := [each for each in self.internal_paths if not each.startswith(INTERNAL)]:
            raise ValueError(f"not under {INTERNAL}: {invalid}")


Wire = Callable[[WiringContext[SettingsT]], Awaitable[RunningRole]]
"""Composes a role: opens its resources, and returns what is to run."""


def combine(*roles: RunningRole) -> RunningRole:
    """Several roles as one, for one process.

    Raises ValueError for two HTTP applications, or two tasks, checks or notes of the same name.
    """
    http_roles = [role for role in roles if role.app is not None]
    if len(http_roles) > 1:
        raise ValueError("two roles of one process have an HTTP application")
    return RunningRole(
        app=http_roles[0].app if http_roles else None,
        tasks=_merged([role.tasks for role in roles], "task"),
        checks=_merged([role.checks for role in roles], "check"),
        notes=_merged([role.notes for role in roles], "note"),
        metrics=all(role.metrics for role in roles),
        http=http_roles[0].http if http_roles else None,
        audiences=frozenset[str]().union(*(role.audiences for role in roles)),
        internal_paths=tuple(prefix for role in roles for prefix in role.internal_paths),
        authenticates_callers=any(role.authenticates_callers for role in roles),
    )


NamedT = TypeVar("NamedT")


def _merged(parts: list[Mapping[str, NamedT]], item_type: str) -> dict[str, NamedT]:
    merged: dict[str, NamedT] = {}
    for part in parts:
        for name, value in part.items():
            if name in merged:
                raise ValueError(f"two roles of one process have a {item_type} named {name}")
            merged[name] = value
    return merged
