"""A batch or transaction Bundle as it came: what each entry asks.
https://hl7.org/fhir/R4/http.html#transaction
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from urllib.parse import parse_qsl, unquote

from esante.core.domain.resource import Parsed, read_list, read_object, read_own, read_whole
from socle.errors import Refusal

MOST_ENTRIES: Final = 10_000
MOST_VALUES: Final = 600_000
"""Of a whole Bundle: 8 MB of resources as they usually are have half of it."""
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
_HEADERS: Final = {
    "ifNoneMatch": b"if-none-match",
    "ifModifiedSince": b"if-modified-since",
    "ifMatch": b"if-match",
    "ifNoneExist": b"if-none-exist",
}
_BODIED: Final = frozenset({"POST", "PUT", "PATCH"})
_URL: Final = re.compile(r"[^\s\x00-\x1f]{1,8192}")


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """One entry. `url`: under the base, without it; `headers`: as they would be in a request."""

    place: int
    full_url: str | None
    method: str
    url: str
    headers: Mapping[bytes, str]
    resource: Parsed | None

    @property
    def path(self) -> tuple[str, ...]:
        """The segments of the address."""
        return tuple(unquote(each) for each in self.url.partition("?")[0].split("/") if each)

    @property
    def criteria(self) -> list[tuple[str, str]] | None:
        """The pairs after `?`; None where there is none."""
        _, sign, told = self.url.partition("?")
        return parse_qsl(told, keep_blank_values=True) if sign else None

    def refuse(self, sentence: str, **details: Any) -> Refusal:
        """A refusal of this entry."""
        where = {"expression": [f"Bundle.entry[{self.place}]"]}
        return Refusal("invalid", f"Entrée {self.place} : {sentence}", **(where | details))


def read_bundle(
    body: bytes, *, base: str
) -> tuple[Literal["batch", "transaction"], list[EntryRequest]]:
    """Its type and its entries. Raises Refusal."""
    parsed = read_whole(body, _bundle, most_values=MOST_VALUES)
    value = parsed.value
    if value.get("resourceType") != "Bundle" or value.get("type") not in ("batch", "transaction"):
        raise Refusal(
            "invalid", "Cette adresse attend un Bundle de type batch ou transaction.", issue="value"
        )
    entries: list[Parsed] = value.get("entry", [])
    if len(entries) > MOST_ENTRIES:
        raise Refusal("too_large", f"Un Bundle a {MOST_ENTRIES} entrées au plus.", issue="too-long")
    kind: Literal["batch", "transaction"] = value["type"]
    return kind, [_request(at, entry, base=base) for at, entry in enumerate(entries)]


def _bundle(text: str, at: int) -> tuple[Parsed, int]:
    return read_object(text, at, {"entry": _entries})


def _entries(text: str, at: int) -> tuple[list[Parsed], int]:
    return read_list(text, at, _entry)


def _entry(text: str, at: int) -> tuple[Parsed, int]:
    return read_object(text, at, {"resource": read_own})


def _request(place: int, entry: Parsed, *, base: str) -> EntryRequest:
    value = entry.value
    request, full_url = value.get("request"), value.get("fullUrl")
    where = f"Bundle.entry[{place}].request"
    if not isinstance(request, dict):
        raise _ill(place, "« request » manque", where)
    method, url = request.get("method"), request.get("url")
    if method not in _METHODS:
        raise _ill(place, f"« method » est l'un de {', '.join(sorted(_METHODS))}", where)
    if not isinstance(url, str) or not _URL.fullmatch(url):
        raise _ill(place, "« url » manque ou n'est pas une adresse", where)
    if full_url is not None and not isinstance(full_url, str):
        raise _ill(place, "« fullUrl » n'est pas un texte", where)
    resource = value.get("resource")
    if resource is None and method in _BODIED and "/_search" not in url and "$" not in url:
        raise _ill(place, f"« resource » manque ({method})", where)
    headers = {header: str(request[name]) for name, header in _HEADERS.items() if name in request}
    told = url.removeprefix(base).lstrip("/") if url.startswith(base + "/") else url.lstrip("/")
    return EntryRequest(place, full_url, method, told, headers, resource)


def _ill(place: int, why: str, where: str) -> Refusal:
    return Refusal("invalid", f"Entrée {place} : {why}.", issue="required", expression=[where])
