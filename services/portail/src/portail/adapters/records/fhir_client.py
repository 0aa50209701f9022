"""A FHIR client of the platform's public API. It stores nothing: health data have no cache."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from portail.domain.records.elements import Json, items, part, text
from portail.ports.records import RecordAccess, SendMethod
from socle.errors import Category, Refusal

log = logging.getLogger("portail.records")

_FHIR: Final = "application/fhir+json"
_MAX_BYTES: Final = 20 * 1024 * 1024
_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_CATEGORIES: Final[dict[int, Category]] = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    409: "conflict",
    410: "not_found",
    412: "conflict",
    422: "invalid",
    429: "too_many",
}


class FhirClient:
    """Implements `RecordsApi`. `base`: the platform's address, without a path."""

    def __init__(self, session: aiohttp.ClientSession, *, base: str) -> None:
        self._session, self._base = session, base.rstrip("/") + "/fhir/"

    async def read(self, access: RecordAccess, path: str, **query: Any) -> Json:
        given = [
            (name.replace("__", ":"), each)
            for name, value in query.items()
            if value is not None
            for each in (value if isinstance(value, list | tuple) else [value])
        ]
        return await self.follow(access, path, urlencode(given))

    async def follow(self, access: RecordAccess, path: str, query: str) -> Json:
        address = f"{path}?{query}" if query else path
        return _json(await self._request(access, "GET", address, accept=_FHIR))

    async def send(
        self,
        access: RecordAccess,
        method: SendMethod,
        path: str,
        body: Any,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
    ) -> Json:
        sent = {"content-type": _FHIR, "prefer": "return=representation"} | dict(headers)
        data = json.dumps(body).encode()
        return _json(await self._request(access, method, path, accept=_FHIR, data=data, more=sent))

    async def download(self, access: RecordAccess, path: str, content_type: str) -> bytes:
        return await self._request(access, "GET", path, accept=content_type)

    async def _request(
        self,
        access: RecordAccess,
        method: str,
        address: str,
        *,
        accept: str,
        data: bytes | None = None,
        more: Mapping[str, str] = _NO_HEADERS,
    ) -> bytes:
        headers = {"authorization": f"Bearer {access.token}", "accept": accept} | dict(more)
        url = URL(self._base + address, encoded=True)
        try:
            request = self._session.request(
                method, url, headers=headers, data=data, allow_redirects=False
            )
            async with request as answer:
                body = await answer.content.read(_MAX_BYTES + 1)
                while len(body) <= _MAX_BYTES and (piece := await answer.content.readany()):
                    body += piece
                if len(body) > _MAX_BYTES:
                    raise _unavailable("too large")
                if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise _refusal(answer.status, body)
                return body
        except (aiohttp.ClientError, TimeoutError) as error:
            # Without the address: it can contain an identity.
            raise _unavailable(type(error).__name__) from None


def _json(body: bytes) -> Json:
    if not body:
        return {}
    try:
        found = json.loads(body)
    except ValueError:
        raise _unavailable("not JSON") from None
    if not isinstance(found, dict):
        raise _unavailable("not an object")
    return found


def _refusal(status: int, body: bytes) -> Refusal:
    """The Refusal of an error response, with the sentence of its OperationOutcome."""
    category = _CATEGORIES.get(status)
    if category is None:
        return _unavailable(status)
    try:
        outcome = _json(body)
    except Refusal:
        outcome = {}
    issues = items(outcome.get("issue"))
    sentences = [text(i, "diagnostics") or text(part(i, "details"), "text") for i in issues]
    return Refusal(category, next(filter(None, sentences), ""), status=status)


def _unavailable(reason: object) -> Refusal:
    log.warning("The FHIR server gives no usable answer: %.100r", reason)
    return Refusal("unavailable", "Le dossier ne répond pas pour le moment.", retry_after=5)
