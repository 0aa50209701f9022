"""Parts of a page that it can do without."""

from collections.abc import Awaitable
from typing import TypeVar

from portail.domain.web_push import WebPush
from portail.ports import PublicApi
from socle.errors import Refusal

T = TypeVar("T")


async def none_if_refused(part: Awaitable[T]) -> T | None:
    """The result of a request for a part of a page; None if it raises Refusal."""
    try:
        return await part
    except Refusal:
        return None


async def offered_notifications(api: PublicApi) -> WebPush | None:
    """How a browser subscribes to notifications; None if none are offered."""
    found = await none_if_refused(api.web_push())
    return None if found is None or not found.public_key else found
