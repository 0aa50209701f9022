"""One FHIR request: the caller, the address, the headers, the body."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import parse_qsl

from esante.core.api.request_body import UNSTATED_LIMIT, read_body
from esante.core.domain.idempotency_key import IdempotencyKey
from esante.core.domain.permissions import Access
from esante.core.domain.resource import Resource
from esante.core.flows.body_budget import BodyLease
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import TIMEOUT_HEADER, Receive
from socle.service import Draining

Return = Literal["minimal", "representation", "OperationOutcome"]

_ETAG: Final = re.compile(rb'(?:W/)?"([1-9][0-9]{0,9})"')
_JSON: Final = frozenset({"application/fhir+json", "application/json", "text/json"})
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_MAX_PARAMETERS: Final = 1000
_XML: Final = (
    "Ce serveur parle JSON (application/fhir+json) et non XML : "
    "dites-le dans Content-Type, Accept ou _format."
)


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
    def lenient(self) -> bool:
        """Whether unknown parameters are ignored rather than refused (`handling=lenient`)."""
        return self.prefer.get("handling") == "lenient"

    async def body(self) -> bytes:
        """The complete body. Raises ClientDisconnected and Refusal as `read_body`.

        Authorization is checked before, so that no body is read for a caller without permission.
        """
        length = self.headers.get(b"content-length", b"")
        declared = int(length) if length.isdigit() else 0
        limit = self.headers.get(TIMEOUT_HEADER, b"")
        time_left = int(limit[:9]) / 1000 if limit.isdigit() else UNSTATED_LIMIT
        return await read_body(self.receive, self.lease, declared, time_left)

    async def json_body(self, *others: str) -> bytes:
        """The body, once its media type is checked as in `content_type`. Raises its Refusal."""
        self.content_type(*others)
        return await self.body()

    def content_type(self, *others: str) -> str:
        """The media type of the body: JSON or one of `others`. Raises Refusal("unsupported")."""
        header = self.headers.get(b"content-type", b"").decode("latin-1")
        media, charset = _media_type(header)
        if media not in _JSON and media not in others:
            if "xml" in media:
                raise Refusal("unsupported", _XML)
            expected = ", ".join(("application/fhir+json", *others))
            declared = f"« {media[:80]} »" if media else "rien"
            raise Refusal("unsupported", f"Content-Type dit {declared} ; attendu : {expected}.")
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


def require_json(accept: bytes | None, wanted: str | None) -> None:
    """Raises Refusal, rule `not-acceptable`, if the caller does not accept JSON.

    `wanted`: `_format`, which takes precedence over the Accept header.
    """
    if wanted is None and accept is None:
        return
    if not _accepts_json(accept or b"", wanted):
        raise Refusal("invalid", _XML, rule="not-acceptable", issue="not-supported")


def prefers_html(accept: bytes | None, wanted: str | None) -> bool:
    """Whether the caller requests a page: `_format`, or an Accept header with HTML and no JSON."""
    if wanted is not None:
        return wanted.lower() in {"html", *_HTML}
    named = {
        part.partition(";")[0].strip().lower()
        for part in (accept or b"").decode("latin-1").split(",")
    }
    return not named.isdisjoint(_HTML) and named.isdisjoint(_JSON)


@lru_cache(maxsize=256)
def _accepts_json(accept: bytes, wanted: str | None) -> bool:
    if wanted is not None:
        # A "+" that was not percent-encoded has been decoded as a space.
        media = _media_type(wanted.replace("fhir json", "fhir+json"))[0]
        return media == "json" or media in _JSON
    for part in accept.decode("latin-1").split(","):
        media, *parameters = (each.strip().lower() for each in part.split(";"))
        refused = any(re.fullmatch(r"q\s*=\s*0(\.0*)?", each) for each in parameters)
        if not refused and (media in _JSON or media in ("*/*", "application/*")):
            return True
    return False
