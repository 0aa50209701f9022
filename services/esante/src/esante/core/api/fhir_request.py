"""One FHIR request: the caller, the address, the headers, the body."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import parse_qsl

from esante.core.api.formats import (
    JSON_MEDIA,
    XML_MEDIA,
    Format,
    find_format,
    format_in,
    last_format,
)
from esante.core.api.request_body import UNSTATED_LIMIT, read_body
from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.json_parser import MAX_VALUES
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.core.domain.xml.reader import json_of_xml
from esante.core.flows.body_budget import BodyLease
from esante.core.flows.worker_pool import WorkerPool
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import TIMEOUT_HEADER, Receive
from socle.service import Draining

Return = Literal["minimal", "representation", "OperationOutcome"]

_ETAG: Final = re.compile(rb'(?:W/)?"([1-9][0-9]{0,9})"')
_MAX_PARAMETERS: Final = 1000


@dataclass(slots=True)
class FhirRequest:
    """A request whose address `FhirRouter` has matched."""

    method: str
    raw_query: bytes
    headers: Mapping[bytes, bytes]
    """By lower-case name; of a repeated one, the last."""
    caller: Caller
    access: Access
    """The permissions of the caller."""
    receive: Receive
    lease: BodyLease | None = None
    """Counts the bytes of the body; None for an entry of a batch, whose body is in memory."""
    draining: Draining | None = None
    """Ends streams when the process stops; None for an entry of a batch."""
    workers: WorkerPool | None = None
    """Converts bodies from XML; None for an entry of a batch, which is in JSON."""
    idempotency_key: IdempotencyKey | None = None
    """Of an entry of a batch that has one; that of another request is in its header."""
    type: str = ""
    """The resource type in the address; like the three below, empty if the address has none."""
    id: str = ""
    version: str = ""
    """The version id in the address."""
    name: str = ""
    """The first special segment of the address (`$validate`, `_history`, `metadata`…), or the
    resource type of a compartment search."""
    touched: list[tuple[str, Resource]] = field(default_factory=list)
    """What the trace of the request names: resources that were read, found or written, each with
    the interaction of its entry in a transaction, else an empty text."""
    form: Sequence[tuple[str, str]] | None = None
    """The parameters of a search by POST, those of its address too; None until they are read."""
    reason: str = ""
    """Why the caller needs an emergency access, in their words."""

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters of the query string, in order. Raises Refusal."""
        return parse_query_string(self.raw_query) if self.raw_query else ()

    @property
    def prefer(self) -> Mapping[str, str]:
        """The Prefer header, by lower-case name: `return`, `handling`. Empty without it.
        https://www.rfc-editor.org/rfc/rfc7240"""
        header = self.headers.get(b"prefer")
        return _preferences(header) if header else {}

    @property
    def format(self) -> Format:
        """The format of the response; JSON if the caller accepts none."""
        wanted = format_in(self.raw_query) if self.form is None else last_format(self.form)
        accept, content_type = self.headers.get(b"accept"), self.headers.get(b"content-type")
        return find_format(accept, wanted, content_type) or "json"

    @property
    def lenient(self) -> bool:
        """Whether unknown parameters are ignored rather than refused (`handling=lenient`)."""
        return self.prefer.get("handling") == "lenient"

    @property
    def strict(self) -> bool:
        """Whether a resource with warnings is refused (`handling=strict`)."""
        return self.prefer.get("handling") == "strict"

    async def body(self) -> bytes:
        """The complete body. Raises ClientDisconnected and Refusal as `read_body`.

        Authorization is checked before, so that no body is read for a caller without permission.
        """
        length = self.headers.get(b"content-length", b"")
        declared = int(length) if length.isdigit() else 0
        limit = self.headers.get(TIMEOUT_HEADER, b"")
        time_left = int(limit[:9]) / 1000 if limit.isdigit() else UNSTATED_LIMIT
        return await read_body(self.receive, self.lease, declared, time_left)

    async def json_body(self, *others: str, max_values: int = MAX_VALUES) -> bytes:
        """The body, once its media type is checked as in `content_type`; as JSON, if it is XML.

        Raises its Refusal, and as `json_of_xml`, of which `max_values` bounds the elements.
        """
        media = self.content_type(*others)
        return await self.as_json(await self.body(), media, max_values=max_values)

    async def as_json(self, body: bytes, media: str, *, max_values: int = MAX_VALUES) -> bytes:
        """A body of that media type as JSON, if it is XML; else as it is.

        Raises Refusal as `json_body`.
        """
        if media not in XML_MEDIA or self.workers is None:
            return body
        text = await self.workers.run(len(body), lambda: json_of_xml(body, max_elements=max_values))
        if self.lease is not None:
            self.lease.grow_to(len(text))
        return text

    def content_type(self, *others: str) -> str:
        """The media type of the body: JSON, XML or one of `others`. Raises Refusal."""
        header = self.headers.get(b"content-type", b"").decode("latin-1")
        media, charset = _media_type(header)
        if media not in JSON_MEDIA and media not in XML_MEDIA and media not in others:
            expected = ", ".join(("application/fhir+json", "application/fhir+xml", *others))
            problem = f"Content-Type dit « {media[:80]} »" if media else "Content-Type manque"
            raise Refusal("unsupported", f"{problem} ; attendu : {expected}.")
        if charset not in ("", "utf-8", "utf8"):
            raise Refusal("unsupported", f"L'encodage « {charset[:40]} » n'est pas lu : UTF-8.")
        return media

    def etag_version(self, name: bytes) -> int | None:
        """The version in an ETag header (`W/"3"`), None without it. Raises Refusal if malformed."""
        header = self.headers.get(name)
        if header is None:
            return None
        match = _ETAG.fullmatch(header.strip())
        if match is None:
            raise Refusal(
                "invalid", f'{name.decode().title()} attend un ETag de ce serveur : W/"3".'
            )
        return int(match.group(1))

    def modified_since(self) -> datetime | None:
        """If-Modified-Since; None without it, or if it is not a date (RFC 9110 §13.1.3)."""
        header = self.headers.get(b"if-modified-since")
        if header is None:
            return None
        try:
            moment = parsedate_to_datetime(header.decode("latin-1"))
        except (ValueError, OverflowError):
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_query_string(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The pairs of `application/x-www-form-urlencoded`. Raises Refusal if malformed or too many."""
    return _parse_cached(raw) if len(raw) < 256 else _parse(raw)


def _parse(raw: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(
            parse_qsl(
                raw.decode("ascii"),
                keep_blank_values=True,
                encoding="utf-8",
                errors="strict",
                max_num_fields=_MAX_PARAMETERS,
            )
        )
    except ValueError:
        raise Refusal("invalid", "Les paramètres de l'adresse sont mal formés.") from None


# Short query strings repeat; long ones are not cached, so that memory stays bounded.
_parse_cached = lru_cache(maxsize=4096)(_parse)


@lru_cache(maxsize=256)
def _preferences(header: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in re.split(r"[,;]", header.decode("latin-1")):
        name, _, value = part.strip().partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


@lru_cache(maxsize=256)
def _media_type(header: str) -> tuple[str, str]:
    media, *parameters = header.split(";")
    charset = ""
    for each in parameters:
        name, _, value = each.strip().partition("=")
        if name.lower() == "charset":
            charset = value.strip('" ').lower()
    return media.strip().lower(), charset
