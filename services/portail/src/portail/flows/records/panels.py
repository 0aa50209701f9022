"""Panels of a page: each has its own request and deadline, and can be missing alone."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from socle.errors import Refusal

T = TypeVar("T")
U = TypeVar("U")

Problem = Literal["forbidden", "unavailable"]
_SECONDS: Final = 6.0
"""The deadline of a panel."""


@dataclass(frozen=True, slots=True)
class Panel(Generic[T]):
    """A part of a page."""

    content: T | None = None
    problem: Problem | None = None
    """Why there is no content; None if there is."""


async def empty_panel(content: T) -> Panel[T]:
    """A panel that needs no request."""
    return Panel(content)


async def load_panel(part: Awaitable[U], read: Callable[[U], T]) -> Panel[T]:
    """The content of a panel, as `read` finds it in the response.

    Raises Refusal("unauthenticated") if the access has ended: no other panel will have content.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            return Panel(read(await part))
    except TimeoutError:
        return Panel(problem="unavailable")
    except Refusal as refusal:
        if refusal.category == "unauthenticated":
            raise
        closed = refusal.category in ("forbidden", "not_found")
        return Panel(problem="forbidden" if closed else "unavailable")
