"""Parts of a page that it can do without."""

from collections.abc import Awaitable
from typing import TypeVar

from socle.errors import Refusal

T = TypeVar("T")


async def none_if_refused(part: Awaitable[T]) -> T | None:
    """The result of a request for a part of a page; None if it raises Refusal."""
    try:
        return await part
    except Refusal:
        return None
