"""The gateway's own requests to services: readiness, OpenAPI document."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson

from gateway.proxy.domain.upstreams import LATE, Upstreams
from gateway.proxy.ports import UpstreamTokens
from gateway.routes.domain.routes import Service
from socle.auth import TOKEN_HEADER
from socle.http import read_bounded

log = logging.getLogger("gateway.upstreams")

# Time limits of the two requests.
_READY: Final = aiohttp.ClientTimeout(total=0.8)
_OPENAPI: Final = aiohttp.ClientTimeout(total=3.0)
_MAX_BYTES: Final = 4 * 1024 * 1024


class HttpServiceProbe:
    """Implements `ReadinessProbe` and `OpenApiSource`. `upstreams`: addresses by service."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        upstreams: Mapping[Service, Upstreams],
        tokens: UpstreamTokens,
    ) -> None:
        self._session, self._tokens = session, tokens
        self._upstreams = upstreams

    async def why_not_ready(self, address: str) -> str | None:
        try:
            async with self._session.get(
                f"{address}/readyz", timeout=_READY, allow_redirects=False
            ) as response:
                return None if response.status == 200 else await _reasons(response)
        except TimeoutError:
            return LATE
        except aiohttp.ClientError:
            return "injoignable"

    async def openapi_document(self, service: Service) -> Mapping[str, Any] | None:
        address = self._upstreams[service].ready_first()[0].address
        try:
            async with self._session.get(
                f"{address}/openapi.json",
                headers={TOKEN_HEADER.decode(): self._tokens.issue_own(service).decode()},
                timeout=_OPENAPI,
                allow_redirects=False,
            ) as response:
                response.raise_for_status()
                document = orjson.loads(await read_bounded(response, _MAX_BYTES))
                if not isinstance(document, dict):
                    raise ValueError("not a JSON object")
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            log.warning("No contract from %s: %r", service, error)
            return None
        return document


async def _reasons(response: aiohttp.ClientResponse) -> str:
    """The failed checks in a readiness response, if it has the platform's format."""
    try:
        body = orjson.loads(await read_bounded(response, _MAX_BYTES))
        failed = [f"{name} : {why}" for name, why in body["checks"].items() if why]
    except (ValueError, KeyError, TypeError, AttributeError):
        failed = []
    return "pas prêt" + (f" ({' ; '.join(failed)})" if failed else "")
