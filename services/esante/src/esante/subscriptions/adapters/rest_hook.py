"""The rest-hook channel: requests to the endpoints of subscribers.

Endpoints are chosen by callers. Addresses inside our network are refused for every connection
(`socle.http`), redirects are not followed, and an answer's body is not read.
"""

import asyncio
from collections.abc import Collection
from typing import Final

import aiohttp
from yarl import URL

from esante.subscriptions.domain.channel_headers import header_pair
from esante.subscriptions.ports import HookRequest
from socle.http import origin_of, trusting_origin

SECONDS: Final = 10.0
"""Limit of one notification."""
_UNTRUSTED: Final = ""
"""No endpoint has this origin: the address of each is checked."""
_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)


class RestHook:
    """Implements `Subscriber`.

    `session`: `http_client(outside=True)`. `trusted`: origins that can be inside our network
    (`origin_of`).
    """

    def __init__(
        self, session: aiohttp.ClientSession, trusted: Collection[tuple[str, str, int]]
    ) -> None:
        self._session, self._trusted = session, trusted

    async def send(self, request: HookRequest) -> str | None:
        headers = [header_pair(each) for each in request.headers]
        if request.media is not None:
            headers.append(("content-type", request.media))
        trusted = origin_of(request.url) in self._trusted
        limit = aiohttp.ClientTimeout(total=min(request.timeout or SECONDS, SECONDS))
        try:
            with trusting_origin(request.url if trusted else _UNTRUSTED):
                async with self._session.request(
                    request.method,
                    URL(request.url, encoded=True),
                    data=None if request.media is None else request.body,
                    headers=headers,
                    allow_redirects=False,
                    timeout=limit,
                ) as answer:
                    return _problem(answer.status)
        except TimeoutError:
            return f"L'abonné n'a pas répondu en {limit.total:g} s."
        except (aiohttp.ClientError, ValueError, asyncio.IncompleteReadError):
            # One sentence for all: which inside addresses answer must not be learnt here.
            return "L'abonné n'est pas joignable."


def _problem(status: int) -> str | None:
    if status in _OK:
        return None
    if status in _REDIRECTS:
        return f"L'abonné redirige ({status}) : ce n'est pas suivi."
    return f"L'abonné a répondu {status}."
