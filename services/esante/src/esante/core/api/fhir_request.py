"""What was asked: who asks, of what, under which headers, with which body."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Literal
from urllib.parse import parse_qsl

from esante.core.domain.permissions import Access
from socle.auth import Caller
from socle.errors import Refusal
from socle.http import Receive

Return = Literal["minimal", "representation", "OperationOutcome"]

_ETAG: Final = re.compile(rb'(?:W/)?"([1-9][0-9]{0,9})"')
_JSON: Final = frozenset({"application/fhir+json", "application/json", "text/json"})
_MOST_PARAMETERS: Final = 1000
_XML: Final = (
    "Ce serveur parle JSON (application/fhir+json) et non XML : "
    "dites-le dans Content-Type, Accept ou _format."
)


@dataclass(slots=True)
class Asked:
    """One request. `type`, `id`, `version`, `name`: what its address names (an operation's or a
    compartment's type in `name`)."""

    method: str
    raw_query: bytes
    headers: Mapping[bytes, bytes]
    caller: Caller
    access: Access
    receive: Receive
    type: str = ""
    id: str = ""
    version: str = ""
    name: str = ""

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The parameters of the address, in order. Raises Refusal."""
        return read_query(self.raw_query) if self.raw_query else ()

    @property
    def prefer(self) -> Mapping[str, str]:
        """What the caller prefers: `return`, `handling`. https://www.rfc-editor.org/rfc/rfc7240"""
        told = self.headers.get(b"prefer")
        return _preferences(told) if told else {}

    @property
    def lenient(self) -> bool:
        """Whether parameters we do not know are to be left out rather than refused."""
        return self.prefer.get("handling") == "lenient"

    async def body(self) -> bytes:
        """All of it. Raises Refusal("too_large") past the limit."""
        parts: list[bytes] = []
        while True:
            message = await self.receive()
            if part := message.get("body"):
                parts.append(part)
            if not message.get("more_body"):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def json_body(self, *others: str) -> bytes:
        """The body, said to be JSON, or one of those other types. Raises Refusal("unsupported")."""
        self.content_type(*others)
        return await self.body()

    def content_type(self, *others: str) -> str:
        """What the body is said to be. Raises Refusal("unsupported")."""
        told = self.headers.get(b"content-type", b"").decode("latin-1")
        media, charset = _media_type(told)
        if media not in _JSON and media not in others:
            if "xml" in media:
                raise Refusal("unsupported", _XML)
            expected = ", ".join(("application/fhir+json", *others))
            said = f"« {media[:80]} »" if media else "rien"
            raise Refusal("unsupported", f"Content-Type dit {said} ; attendu : {expected}.")
        if charset not in ("", "utf-8", "utf8"):
            raise Refusal("unsupported", f"L'encodage « {charset[:40]} » n'est pas lu : UTF-8.")
        return media

    def version_header(self, name: bytes) -> int | None:
        """The version an ETag header names: `W/"3"`. Raises Refusal for what is none."""
        told = self.headers.get(name)
        if told is None:
            return None
        match = _ETAG.fullmatch(told.strip())
        if match is None:
            raise Refusal(
                "invalid", f'{name.decode().title()} attend un ETag de ce serveur : W/"3".'
            )
        return int(match.group(1))

    def since_header(self) -> datetime | None:
        """If-Modified-Since; what is no date is no condition (RFC 9110 §13.1.3)."""
        told = self.headers.get(b"if-modified-since")
        if told is None:
            return None
        try:
            moment = parsedate_to_datetime(told.decode("latin-1"))
        except ValueError:
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_query(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The pairs of `application/x-www-form-urlencoded`. Raises Refusal."""
    return _read_short(raw) if len(raw) < 256 else _read(raw)


def _read(raw: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(
            parse_qsl(
                raw.decode("ascii"),
                keep_blank_values=True,
                encoding="utf-8",
                errors="strict",
                max_num_fields=_MOST_PARAMETERS,
            )
        )
    except ValueError:
        raise Refusal("invalid", "Les paramètres de l'adresse sont mal formés.") from None


# Short ones come again and again; long ones do not, and memory is bounded.
_read_short = lru_cache(maxsize=4096)(_read)


@lru_cache(maxsize=256)
def _preferences(told: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for part in re.split(r"[,;]", told.decode("latin-1")):
        name, _, value = part.strip().partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


@lru_cache(maxsize=256)
def _media_type(told: str) -> tuple[str, str]:
    media, *parameters = told.split(";")
    charset = ""
    for each in parameters:
        name, _, value = each.strip().partition("=")
        if name.lower() == "charset":
            charset = value.strip('" ').lower()
    return media.strip().lower(), charset


def require_json(accept: bytes | None, wanted: str | None) -> None:
    """Raises Refusal, rule `not-acceptable`, where the caller takes no JSON. `wanted`: `_format`,
    which wins over the header."""
    if wanted is None and accept is None:
        return
    if not _takes_json(accept or b"", wanted):
        raise Refusal("invalid", _XML, rule="not-acceptable", issue="not-supported")


@lru_cache(maxsize=256)
def _takes_json(accept: bytes, wanted: str | None) -> bool:
    if wanted is not None:
        # A "+" of the address that was not percent-encoded is a space by now.
        media = _media_type(wanted.replace("fhir json", "fhir+json"))[0]
        return media == "json" or media in _JSON
    for part in accept.decode("latin-1").split(","):
        media, *parameters = (each.strip().lower() for each in part.split(";"))
        refused = any(re.fullmatch(r"q\s*=\s*0(\.0*)?", each) for each in parameters)
        if not refused and (media in _JSON or media in ("*/*", "application/*")):
            return True
    return False
