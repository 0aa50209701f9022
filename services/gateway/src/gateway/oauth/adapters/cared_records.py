"""The FHIR server's own addresses about carers, which no route leads to."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

import aiohttp
from pydantic import BaseModel, ValidationError

from gateway.callers.domain.identity import Identity
from gateway.oauth.domain.cared_records import CaredRecord
from socle.auth import TOKEN_HEADER
from socle.errors import Refusal
from socle.http import read_bounded

log = logging.getLogger("gateway.carers")

_LIMIT: Final = aiohttp.ClientTimeout(total=5.0)
_MAX_BYTES: Final = 1024 * 1024


class _Record(BaseModel):
    related_person: str
    patient: str
    name: str
    kind: Literal["carer", "representative"]
    until: datetime | None

    def value(self) -> CaredRecord:
        return CaredRecord(self.related_person, self.patient, self.name, self.kind, self.until)


class _Records(BaseModel):
    records: list[_Record]


class HttpCaredRecords:
    """Implements `CaredRecords`.

    `address`: returns that of a replica of the FHIR server. `token`: returns the signed token of a
    person for it.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: Callable[[], str],
        token: Callable[[Identity], bytes],
    ) -> None:
        self._session, self._address, self._token = session, address, token

    async def list_records(
        self, identity: Identity, related_person: str | None = None
    ) -> Sequence[CaredRecord]:
        query = {} if related_person is None else {"related_person": related_person}
        status, body = await self._request("GET", "records", identity, query=query)
        if status != 200:
            raise _unavailable(f"status {status}")
        return [each.value() for each in _parse(_Records, body).records]

    async def accept(self, identity: Identity, code: str) -> CaredRecord:
        status, body = await self._request("POST", "invitations", identity, {"code": code})
        if status == 200:
            return _parse(_Record, body).value()
        if status == 404:
            raise Refusal("not_found", "Ce code n'ouvre aucun dossier.")
        if status == 409:
            raise Refusal("conflict", "Ce code ouvre le dossier de cette personne elle-même.")
        raise _unavailable(f"status {status}")

    async def _request(
        self,
        method: str,
        path: str,
        identity: Identity,
        content: Any = None,
        *,
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[int, bytes]:
        try:
            async with self._session.request(
                method,
                f"{self._address()}/carers/{path}",
                params=query,
                json=content,
                headers={TOKEN_HEADER.decode(): self._token(identity).decode()},
                timeout=_LIMIT,
                allow_redirects=False,
            ) as response:
                return response.status, await read_bounded(response, _MAX_BYTES)
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            raise _unavailable(repr(error)) from None


ModelT = TypeVar("ModelT", bound=BaseModel)


def _parse(model: type[ModelT], body: bytes) -> ModelT:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise _unavailable(repr(error.errors(include_input=False))) from None


def _unavailable(why: str) -> Refusal:
    log.warning("The records of carers cannot be read: %s", why)
    return Refusal(
        "unavailable", "Les dossiers sont injoignables pour le moment. Réessayez.", retry_after=5
    )
