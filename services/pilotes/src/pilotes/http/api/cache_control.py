"""Cache-Control of responses that depend on the caller (RFC 9111 §5.2.2.5)."""

from typing import Final

from fastapi import Response

NO_STORE: Final = "no-store"


async def forbid_caching(response: Response) -> None:
    """A dependency: no cache stores the response."""
    response.headers["cache-control"] = NO_STORE
